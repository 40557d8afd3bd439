import type { Standing } from '../protocol/entry.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import type { VoteReason } from '../protocol/messages.ts';
import { formatPosition, type Lsn, type ReplicaId } from '../protocol/position.ts';
import { type Tempo, timingOf } from '../protocol/timing.ts';
import { escapeText } from './escape.ts';
import type { ClusterEvent, ProcessChange, RecoveredHappening } from './events.ts';
import { count, faultWords, MODE_WORDS } from './words.ts';

/** How an event is to be taken: `warn` something is wrong, and the cluster copes; `bad` something is gone for good. */
export type Severity = 'info' | 'good' | 'warn' | 'bad';

/** A key or a name is shown up to so many characters. */
const SHOWN_MAX = 60;
/** What a replica said last, up to so many. */
const REASON_MAX = 240;
/** A rollback names so many writes in its line. */
const NAMED_MAX = 5;

/** What happened, in one line of plain English. */
export function describe({ what }: ClusterEvent): string {
  switch (what.type) {
    case 'replica':
      return describeReplica(what.id, what.event);
    case 'recovered':
      return describeRecovered(what);
    case 'process':
      return `${what.id} ${PROCESS_WORDS[what.change]}${what.pid === null ? '' : ` (process ${what.pid})`}`;
    case 'died': {
      const reason = what.reason === null ? '' : `: ${shown(what.reason, REASON_MAX).replace(/\.$/, '')}`;
      const advice = what.rebuildable ? `; ${rebuildAdvice(what.id, what.addr)}` : '';
      return `${what.id} died (${shown(what.exit)})${reason}${advice}; its output is in ${escapeText(what.output)}`;
    }
    case 'lost':
      return `lost: ${write(what)} at ${what.position}, acknowledged under ${what.mode}`;
    case 'settled': {
      if (what.fate === 'committed') return `${write(what)}, unknown until now, committed${at(what.position)}`;
      return `${write(what)}, unknown until now, was discarded: the new history lacks ${what.position ?? 'it'}`;
    }
    case 'mode':
      return `writes are ${what.mode} from now on: ${MODE_WORDS[what.mode]}`;
    case 'tempo':
      return `the tempo is ${what.tempo} from now on: ${describeTempo(what.tempo)}`;
    case 'link':
      return `link ${what.from} to ${what.to}: ${faultWords(what) || 'whole again'}`;
    case 'healed':
      return 'healed: every link is whole, every replica runs';
    case 'contact':
      if (what.reason !== null) return `${what.id} is not heard: ${shown(what.reason, REASON_MAX)}`;
      return what.heard ? `${what.id} is heard` : `${what.id} is not heard any more: it is down, or out of reach`;
    case 'router':
      if (what.restarts === 0) return 'the router started: the ledger begins here';
      return `the router restarted (${times(what.restarts)} so far): the ledger begins anew`;
    default:
      throw new Error(`no such event: ${JSON.stringify(what satisfies never)}`);
  }
}

/** How a log that is damaged or missing can be mended. `addr`: where the cluster is reached, so that it can be copied. */
export const rebuildAdvice = (id: ReplicaId, addr?: string | null): string =>
  `"lockstep start ${id} --rebuild${addr ? ` --addr ${addr}` : ''}" begins its log anew`;

export function severity({ what }: ClusterEvent): Severity {
  switch (what.type) {
    case 'replica':
      return replicaSeverity(what.event);
    case 'recovered':
      return what.tornBytes > 0 || what.standing !== 'voter' ? 'warn' : 'info';
    case 'process':
      return PROCESS_SEVERITY[what.change];
    case 'died':
    case 'lost':
      return 'bad';
    case 'settled':
      return what.fate === 'committed' ? 'good' : 'warn';
    case 'mode':
    case 'tempo':
      return 'info';
    case 'link':
      return what.cut || what.delayMs > 0 || what.dropPercent > 0 ? 'warn' : 'good';
    case 'healed':
      return 'good';
    case 'contact':
      return what.heard ? 'good' : 'bad';
    case 'router':
      return what.restarts > 0 ? 'warn' : 'info';
    default:
      throw new Error(`no such event: ${JSON.stringify(what satisfies never)}`);
  }
}

