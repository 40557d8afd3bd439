import type { CompactionLimits } from '../protocol/compaction.ts';
import { WRITE_MODES, type WriteMode } from '../protocol/entry.ts';
import { TEMPOS, type Tempo } from '../protocol/timing.ts';
import { Draw } from './draw.ts';
import { FAULT_NAMES, type Fault, type Hardness } from './faults.ts';

/** So many events of chaos a run has unless told otherwise. */
const EVENTS = 3000;

/** What a run is made of. All of it is drawn from the seed; what a caller gives instead shifts nothing else. */
export interface SimOptions {
  /** So many events happen under faults; then all is healed, and progress demanded. */
  readonly events: number;
  readonly replicas: number;
  readonly clients: number;
  /** What clients write in: one mode, or each write in any of several. */
  readonly modes: readonly WriteMode[];
  readonly tempo: Tempo;
  /** So many writes a client sends at once, at most. */
  readonly batch: number;
  /** `tcp`: messages keep their order, until the connection dies. `datagrams`: they may overtake each other, or repeat. */
  readonly network: 'tcp' | 'datagrams';
  readonly faults: Hardness;
}

/** What a caller puts in place of what the seed draws. */
export interface GivenOptions extends Partial<SimOptions> {
  /** These faults do not happen, however hard the seed draws them. */
  readonly without?: readonly Fault[];
}

/** How fast things are, in the climate of this run; in ms of virtual time unless said otherwise. */
export interface Climate {
  /** From one replica to another, or to the router. */
  readonly delayMs: number;
  readonly fsyncMs: number;
  /** Between two ticks of a replica, in heartbeats. */
  readonly tickHeartbeats: number;
  /** A turn of a replica's event loop: what comes in one is proposed together. */
  readonly turnMs: number;
  /** Between two statuses of a replica, at least. */
  readonly statusMs: number;
  /** Between two actions of a client. */
  readonly thinkMs: number;
  readonly acknowledgeMs: number;
  /** A segment of the log has at most so many bytes. */
  readonly segmentBytesMax: number;
  readonly pageBytes: number;
  /** How many of the clients' actions are reads, from 0 to 1. */
  readonly reads: number;
  /** How many values are long, from 0 to 1. */
  readonly longValues: number;
  readonly keys: number;
  readonly compaction: CompactionLimits;
}

/** What the seed draws (swarm testing: calm runs and wild ones find different bugs), with what is given put over it. */
export function drawOptions(seed: number, { without = [], ...given }: GivenOptions = {}): SimOptions {
  const draw = new Draw(seed, 'options');
  const replicas = draw.oneOf(SIZES);
  const clients = 1 + draw.below(4);
  const modes = draw.chance(0.4) ? WRITE_MODES : [draw.oneOf(WRITE_MODES)];
  const tempo = draw.oneOf(TEMPOS);
  const batch = draw.oneOf(BATCHES);
  const network: SimOptions['network'] = draw.chance(0.6) ? 'tcp' : 'datagrams';
  const calm = draw.between(0.3, 0.9);
  const hardness = FAULT_NAMES.map((fault): [Fault, number] => {
    const [isOff, hard] = [draw.chance(calm), draw.between(0.1, 1)];
    return [fault, isOff ? 0 : Math.round(hard * 100) / 100];
  });
  const drawn = { events: EVENTS, replicas, clients, modes, tempo, batch, network };
  const faults = given.faults ?? (Object.fromEntries(hardness) as Hardness);
  const gone = Object.fromEntries(without.map((fault) => [fault, 0]));
  return { ...drawn, ...given, faults: { ...faults, ...gone } };
}

/** `heartbeatMs`: of the tempo that the run begins with. */
export function drawClimate(seed: number, heartbeatMs: number): Climate {
  const draw = new Draw(seed, 'climate');
  const share = (shares: readonly number[]): number => heartbeatMs * draw.oneOf(shares);
  return {
    delayMs: share([0.005, 0.02, 0.1, 0.5]),
    fsyncMs: share([0.005, 0.05, 0.2, 1]),
    turnMs: share([0.001, 0.01, 0.05]),
    tickHeartbeats: draw.oneOf([0.2, 0.5, 0.5]),
    statusMs: share([0.2, 1, 1]),
    thinkMs: share([0.5, 1, 3]),
    acknowledgeMs: share([5, 12, 30]),
    segmentBytesMax: draw.oneOf([1500, 6000, 1_000_000]),
    pageBytes: draw.oneOf([512, 4096]),
    reads: draw.oneOf([0.1, 0.4, 0.7]),
    longValues: draw.oneOf([0, 0.02, 0.2]),
    keys: draw.oneOf([1, 3, 8]),
    compaction: draw.oneOf(COMPACTIONS),
  };
}

/** Three most of all: 98 % of catastrophic failures reproduce on three nodes or fewer (Yuan et al., OSDI'14). */
const SIZES = [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7];
/** From hardly ever to all the time. */
const COMPACTIONS: readonly CompactionLimits[] = [
  { logBytes: 1_000_000, tailBytes: 100_000, partBytes: 10_000 },
  { logBytes: 3000, tailBytes: 1500, partBytes: 500 },
  { logBytes: 1500, tailBytes: 0, partBytes: 300 },
  { logBytes: 600, tailBytes: 0, partBytes: 0 },
];
const BATCHES = [1, 1, 3, 10];
