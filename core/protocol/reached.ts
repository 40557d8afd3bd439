import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import { type Lsn, lsn } from './position.ts';
import { reachedByQuorum } from './quorum.ts';

// How far a leader knows the cluster to have got: on disk, in heartbeat rounds, in time.

/** A majority has its log on disk up to here. */
export function durableOnQuorum(core: Core, leadership: Leadership): Lsn {
  return lsn(reachedByQuorum([core.durableLsn, ...each(leadership, (progress) => progress.durable)]));
}

/** Every replica of the cluster has its log on disk up to here. */
export function durableOnAll(core: Core, leadership: Leadership): Lsn {
  return lsn(Math.min(core.durableLsn, ...each(leadership, (progress) => progress.durable)));
}

/** The latest heartbeat round that a quorum answered. */
export function answeredRound(leadership: Leadership): number {
  return reachedByQuorum([leadership.round, ...each(leadership, (progress) => progress.answeredRound)]);
}

/** When the latest round that a quorum answered began, in ms. */
export function contactMs(core: Core, leadership: Leadership): number {
  return reachedByQuorum([core.nowMs, ...each(leadership, (progress) => progress.contactMs)]);
}

/**
 * Whether a quorum answered a heartbeat round that began less than a minimum election timeout ago. Nobody else can have
 * been elected before that round began. A leader that is not in contact acknowledges nothing.
 */
export function inContact(core: Core, leadership: Leadership): boolean {
  return core.nowMs - contactMs(core, leadership) < core.timing.electionMinMs;
}

function each(leadership: Leadership, value: (progress: Progress) => number): readonly number[] {
  return [...leadership.progress.values()].map(value);
}