const PROCESS_WORDS: Record<ProcessChange, string> = {
  started: 'was started',
  killed: 'was killed',
  stopped: 'was stopped',
  paused: 'was paused: it hears nothing and does not know it',
  resumed: 'was resumed',
  'power-cut': 'lost its power, and all that it had not fsynced',
};

function describeTempo(tempo: Tempo): string {
  const { heartbeatMs, electionMinMs, electionMaxMs } = timingOf(tempo);
  const silence =
    electionMinMs < 1000
      ? `${electionMinMs} to ${electionMaxMs} ms`
      : `${electionMinMs / 1000} to ${electionMaxMs / 1000} s`;
  return `a heartbeat every ${heartbeatMs} ms, an election after ${silence} of silence`;
}

function describeReplica(id: ReplicaId, event: ReplicaEvent): string {
  switch (event.type) {
    case 'campaign': {
      const asks = event.phase === 'vote' ? 'asks for votes' : 'asks who would vote for it';
      return `${id} ${asks} in term ${event.forTerm}: ${describeCause(event)}`;
    }
    case 'vote':
      return describeVote(id, event);
    case 'elected': {
      const votes = event.votes.length === 1 ? 'by its own vote' : `by the votes of ${event.votes.join(', ')}`;
      return `${id} leads term ${event.term}, ${votes}; its log ends at ${formatPosition(event.last)}`;
    }
    case 'following':
      return `${id} follows ${event.leader} in term ${event.term}`;
    case 'stepped-down': {
      const cause = {
        'higher-term': `term ${event.term} has begun`,
        'no-quorum': 'no majority answers it',
        'disk-full': 'its disk is full',
      }[event.cause];
      const left = event.unknown === 0 ? '' : `; ${count(event.unknown, 'write')} not acknowledged may still commit`;
      return `${id} no longer leads term ${event.ledTerm}: ${cause}${left}`;
    }
    case 'rolled-back':
      return describeRollback(id, event);
    case 'compacted':
      return `${id} has a snapshot up to ${formatPosition(event.position)}: what it holds leaves the log`;
    case 'snapshot-sent':
      return `${id} sends ${event.to} a snapshot up to ${formatPosition(event.position)}: the entries it lacks are gone`;
    case 'installed':
      return `${id} has ${event.leader}'s snapshot up to ${formatPosition(event.position)} in place of its log`;
    case 'caught-up': {
      const counts = event.votes ? 'counts and votes again' : 'counts again; it has no vote, for it may have given one';
      return `${id} holds all that was committed when it came back, up to ${formatPosition(event.position)}: it ${counts}`;
    }
    case 'disk':
      return event.full
        ? `${id} has no room on its disk: it keeps nothing new, and cannot lead, until it has`
        : `${id} has room on its disk again`;
    case 'woke':
      return `${id} woke after ${ms(event.gapMs)}: what it knew of the others is too old to trust`;
    default:
      throw new Error(`no such event: ${JSON.stringify(event satisfies never)}`);
  }
}

type Only<T extends ReplicaEvent['type']> = Extract<ReplicaEvent, { type: T }>;

function describeCause({ cause, leader, silentMs }: Only<'campaign'>): string {
  switch (cause) {
    case 'leader-silent':
      return `${leader ?? 'the leader'} silent${silentMs === null ? '' : ` for ${ms(silentMs)}`}`;
    case 'connection-closed':
      return `its connection to ${leader ?? 'the leader'} closed`;
    case 'no-leader':
      return 'it knows no leader';
    default:
      throw new Error(`no such cause: ${cause satisfies never}`);
  }
}

function describeVote(id: ReplicaId, event: Only<'vote'>): string {
  const { phase, forTerm, candidate, granted, reason } = event;
  if (granted) return `${id} ${phase === 'vote' ? 'votes' : 'would vote'} for ${candidate} in term ${forTerm}`;
  const refuses = phase === 'vote' ? 'says no' : 'would say no';
  // A stale log is compared with the candidate's, which names it.
  const whom = reason === 'stale-log' ? '' : ` to ${candidate}`;
  return `${id} ${refuses}${whom}: ${describeReason(reason, event)}`;
}

