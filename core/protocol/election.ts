import type { Campaign, Core } from './core.ts';
import type { ReplicaEvent, StepDownCause } from './events.ts';
import { endLeadership, lead } from './leader.ts';
import type { VoteReason, VoteReply, VoteRequest } from './messages.ts';
import { compareFreshness, lsn, type ReplicaId, type Term, term } from './position.ts';
import { quorumSize } from './quorum.ts';
import { inContact } from './reached.ts';
import { respond } from './respond.ts';

/*
 * Elections: the Raft paper's §5.2 and §5.4, with the pre-vote of Ongaro's thesis (§9.6) and its rule (§4.2.3) that
 * nobody who hears a leader helps to depose it.
 */

/** Draws a new election timeout, counted from now. */
export function armElection(core: Core): void {
  const { electionMinMs, electionMaxMs } = core.timing;
  core.electionDueMs = core.nowMs + core.random.between(electionMinMs, electionMaxMs);
}

/** Asks who would vote; only a majority of yeses starts a real election, so a replica that is cut off raises no term. */
export function startPreVote(core: Core): void {
  // It could not be elected, could keep nothing if it were, or its log is about to be another.
  if (core.standing !== 'voter' || core.diskFull || core.installing) return armElection(core);
  const campaign: Campaign = {
    phase: 'pre-vote',
    term: term(core.term + 1),
    why: {
      cause: core.leader === null ? 'no-leader' : core.connectionClosed ? 'connection-closed' : 'leader-silent',
      leader: core.leader,
      silentMs: core.leaderHeardMs === null ? null : core.nowMs - core.leaderHeardMs,
    },
    startedMs: core.nowMs,
    votes: new Set([core.id]),
  };
  ask(core, campaign);
  if (campaign.votes.size >= quorumSize(core.members.length)) startVote(core, campaign);
}

export function onVoteRequest(core: Core, from: ReplicaId, request: VoteRequest): void {
  // A replica that hears its leader does not even take up the term: else a candidate that missed the leader's word
  // could depose it.
  const alive = leaderAlive(core);
  if (!alive && request.phase === 'vote' && request.term > core.term) stepDown(core, request.term);

  const reason = judge(core, from, request, alive);
  const granted = reason === 'granted';
  if (granted && request.phase === 'vote') {
    if (core.votedFor !== from) core.setHardState(core.term, from);
    core.campaign = null;
    armElection(core);
  } else if (granted) giveWay(core, from, request);
  tellOnce(core, {
    type: 'vote',
    term: core.term,
    phase: request.phase,
    forTerm: request.term,
    candidate: from,
    granted,
    reason,
    own: core.log.last,
    theirs: request.last,
  });
  const { phase, term: forTerm } = request;
  const reply: VoteReply = {
    type: 'vote-reply',
    phase,
    term: core.term,
    forTerm,
    granted,
    reason,
    last: core.log.last,
  };
  if (phase === 'vote') core.out.sendAfterPersist(from, reply);
  else respond(core, from, reply);
}

export function onVoteReply(core: Core, from: ReplicaId, reply: VoteReply): void {
  const { campaign } = core;
  // A late reply to an earlier campaign counts for nothing; the same reply twice counts once, for votes are a set.
  if (campaign?.phase === reply.phase && campaign.term === reply.forTerm && reply.granted) count(core, campaign, from);
}

/** One's own vote counts like any other: once it is on disk. */
export function onHardStatePersisted(core: Core): void {
  if (core.campaign?.phase === 'vote' && !core.hardStatePending) count(core, core.campaign, core.id);
}

/** The leader's process is gone, or the way to it: no need to wait for the timeout. */
export function onConnectionClosed(core: Core, peer: ReplicaId): void {
  if (core.leader !== peer) return;
  core.connectionClosed = true;
  const delayMs = core.random.between(0, core.timing.closedDelayMs);
  core.electionDueMs = Math.min(core.electionDueMs, core.nowMs + delayMs);
}

/** It leads no more; its term stands, and somebody else may be elected in the next. */
export function resign(core: Core, cause: Exclude<StepDownCause, 'higher-term'>): void {
  endLeadership(core, cause, core.term);
  core.leader = null;
  core.matchedLsn = lsn(0);
  armElection(core);
}

