import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import { type Lsn, lsn } from './position.ts';
import { reachedByQuorum } from './quorum.ts';

// How far a leader knows the cluster to have got: on disk, in heartbeat rounds, in time.

/** A majority has its log on disk up to here. */
export function durableOnQuorum(core: Core, leadership: Leadership): Lsn {
  return lsn(reachedByQuorum([core.durableLsn, ...each(leadership, counted)]));
}

/** Every replica of the cluster has its log on disk up to here. */
export function durableOnAll(core: Core, leadership: Leadership): Lsn {
  return lsn(Math.min(core.durableLsn, ...each(leadership, counted)));
}

/** The latest heartbeat round that a quorum answered. */
export function answeredRound(leadership: Leadership): number {
  return reachedByQuorum([leadership.round, ...each(leadership, answered)]);
}

/** When the latest round that a quorum answered began, in ms. */
export function contactMs(core: Core, leadership: Leadership): number {
  return reachedByQuorum([core.nowMs, ...each(leadership, contacted)]);
}

/**
 * Whether a quorum answered a heartbeat round that began less than a minimum election timeout ago, and since this
 * replica last woke from a gap. Nobody who answered would have elected another before now, so a leader that
 * acknowledges from its own log alone does so only then.
 */
export function inContact(core: Core, leadership: Leadership): boolean {
  return isFresh(core, leadership, core.timing.electionMinMs);
}

/**
 * The same within a maximum election timeout, after which it leads no more. What is committed is committed whoever
 * leads now; this only keeps a leader that was away from acknowledging before it has asked. Slow links pass.
 */
export function inReach(core: Core, leadership: Leadership): boolean {
  return isFresh(core, leadership, core.timing.electionMaxMs);
}

/** Whether a quorum said anything within a minimum election timeout: what is appended now has a chance to commit. */
export function hearsQuorum(core: Core, leadership: Leadership): boolean {
  const heardMs = each(leadership, (progress) => progress.heardMs ?? Number.NEGATIVE_INFINITY);
  return core.nowMs - reachedByQuorum([core.nowMs, ...heardMs]) < core.timing.electionMinMs;
}

function isFresh(core: Core, leadership: Leadership, withinMs: number): boolean {
  const atMs = contactMs(core, leadership);
  return core.nowMs - atMs < withinMs && atMs >= leadership.sinceMs;
}

/** One that does not count holds nothing, as far as others may rely on it. */
const counted = ({ counts, doubted, durable }: Progress): number => (counts && !doubted ? durable : 0);

/** And one that may have voted in a later term says nothing about whether there is one. */
const answered = ({ doubted, answeredRound }: Progress): number => (doubted ? 0 : answeredRound);
const contacted = ({ doubted, contactMs }: Progress): number => (doubted ? Number.NEGATIVE_INFINITY : contactMs);

function each(leadership: Leadership, value: (progress: Progress) => number): readonly number[] {
  const values: number[] = [];
  for (const progress of leadership.progress.values()) values.push(value(progress));
  return values;
}
