import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';
import type { Path } from './load-plan.ts';
import type { TimesResult } from './result.ts';
import type { TimesSettings } from './times.ts';

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

/** Something else, on a cluster of its own. */
export interface TimesCase {
  readonly kind: 'times';
  readonly name: string;
  readonly words: string;
  readonly run: (settings: TimesSettings) => Promise<TimesResult>;
}

export type Case = LoadCase | TimesCase;

const SHAPES = [
  [1, 1],
  [64, 1],
  [16, 64],
] as const;
const MODES: readonly WriteMode[] = ['async', 'quorum', 'sync'];
const BOTH: readonly Path[] = ['router', 'leader'];
const ROUTER: readonly Path[] = ['router'];

const ONE_WAY = { paths: ROUTER, modes: ['quorum'] } as const;
const SIZES = { '16B': 16, '256B': 256, '4KiB': 4096, '64KiB': 65_536, '1MiB': 1_048_576 };

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
  ...[1, 3, 5, 7, 9].map(
    (replicas): Case => ({
      ...{ ...writes, ...ONE_WAY, connections: 16, inFlight: 64, replicas },
      name: `replicas-${replicas}`,
      words: `writes on ${replicas === 1 ? 'one replica' : `${replicas} replicas`}, 16 connections with 64 requests each`,
    }),
  ),
  ...(Object.entries(SIZES) as [string, number][]).map(
    ([size, valueBytes]): Case => ({
      ...{ ...writes, ...ONE_WAY, connections: 8, inFlight: 4, valueBytes },
      name: `value-${size}`,
      words: `writes of ${size}, 8 connections with 4 requests each`,
    }),
  ),
  {
    kind: 'times',
    name: 'start-up',
    words: 'from the start of `lockstep up` to its first line, and to the first write',
    run: async (settings) => (await import('./startup.ts')).measureStartUp(settings),
  },
  {
    kind: 'times',
    name: 'failover',
    words: 'kill -9 of the leader under load: detection, election, first acknowledged write',
    run: async (settings) => (await import('./failover.ts')).measureFailover(settings),
  },
  {
    kind: 'times',
    name: 'memory',
    words: 'what the processes hold at most, under full load',
    run: async (settings) => (await import('./memory.ts')).measureMemory(settings),
  },
  {
    kind: 'times',
    name: 'paused',
    words: 'a follower stopped with SIGSTOP under full load: memory of all, and how long it takes to catch up',
    run: async (settings) => (await import('./paused.ts')).measurePaused(settings),
  },
  {
    kind: 'times',
    name: 'catch-up',
    words: 'an empty follower catches up while writes go on',
    run: async (settings) => (await import('./catch-up.ts')).measureCatchUp(settings),
  },
  {
    kind: 'times',
    name: 'recovery',
    words: 'the start of a replica on a long log (--entries)',
    run: async (settings) => (await import('./recovery.ts')).measureRecovery(settings),
  },
];

/** What runs if nothing is asked for: a minute or two. */
export const SHORT: readonly Case[] = CASES.filter(({ name }) =>
  /^(write-\d|read-.*-(1|64)x1$|mixed|failover)/.test(name),
);

function inWords(connections: number, inFlight: number): string {
  const each = inFlight === 1 ? '1 request' : `${inFlight} requests`;
  return connections === 1 ? `1 connection with ${each} under way` : `${connections} connections with ${each} each`;
}
