import type { Core } from './core.ts';
import type { Progress } from './leadership.ts';
import type { HeartbeatReply, Rejoin } from './messages.ts';
import { lsn, minLsn } from './position.ts';

/*
 * A replica that lost part of its log may have acknowledged entries that it no longer has, and commits may rest on that.
 * So it has no vote and does not count until it holds all that its acknowledgements can have helped to commit. It asks
 * each leader where its log ends, under a number of its own: every acknowledgement of before is for an entry up to
 * there. A leader of a later term was elected without this replica's vote, by a majority that shares a member with
 * every majority that committed anything. (In an earlier term than its own this replica listens to nobody; one that
 * does not know its own term, for that may be lost too, is barred from voting for ever.)
 */

/** The leader's side: notes where the log ends when it is first asked, and that nothing is known of that log any more. */
export function answerRejoin(core: Core, progress: Progress, reply: HeartbeatReply): void {
  progress.counts = reply.counts;
  if (reply.rejoin === null || progress.rejoin?.nonce === reply.rejoin) return;
  progress.rejoin = { nonce: reply.rejoin, upTo: core.log.lastLsn };
  progress.durable = lsn(0);
  progress.matched = lsn(0);
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
