import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import type { HeartbeatReply, Rejoin } from './messages.ts';
import { lsn, minLsn } from './position.ts';

/*
 * A replica that lost part of its log may have acknowledged entries that it no longer has, and commits may rest on that.
 * So it has no vote and does not count until it holds all that its acknowledgements can have helped to commit. It asks
 * each leader where its log ends, under a number of its own: every acknowledgement of before is for an entry up to
 * there. A leader of a later term was elected without this replica's vote, by a majority that shares a member with
 * every majority that committed anything. In an earlier term than its own this replica listens to nobody.
 *
 * One that does not know its own term, for that may be lost too, is barred from voting for ever. And it cannot tell a
 * leader from one that its own forgotten vote has helped to depose. So a leader takes no word of it before every other
 * replica has answered a heartbeat that was sent later: whoever got that vote was in its term then, or a later one, and
 * would not have answered.
 */

/** The leader's side: notes where the log ends when it is first asked, and that nothing is known of that log any more. */
export function answerRejoin(core: Core, leadership: Leadership, progress: Progress, reply: HeartbeatReply): void {
  const { counts, rejoin, round } = reply;
  if (counts) {
    // Else it is late, and of the process before: what that one had is lost.
    if (round > progress.askedAtRound) progress.counts = true;
    return;
  }
  progress.counts = false;
  if (rejoin === null || progress.rejoin?.nonce === rejoin.nonce) return;
  progress.rejoin = { nonce: rejoin.nonce, upTo: core.log.lastLsn };
  progress.askedAtRound = leadership.round;
  progress.doubted = rejoin.barred;
  progress.durable = lsn(0);
  progress.matched = lsn(0);
}

/** Who is doubted no longer is once all others have answered a later round. */
export function endDoubts({ progress: all }: Leadership): void {
  for (const progress of all.values()) {
    if (!progress.doubted) continue;
    const others = [...all.values()].filter((other) => other !== progress);
    progress.doubted = others.some((other) => other.doubted || other.answeredRound <= progress.askedAtRound);
  }
}

/** The follower's side: the leader has said how far it must get. */
export function catchUp(core: Core, rejoin: Rejoin | null): void {
  if (core.caughtUp || rejoin?.nonce !== core.rejoinNonce) return;
  if (minLsn(core.matchedLsn, core.durableLsn) < rejoin.upTo) return;
  core.caughtUp = true;
  if (core.standing === 'rejoining') core.setStanding('voter');
  const position = core.log.positionAt(rejoin.upTo);
  core.out.event({ type: 'caught-up', term: core.term, position, votes: core.standing === 'voter' });
}
