import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { Position, ReplicaId } from '../../core/protocol/position.ts';
import {
  type EntryState,
  isAstray,
  isFolded,
  type Reference,
  sentUpTo,
  settlementOf,
  stateOf,
  termOf,
} from '../entries.ts';
import { ENTRY_GLYPHS, type EntryLook } from '../entry-glyphs.ts';
import { roleOf } from '../role.ts';
import { plain, quiet, type Row, toned, withText } from '../span.ts';
import { termTone } from '../term-tone.ts';
import { charactersOf, padTo } from '../width.ts';

/** Whether a replica has the entry at `position`, how safely, or what it has instead. */
export function holderRow(
  position: Position,
  replica: ReplicaSnapshot,
  leader: ReplicaId | null,
  reference: Reference,
): Row {
  const role = roleOf(replica, leader);
  const { look, term, words } = holding(position, replica, reference);
  const tone = look === 'astray' ? 'warn' : term === null ? 'quiet' : termTone(term);
  const { process } = replica;
  return [
    plain(padTo(`  ${replica.id}`, NAME_WIDTH)),
    withText(role, padTo(charactersOf(role.text)[0] ?? '', ROLE_WIDTH)),
    toned(tone, ENTRY_GLYPHS[look]),
    plain(` ${words}`),
    quiet(process === 'up' ? '' : ` (${process}: as last known)`),
  ];
}

/** With the label of a field above. */
const NAME_WIDTH = 5;
const ROLE_WIDTH = 2;

interface Holding {
  readonly look: EntryLook;
  /** Of the entry that it has there, or is sent; null: none. */
  readonly term: number | null;
  readonly words: string;
}

function holding(position: Position, replica: ReplicaSnapshot, reference: Reference): Holding {
  const { lsn } = position;
  if (replica.heartbeatAgeMs === null) return { look: 'missing', term: null, words: 'not heard of yet' };
  if (lsn > replica.lsn) return lacking(position, replica, reference);
  const term = termOf(replica, lsn);
  if (isFolded(replica, lsn)) {
    return {
      look: 'folded',
      term: null,
      words: `no entry any more: its snapshot up to ${replica.baseLsn} holds what it made`,
    };
  }
  if (term === null) return { look: 'untold', term: null, words: 'tells nothing of its log so far back' };
  const state = stateOf(replica, lsn);
  const look = isAstray(replica, lsn, reference) ? 'astray' : state;
  if (term !== position.term) return { look, term, words: `has ${term}:${lsn} there instead` };
  const isCommitted = settlementOf(position, reference) === 'committed';
  const aside = look === 'astray' ? ", not in the leader's log" : '';
  return { look, term, words: (isCommitted ? STATES_OF_COMMITTED : STATES)[state] + aside };
}

function lacking(position: Position, replica: ReplicaSnapshot, reference: Reference): Holding {
  const { lsn, term } = position;
  const { leader } = reference;
  const isLeaders = leader !== null && termOf(leader, lsn) === term;
  if (isLeaders && lsn <= sentUpTo(replica, reference)) {
    return { look: 'in-flight', term, words: `does not have it yet: on its way from ${leader.id}` };
  }
  const isComing = isLeaders || settlementOf(position, reference) === 'committed';
  return { look: 'missing', term: null, words: isComing ? 'does not have it yet' : 'does not have it' };
}

const STATES: Readonly<Record<EntryState, string>> = {
  committed: 'committed',
  durable: 'durable',
  logged: 'in its log, not fsynced yet',
};

const STATES_OF_COMMITTED: Readonly<Record<EntryState, string>> = {
  ...STATES,
  durable: 'durable; not told yet that it is committed',
};