/** Takes up a later term, as a follower of nobody yet. */
export function stepDown(core: Core, later: Term): void {
  if (core.leadership) {
    endLeadership(core, 'higher-term', later);
    armElection(core);
  }
  core.setHardState(later, null);
  core.campaign = null;
  core.leader = null;
  core.leaderHeardMs = null;
  core.connectionClosed = false;
  core.matchedLsn = lsn(0);
  core.leaderCommittedLsn = lsn(0);
  core.incoming = null;
}

/** The leader of the current term has spoken. */
export function follow(core: Core, leader: ReplicaId): void {
  if (core.leadership) throw new Error(`${leader} claims to lead term ${core.term}, which ${core.id} leads`);
  if (core.leader !== leader) core.out.event({ type: 'following', term: core.term, leader });
  core.leader = leader;
  core.campaign = null;
  core.told.clear();
  core.leaderHeardMs = core.nowMs;
  core.leaderAliveUntilMs = core.nowMs + core.timing.electionMinMs;
  core.connectionClosed = false;
  armElection(core);
}

function startVote(core: Core, preVote: Campaign): void {
  stepDown(core, preVote.term);
  core.setHardState(preVote.term, core.id);
  ask(core, { ...preVote, phase: 'vote', startedMs: core.nowMs, votes: new Set() });
}

function ask(core: Core, campaign: Campaign): void {
  const last = core.log.last;
  tellOnce(core, {
    type: 'campaign',
    term: core.term,
    phase: campaign.phase,
    forTerm: campaign.term,
    ...campaign.why,
    last,
  });
  core.campaign = campaign;
  core.leader = null;
  armElection(core);
  const request: VoteRequest = { type: 'vote-request', phase: campaign.phase, term: campaign.term, last };
  for (const peer of core.peers) {
    if (campaign.phase === 'vote') core.out.sendAfterPersist(peer, request);
    else core.out.send(peer, request);
  }
}

/**
 * Two who ask at the same time would split the vote, and lose an election timeout. So who would vote for another lets it
 * try first; of two whose requests cross, with equal logs, the one named first goes on.
 */
function giveWay(core: Core, to: ReplicaId, request: VoteRequest): void {
  core.electionDueMs = Math.max(core.electionDueMs, core.nowMs + core.timing.heartbeatMs);
  if (core.campaign?.phase !== 'pre-vote') return;
  if (compareFreshness(request.last, core.log.last) > 0 || to < core.id) core.campaign = null;
}

/** So many attempts and answers are remembered as told. */
const TOLD_MAX = 100;

/** The same attempt, or the same answer to it, is told once, until there is a leader again. */
function tellOnce(core: Core, event: Extract<ReplicaEvent, { type: 'campaign' | 'vote' }>): void {
  const told =
    event.type === 'vote'
      ? `${event.candidate} ${event.phase} ${event.forTerm} ${event.reason}`
      : `${event.phase} ${event.forTerm} ${event.cause}`;
  if (core.told.has(told)) return;
  if (core.told.size >= TOLD_MAX) core.told.clear();
  core.told.add(told);
  core.out.event(event);
}

function judge(core: Core, from: ReplicaId, request: VoteRequest, alive: boolean): VoteReason {
  // In the pre-vote the candidate asks about a term that it has not taken up; it must be one that this replica could
  // still vote in.
  if (request.term < core.term || (request.phase === 'pre-vote' && request.term === core.term)) return 'old-term';
  if (alive) return 'leader-alive';
  if (core.standing !== 'voter') return 'no-vote';
  if (compareFreshness(request.last, core.log.last) < 0) return 'stale-log';
  if (request.phase === 'vote' && core.votedFor !== null && core.votedFor !== from) return 'voted-for-another';
  return 'granted';
}

function leaderAlive(core: Core): boolean {
  if (core.leadership) return inContact(core, core.leadership);
  if (core.leaderHeardMs === null || core.connectionClosed) return false;
  return core.nowMs < core.leaderAliveUntilMs;
}

function count(core: Core, campaign: Campaign, voter: ReplicaId): void {
  campaign.votes.add(voter);
  if (campaign.votes.size < quorumSize(core.members.length)) return;
  if (campaign.phase === 'pre-vote') startVote(core, campaign);
  else lead(core, campaign);
}
