import type { Candidate } from '../protocol/candidate.ts';
import { leaderOf, type ReplicaView } from '../protocol/leader-of.ts';
import { settle } from '../protocol/lineage.ts';
import {
  compareFreshness,
  formatPosition,
  type Position,
  type PositionText,
  type ReplicaId,
} from '../protocol/position.ts';
import type { ReadLevel } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import { committedEnd, holdsToken } from './held.ts';
import { obstacleTo } from './no-leader.ts';
import { verdictOf } from './verdict.ts';

export interface Question {
  readonly level: ReadLevel;
  /** The position that must be seen; the origin if the client carries none. `any` does not look at it. */
  readonly token: Position;
  readonly from: ServeFrom;
}
export type ServeFrom = 'anyone' | 'followers' | 'leader' | ReplicaId;

export type Decision = Verdict & {
  /** All replicas, in the order given. */
  readonly candidates: readonly Candidate[];
};

export type Verdict =
  | { readonly kind: 'serve'; readonly replica: ReplicaId; readonly why: string }
  /** Ask again when a status arrives. Once the read's time is up, it fails with this code. */
  | { readonly kind: 'wait'; readonly code: WaitCode; readonly why: string }
  /** No later status can change that. `goOnFrom`: the newest position known to be committed. */
  | { readonly kind: 'fail'; readonly code: 'rolled-back'; readonly why: string; readonly goOnFrom: Position }
  | { readonly kind: 'fail'; readonly code: 'bad-request'; readonly why: string };

/** What a read lacks: nobody leads, the named replica is down, nobody asked for is there, or nobody holds the token. */
export type WaitCode = 'no-leader' | 'replica-down' | 'no-replica' | 'not-caught-up';

/**
 * Decides who serves a read, from the statuses that replicas have pushed and nothing else: no I/O and no clock, so it
 * is made anew, at once, whenever a status arrives. Take the token, compare, wait, or fail explicitly (as LiteFS does
 * in `serveRead`). What it says is a hint: the replica checks again before it answers.
 *
 * `replicas` are all members of the cluster; `turn` is a counter, ≥ 0, that spreads reads over equals.
 */
export function route(question: Question, replicas: readonly ReplicaView[], turn: number): Decision {
  const leader = leaderOf(replicas);
  const verdict = decide(question, replicas, leader, turn);
  return Object.assign(new Explained(question, replicas, leader, verdict), verdict);
}

/** Only the last decision about a read is ever explained, so its candidates are judged when they are asked for. */
class Explained {
  readonly #question: Question;
  readonly #replicas: readonly ReplicaView[];
  readonly #leader: ReplicaStatus | null;
  readonly #verdict: Verdict;

  constructor(question: Question, replicas: readonly ReplicaView[], leader: ReplicaStatus | null, verdict: Verdict) {
    this.#question = question;
    this.#replicas = replicas;
    this.#leader = leader;
    this.#verdict = verdict;
  }

  get candidates(): readonly Candidate[] {
    const chosen = this.#verdict.kind === 'serve' ? this.#verdict.replica : null;
    return this.#replicas.map((replica) =>
      verdictOf(replica, this.#question, this.#replicas, this.#leader, replica.id === chosen),
    );
  }
}

function decide(
  question: Question,
  replicas: readonly ReplicaView[],
  leader: ReplicaStatus | null,
  turn: number,
): Verdict {
  const bad = badRequest(question, replicas);
  if (bad !== null) return { kind: 'fail', code: 'bad-request', why: bad };
  const lost = question.level === 'any' ? null : rolledBack(question.token, replicas);
  if (lost !== null) return lost;

  const present = statusesOf(replicas.filter(({ reachable }) => reachable));
  const pools = poolsOf(question, present, leader);
  for (const pool of pools) {
    const able = pool.members.filter((status) => mayServe(question, status, leader));
    const picked = able[turn % able.length];
    if (picked !== undefined) return { kind: 'serve', replica: picked.id, why: pool.why(picked) };
  }
  const nobodyThere = pools.every((pool) => pool.members.length === 0);
  return nobodyThere ? nobody(question, replicas) : nobodyAble(question, leader);
}

function badRequest({ from, level }: Question, replicas: readonly ReplicaView[]): string | null {
  switch (from) {
    case 'anyone':
    case 'leader':
      return null;
    case 'followers':
      return level === 'linearizable' ? 'only the leader can serve a linearizable read, never a follower' : null;
    default:
      if (replicas.some((replica) => replica.id === from)) return null;
      return `there is no such replica: this cluster has ${replicas.map((replica) => replica.id).join(', ')}`;
  }
}

/**
 * Asked of every status ever heard, also of a replica that has died since, since what is committed stays committed; and
 * before anything else, since a leader that is cut off still holds what the others have rolled back.
 */