function describeReason(reason: VoteReason, { own, theirs, candidate, term, forTerm }: Only<'vote'>): string {
  switch (reason) {
    case 'granted':
      return 'it agrees';
    case 'old-term':
      return `it is in term ${term} already`;
    case 'stale-log':
      return `its log ends at ${formatPosition(own)}, ${candidate}'s at ${formatPosition(theirs)}`;
    case 'leader-alive':
      return 'it still hears its leader';
    case 'voted-for-another':
      return `its vote in term ${forTerm} went to another`;
    case 'no-vote':
      return 'it lost part of its log, and has no vote';
    default:
      throw new Error(`no such reason: ${reason satisfies never}`);
  }
}

function describeRollback(id: ReplicaId, event: Only<'rolled-back'>): string {
  const { firstLsn, lastLsn, dropped, leader } = event;
  // Only writes carry their position; a no-op at either end is named by its LSN.
  const edge = (lsn: Lsn): string => {
    const position = dropped.find((one) => one.position.lsn === lsn)?.position;
    return position === undefined ? `LSN ${lsn}` : formatPosition(position);
  };
  const range = firstLsn === lastLsn ? edge(firstLsn) : `${edge(firstLsn)} to ${edge(lastLsn)}`;
  const drops = `${id} drops ${count(lastLsn - firstLsn + 1, 'entry')} (${range}) that ${leader}'s history lacks`;
  if (dropped.length === 0) return drops;
  const named = dropped.slice(0, NAMED_MAX).map((one) => `${shown(one.id)} ${shown(one.key)}`);
  const more = dropped.length > NAMED_MAX ? `, and ${dropped.length - NAMED_MAX} more` : '';
  return `${drops}: ${named.join(', ')}${more}`;
}

function describeRecovered(what: RecoveredHappening): string {
  const { id, tornBytes, standing } = what;
  const torn = tornBytes === 0 ? '' : `; ${count(tornBytes, 'byte')} of a torn write cut off`;
  return `${id} starts ${describeHeld(what)}${torn}${STANDING_WORDS[standing]}`;
}

function describeHeld({ position, snapshot, entries, rebuilt }: RecoveredHappening): string {
  if (rebuilt !== null) {
    const left = rebuilt.folder === null ? 'of the old one nothing is left' : `the old one is in ${rebuilt.folder}`;
    return `a new log; ${escapeText(left)}`;
  }
  if (snapshot !== null && entries === 0) return `with a snapshot up to ${snapshot}`;
  if (snapshot !== null) return `with a snapshot up to ${snapshot} and ${count(entries, 'entry')}, up to ${position}`;
  return entries === 0 ? 'with an empty log' : `with ${count(entries, 'entry')}, up to ${position}`;
}

/** What a replica that lost part of its log may not do. */
const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  voter: '',
  rejoining: '; it has no vote until it has caught up',
  barred: '; it never votes again, for it may have given a vote that it has forgotten',
};

/** Cut to what fits a line before it is escaped, so that no escape is cut in two. */
function shown(text: string, most: number = SHOWN_MAX): string {
  const characters = [...text];
  return escapeText(characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text);
}

const write = ({ id, key }: { readonly id: string; readonly key: string }): string => `${shown(id)} (${shown(key)})`;
const at = (position: string | null): string => (position === null ? '' : ` at ${position}`);
const ms = (value: number): string => `${Math.round(value)} ms`;
const times = (value: number): string => (value === 1 ? 'once' : `${value} times`);

const PROCESS_SEVERITY: Record<ProcessChange, Severity> = {
  started: 'good',
  resumed: 'good',
  stopped: 'warn',
  paused: 'warn',
  killed: 'warn',
  'power-cut': 'warn',
};

function replicaSeverity(event: ReplicaEvent): Severity {
  switch (event.type) {
    case 'elected':
      return 'good';
    case 'caught-up':
      return 'good';
    case 'vote':
    case 'following':
    case 'compacted':
    case 'snapshot-sent':
    case 'installed':
      return 'info';
    case 'disk':
      return event.full ? 'warn' : 'good';
    case 'campaign':
    case 'stepped-down':
    case 'rolled-back':
    case 'woke':
      return 'warn';
    default:
      throw new Error(`no such event: ${JSON.stringify(event satisfies never)}`);
  }
}
