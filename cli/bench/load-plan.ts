import type { DirectPlace } from '../../core/cluster/direct-channel.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';

/** Which way requests go: to the router, as everybody's do, or past it to the leader's own port. */
export type Path = 'router' | 'leader';

/** What one client process does, from its start until it is told to stop. */
export interface LoadPlan {
  readonly to:
    | { readonly path: 'router'; readonly host: string; readonly port: number }
    | { readonly path: 'leader'; readonly place: DirectPlace; readonly term: number };
  readonly connections: number;
  /** Requests that each connection has under way at once, at most. */
  readonly inFlight: number;
  /** Requests a second of the whole process; null: each slot asks again as soon as it is answered. */
  readonly rate: number | null;
  readonly mode: WriteMode;
  /** Of a hundred requests so many are reads, evenly spread. */
  readonly readPercent: number;
  readonly level: ReadLevel;
  /** What token reads carry, until a write of the same connection raises it. */
  readonly token: PositionText | null;
  readonly valueBytes: number;
  /** So many keys are written and read in turn. */
  readonly keys: number;
}

/** From the command to a client process. What it says comes back in the same order. */
export type LoadOrder =
  /** From now on it counts. Answered by `begun`. */
  | { readonly type: 'begin' }
  /** Answered by `counted`. */
  | { readonly type: 'end' }
  /** Tells the first write that is acknowledged in a later term than this, once: `acknowledged`. */
  | { readonly type: 'await-term'; readonly after: number }
  /** Asks nothing more, waits for what is under way, and ends. Answered by `stopped`. */
  | { readonly type: 'stop' };

export type LoadReport =
  /** All connections stand, and requests go out. */
  | { readonly type: 'started' }
  | { readonly type: 'begun' }
  | { readonly type: 'counted'; readonly counted: Counted }
  /** `atNs`: on the machine's monotonic clock, which all processes share. */
  | { readonly type: 'acknowledged'; readonly atNs: string; readonly term: number }
  | { readonly type: 'stopped'; readonly unanswered: number }
  | { readonly type: 'failed'; readonly message: string };

export interface Outcomes {
  readonly ok: number;
  readonly rejected: number;
  readonly unknown: number;
}

/** What one client process saw in one round. */
export interface Counted {
  readonly seconds: number;
  readonly outcomes: Outcomes;
  /** What was due at the given rate, and could not be sent yet. */
  readonly behind: number;
  /** Its own share of a core. */
  readonly cpu: number;
  /** Of those that were `ok`, in µs: an HDR histogram, compressed. */
  readonly latencies: string;
}

/** Where keys are taken from, in writes and reads alike. */
export const keyOf = (n: number): string => `bench-${n}`;

/** A value of so many bytes that no two writes share. */
export function valueText(n: number, filler: string): string {
  const mark = `${n}-`;
  return mark.length < filler.length ? mark + filler.slice(mark.length) : filler;
}
