import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';
import type { Path } from './load-plan.ts';

/** A load of requests on a cluster that is up. */
export interface LoadCase {
  readonly kind: 'load';
  readonly name: string;
  readonly words: string;
  readonly connections: number;
  readonly inFlight: number;
  /** Of a hundred requests so many are reads. */
  readonly readPercent: number;
  readonly level: ReadLevel;
  readonly paths: readonly Path[];
  readonly modes: readonly WriteMode[];
  /** Other than the command line's. */
  readonly valueBytes?: number;
  readonly replicas?: number;
  readonly isOpen?: true;
}

export type Case = LoadCase;

/** Requests a second of the open loop, if the command line does not say. */
export const RATE = 1000;

const SHAPES = [
  [1, 1],
  [64, 1],
  [16, 64],
] as const;
const MODES: readonly WriteMode[] = ['async', 'quorum', 'sync'];
const BOTH: readonly Path[] = ['router', 'leader'];
const ROUTER: readonly Path[] = ['router'];

const writes = { kind: 'load', readPercent: 0, level: 'any', paths: BOTH, modes: MODES } as const;

/** All there are, in the order in which they run. */
export const CASES: readonly Case[] = [
  ...SHAPES.map(
    ([connections, inFlight]): Case => ({
      ...writes,
      name: `write-${connections}x${inFlight}`,
      words: `writes, ${inWords(connections, inFlight)}`,
      connections,
      inFlight,
    }),
  ),
  {
    ...writes,
    name: 'write-open',
    words: 'writes at a rate (--rate), each due at its time: an open loop',
    connections: 16,
    inFlight: 64,
    isOpen: true,
  },
  ...(['any', 'token', 'linearizable'] as const).flatMap((level) =>
    SHAPES.map(
      ([connections, inFlight]): Case => ({
        kind: 'load',
        name: `read-${level}-${connections}x${inFlight}`,
        words: `${level} reads, ${inWords(connections, inFlight)}`,
        readPercent: 100,
        ...{ level, connections, inFlight },
        paths: level === 'linearizable' ? BOTH : ROUTER,
        modes: ['quorum'],
      }),
    ),
  ),
  {
    kind: 'load',
    name: 'mixed-95-5',
    words: '95 % token reads and 5 % writes, 64 connections with 1 request each',
    ...{ connections: 64, inFlight: 1, readPercent: 95, level: 'token' },
    paths: ROUTER,
    modes: ['quorum'],
  },
];

function inWords(connections: number, inFlight: number): string {
  const each = inFlight === 1 ? '1 request' : `${inFlight} requests`;
  return connections === 1 ? `1 connection with ${each} under way` : `${connections} connections with ${each} each`;
}
