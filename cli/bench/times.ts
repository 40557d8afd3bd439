import type { WriteMode } from '../../core/protocol/entry.ts';
import type { Stage } from './stage.ts';

/** What a case that measures times, rather than requests, is given. */
export interface TimesSettings {
  readonly stage: Stage;
  readonly replicas: number;
  readonly mode: WriteMode;
  readonly valueBytes: number;
  /** How often, where it is done more than once. */
  readonly times: number;
  /** How long, where something is measured that goes on. */
  readonly seconds: number;
  /** Of a log, or of a state that is to be caught up with. */
  readonly entries: number;
  /** How long a paused follower is paused. */
  readonly pauseSeconds: number;
  /** The share of the case that is done. */
  readonly onProgress: (share: number) => void;
}

/** In ms, of two readings of the monotonic clock in ns. */
export const msBetween = (fromNs: bigint, toNs: bigint): number => Number(toNs - fromNs) / 1e6;

/** Writes all over the cluster, as many as it takes: what a case has as its load. */
export const FULL_LOAD = {
  connections: 16,
  inFlight: 64,
  rate: null,
  readPercent: 0,
  level: 'any',
  token: null,
} as const;
