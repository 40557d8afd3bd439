import type { Core } from './core.ts';
import { beat } from './replication.ts';
import type { Timing } from './timing.ts';

/**
 * From now on this replica lives by `timing`. All waiting that is under way is measured in election timeouts, and goes
 * on from where it was: half an old one is half a new one. So what was silence stays silence, and what was none becomes
 * none. Else a leader whose last round is as old as its heartbeat was long would have lost its quorum by going faster,
 * and one that had lost it would be in contact again by going slower. (The silence of a follower that a status tells is
 * measured so too.)
 *
 * Safety is not touched, nor by replicas changing one after the other, so that for a while some are less patient than
 * others: at worst somebody is elected without need. Votes and commits are counted, whatever time they take, and no
 * leader relies on a lease: a linearizable read waits for a round that began after it came. Only `async` is acknowledged
 * on the strength of recent contact, and it promises nothing against an election anyway.
 */
export function retime(core: Core, timing: Timing): void {
  const ratio = timing.electionMinMs / core.timing.electionMinMs;
  const measured = (atMs: number): number => core.nowMs + (atMs - core.nowMs) * ratio;
  core.timing = timing;
  core.electionDueMs = measured(core.electionDueMs);
  core.leaderAliveUntilMs = measured(core.leaderAliveUntilMs);
  if (core.campaign) core.campaign = { ...core.campaign, startedMs: measured(core.campaign.startedMs) };
  const { leadership } = core;
  if (!leadership) return;
  leadership.sinceMs = measured(leadership.sinceMs);
  for (const progress of leadership.progress.values()) {
    progress.contactMs = measured(progress.contactMs);
    if (progress.heardMs !== null) progress.heardMs = measured(progress.heardMs);
  }
  // At once: those who went faster first, or go slower last, wait for it by the shorter timeout.
  beat(core, leadership);
}
