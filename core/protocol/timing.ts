/** All durations of the protocol, in milliseconds of the replica's own clock. */
export interface Timing {
  /** Between two heartbeat rounds of a leader. */
  readonly heartbeatMs: number;
  /** Election timeouts are drawn from [min, max). A leader unheard for `min` counts as silent. */
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  /** A closed connection to the leader starts a pre-vote after a delay drawn from [0, this). */
  readonly closedDelayMs: number;
  /** An appended write not acknowledged within this is `unknown`. */
  readonly acknowledgeMs: number;
}

/** How fast a cluster lives: `slow` is for eyes, `fast` for scripts. */
export type Tempo = 'slow' | 'normal' | 'fast';
export const TEMPOS: readonly Tempo[] = ['slow', 'normal', 'fast'];

/** The acknowledgement timeout is the client's patience, not the cluster's pulse: the same at every tempo. */
export function timingOf(tempo: Tempo): Timing {
  const scale = { slow: 5, normal: 1, fast: 0.2 }[tempo];
  return {
    heartbeatMs: 100 * scale,
    electionMinMs: 500 * scale,
    electionMaxMs: 1000 * scale,
    closedDelayMs: 50 * scale,
    acknowledgeMs: 2000,
  };
}