function rolledBack(token: Position, replicas: readonly ReplicaView[]): Verdict | null {
  const known = statusesOf(replicas);
  const witness = known.find((status) => settle(token, status.lineage, status.committedLsn) === 'rolled-back');
  if (witness === undefined) return null;
  const goOnFrom = known.map(committedEnd).reduce((a, b) => (compareFreshness(a, b) >= 0 ? a : b));
  const [lost, next] = [formatPosition(token), formatPosition(goOnFrom)];
  const why = `${lost} was rolled back: the history that ${witness.id} knows to be committed excludes it; go on from ${next}`;
  return { kind: 'fail', code: 'rolled-back', why, goOnFrom };
}

/** Of those that ever spoke. */
function statusesOf(replicas: readonly ReplicaView[]): readonly ReplicaStatus[] {
  const statuses: ReplicaStatus[] = [];
  for (const { status } of replicas) if (status !== null) statuses.push(status);
  return statuses;
}

/** Replicas that are equally welcome, and what to say of the one that is picked. */
interface Pool {
  readonly members: readonly ReplicaStatus[];
  readonly why: (picked: ReplicaStatus) => string;
}

/** Who may serve, the most welcome first. Followers come before the leader, to keep reads away from it. */
function poolsOf(question: Question, present: readonly ReplicaStatus[], leader: ReplicaStatus | null): readonly Pool[] {
  const { from, level } = question;
  const followers = present.filter((status) => status.role === 'follower');
  const holding = level === 'token' ? ` and holds ${tokenText(question.token)}` : '';
  const leading: Pool = {
    members: leader === null ? [] : [leader],
    why: (picked) => `${picked.id} leads term ${picked.term}${holding}`,
  };
  const following: Pool = { members: followers, why: (picked) => `${picked.id} is a follower${holding}` };
  switch (from) {
    case 'leader':
      return [leading];
    case 'followers':
      return [following];
    case 'anyone':
      break;
    default: {
      const named = present.filter((status) => status.id === from);
      return [{ members: named, why: (picked) => `${picked.id} was asked for${holding}` }];
    }
  }
  switch (level) {
    case 'any':
      return [{ members: present, why: (picked) => `${picked.id} is up: any replica may serve, and they take turns` }];
    case 'linearizable':
      return [leading];
    case 'token':
      if (leader !== null) return [following, { ...leading, why: (p) => `no follower could: ${leading.why(p)}` }];
      return [following, { members: present, why: (picked) => `nobody leads: ${picked.id} is up${holding}` }];
    default:
      throw new Error(`no such level: ${level satisfies never}`);
  }
}

function mayServe({ level, token }: Question, status: ReplicaStatus, leader: ReplicaStatus | null): boolean {
  switch (level) {
    case 'any':
      return true;
    case 'token':
      return holdsToken(status, token);
    case 'linearizable':
      return status.id === leader?.id;
    default:
      throw new Error(`no such level: ${level satisfies never}`);
  }
}

/** Why a read waits for which nobody was there at all. */
function nobody({ from, level }: Question, replicas: readonly ReplicaView[]): Verdict {
  if (from === 'leader' || (from === 'anyone' && level === 'linearizable')) {
    const obstacle = obstacleTo(replicas);
    return {
      kind: 'wait',
      code: 'no-leader',
      why: obstacle === null ? 'nobody leads now' : `nobody leads: ${obstacle}`,
    };
  }
  if (from === 'anyone') return { kind: 'wait', code: 'no-replica', why: 'no replica can be reached' };
  if (from === 'followers') return { kind: 'wait', code: 'no-replica', why: 'no follower can be reached' };
  return { kind: 'wait', code: 'replica-down', why: `${from} is down or does not answer` };
}

/** Why a read waits for which somebody was there, but none that could serve it. */
function nobodyAble({ from, level, token }: Question, leader: ReplicaStatus | null): Verdict {
  if (level === 'linearizable') {
    const why = `only the leader can serve a linearizable read, and ${from} is not it`;
    return leader === null ? { kind: 'wait', code: 'no-leader', why } : { kind: 'wait', code: 'no-replica', why };
  }
  return { kind: 'wait', code: 'not-caught-up', why: notCaughtUp(from, formatPosition(token)) };
}

function notCaughtUp(from: ServeFrom, token: PositionText): string {
  if (from === 'anyone') return `no replica that may serve holds ${token} yet`;
  if (from === 'followers') return `no follower holds ${token} yet`;
  return `${from === 'leader' ? 'the leader' : from} does not hold ${token} yet`;
}

const tokenText = (token: Position): string => (token.lsn === 0 ? 'all that is asked for' : formatPosition(token));
