import type { Entry } from '../protocol/entry.ts';
import type { Branch, Lineage } from '../protocol/lineage.ts';
import type {
  Append,
  PeerMessage,
  Rejoin,
  RejoinRequest,
  Snapshot,
  VotePhase,
  VoteReason,
} from '../protocol/messages.ts';
import { formatPosition, type Lsn, lsn, type Position, parsePosition, type Term, term } from '../protocol/position.ts';
import type { SealedPiece } from '../protocol/snapshot.ts';
import { parseEntry } from '../wal/codec.ts';
import { parsePiece } from '../wal/piece.ts';
import { BadField, booleanField, shown, wholeField, wordField } from './fields.ts';
import { type JsonObject, parseObject } from './json.ts';

/** An append message has at most this many entries: more than any replica sends. */
export const APPEND_ENTRIES_MAX = 10_000;

/** A part of a snapshot has at most this many pieces: more than any replica sends. */
export const SNAPSHOT_PIECES_MAX = 10_000;

/**
 * A message as lines: one, or for an append a header and then the entries' own lines, just as they stand in the log; for
 * a part of a snapshot likewise, its pieces.
 */
export function encodePeerMessage(message: PeerMessage): string {
  switch (message.type) {
    case 'append': {
      const { type, prev, committedLsn, entries } = message;
      const header = { type, term: message.term, prev: formatPosition(prev), committedLsn, count: entries.length };
      let lines = JSON.stringify(header);
      for (const entry of entries) lines += `\n${entry.line}`;
      return lines;
    }
    case 'snapshot': {
      const { position, pieces, ...rest } = message;
      const header = { ...rest, position: formatPosition(position), count: pieces.length };
      let lines = JSON.stringify(header);
      for (const piece of pieces) lines += `\n${piece.line}`;
      return lines;
    }
    case 'append-refused':
      return JSON.stringify({
        ...message,
        last: formatPosition(message.last),
        lineage: message.lineage.map((branch) => [branch.term, branch.firstLsn]),
      });
    case 'vote-request':
    case 'vote-reply':
      return JSON.stringify({ ...message, last: formatPosition(message.last) });
    case 'append-accepted':
    case 'heartbeat':
    case 'heartbeat-reply':
    case 'snapshot-reply':
      return JSON.stringify(message);
    default:
      return message satisfies never;
  }
}

/**
 * Reads the lines of one connection between replicas. Each line gives the message it completes, null if that needs more
 * lines, or why it is no valid message; after that the decoder is not used any more.
 */
export class PeerDecoder {
  /** A message whose lines are still coming. */
  #open: OpenAppend | OpenSnapshot | null = null;

  take(line: string): Taken {
    if (this.#open)
      return 'entries' in this.#open ? this.#takeEntry(this.#open, line) : this.#takePiece(this.#open, line);
    const parsed = parseObject(line);
    if ('error' in parsed) return { invalid: parsed.error };
    try {
      return { message: this.#takeHeader(parsed.object) };
    } catch (error) {
      if (!(error instanceof BadField)) throw error;
      return { invalid: error.message };
    }
  }

  #takeHeader(object: JsonObject): PeerMessage | null {
    const message = messageOf(object);
    if (message.type !== 'append' && message.type !== 'snapshot') return message;
    const missing = required(object, 'count', message.type === 'append' ? APPEND_ENTRIES_MAX : SNAPSHOT_PIECES_MAX);
    if (missing === 0) return message;
    this.#open =
      message.type === 'append' ? { header: message, missing, entries: [] } : { header: message, missing, pieces: [] };
    return null;
  }

  #takePiece({ header, pieces, missing }: OpenSnapshot, line: string): Taken {
    const piece = parsePiece(line);
    if (!piece) return { invalid: `a piece of a snapshot that is damaged or none: ${shown(line)}` };
    pieces.push(piece);
    if (pieces.length < missing) return { message: null };
    this.#open = null;
    return { message: { ...header, pieces } };
  }

  #takeEntry({ header, entries, missing }: OpenAppend, line: string): Taken {
    const entry = parseEntry(line);
    if (!entry) return { invalid: `an entry that is damaged or no entry: ${shown(line)}` };
    const before = entries.at(-1) ?? header.prev;
    if (entry.lsn !== before.lsn + 1 || entry.term < before.term || entry.term > header.term) {
      return { invalid: `entry ${formatPosition(entry)} cannot follow ${formatPosition(before)}` };
    }
    entries.push(entry);
    if (entries.length < missing) return { message: null };
    this.#open = null;
    return { message: { ...header, entries } };
  }
}

type Taken = { readonly message: PeerMessage | null } | { readonly invalid: string };

interface OpenAppend {
  readonly header: Append;
  readonly missing: number;
  readonly entries: Entry[];
}

interface OpenSnapshot {
  readonly header: Snapshot;
  readonly missing: number;
  readonly pieces: SealedPiece[];
}

const PHASES: readonly VotePhase[] = ['pre-vote', 'vote'];
const REASONS: readonly VoteReason[] = [
  'granted',
  'old-term',
  'stale-log',
  'leader-alive',
  'voted-for-another',
  'no-vote',
];
export const LINEAGE_BRANCHES_MAX = 1_000_000;

/** Fields are picked one by one; unknown ones are ignored, an unknown type is refused. */
function messageOf(object: JsonObject): PeerMessage {
  const { type } = object;
  const ofTerm = term(required(object, 'term'));
  switch (type) {
    case 'vote-request':
      return { type, phase: phaseOf(object), term: ofTerm, last: positionOf(object, 'last') };
    case 'vote-reply':
      return {
        type,
        phase: phaseOf(object),
        term: ofTerm,
        forTerm: term(required(object, 'forTerm')),
        granted: given(booleanField(object, 'granted'), 'granted'),
        reason: given(wordField(object, 'reason', REASONS), 'reason'),
        last: positionOf(object, 'last'),
      };
    case 'append':
      return {
        type,
        term: ofTerm,
        prev: positionOf(object, 'prev'),
        committedLsn: lsnOf(object, 'committedLsn'),
        entries: [],
      };
    case 'append-accepted':
      return {
        type,
        term: ofTerm,
        matchedLsn: lsnOf(object, 'matchedLsn'),
        durableLsn: lsnOf(object, 'durableLsn'),
        counts: given(booleanField(object, 'counts'), 'counts'),
      };
    case 'append-refused':
      return { type, term: ofTerm, last: positionOf(object, 'last'), lineage: lineageOf(object.lineage) };
    case 'heartbeat':
      return {
        type,
        term: ofTerm,
        ...roundOf(object),
        committedLsn: lsnOf(object, 'committedLsn'),
        rejoin: rejoinOf(object.rejoin),
      };
    case 'heartbeat-reply':
      return {
        type,
        term: ofTerm,
        ...roundOf(object),
        matchedLsn: lsnOf(object, 'matchedLsn'),
        durableLsn: lsnOf(object, 'durableLsn'),
        lastLsn: lsnOf(object, 'lastLsn'),
        counts: given(booleanField(object, 'counts'), 'counts'),
        rejoin: rejoinRequestOf(object.rejoin),
      };
    case 'snapshot':
      return {
        type,
        term: ofTerm,
        position: positionOf(object, 'position'),
        transfer: required(object, 'transfer'),
        index: required(object, 'index'),
        last: given(booleanField(object, 'last'), 'last'),
        pieces: [],
      };
    case 'snapshot-reply':
      return { type, term: ofTerm, transfer: required(object, 'transfer'), next: required(object, 'next') };
    default:
      throw new BadField(`unknown message type ${shown(type)}`);
  }
}

function roundOf(object: JsonObject): { round: number; atMs: number; sentLsn: Lsn } {
  const { atMs } = object;
  if (typeof atMs !== 'number' || !Number.isFinite(atMs))
    throw new BadField(`atMs must be a number, not ${shown(atMs)}`);
  return { round: required(object, 'round'), atMs, sentLsn: lsnOf(object, 'sentLsn') };
}

function rejoinOf(value: unknown): Rejoin | null {
  const rejoin = objectOrNull(value, 'rejoin');
  return rejoin && { nonce: required(rejoin, 'nonce'), upTo: lsnOf(rejoin, 'upTo') };
}

function rejoinRequestOf(value: unknown): RejoinRequest | null {
  const rejoin = objectOrNull(value, 'rejoin');
  return rejoin && { nonce: required(rejoin, 'nonce'), barred: given(booleanField(rejoin, 'barred'), 'barred') };
}

function objectOrNull(value: unknown, name: string): JsonObject | null {
  if (typeof value !== 'object') throw new BadField(`${name} must be an object, not ${shown(value)}`);
  return value as JsonObject | null;
}

function phaseOf(object: JsonObject): VotePhase {
  return given(wordField(object, 'phase', PHASES), 'phase');
}

function lsnOf(object: JsonObject, name: string): Lsn {
  return lsn(required(object, name));
}

function positionOf(object: JsonObject, name: string): Position {
  const text = object[name];
  const position = typeof text === 'string' ? parsePosition(text) : null;
  if (!position) throw new BadField(`${name} must be a position, not ${shown(text)}`);
  return position;
}

function lineageOf(value: unknown): Lineage {
  if (!Array.isArray(value) || value.length > LINEAGE_BRANCHES_MAX) throw new BadField('lineage must be a list');
  let before: Branch = { term: term(0), firstLsn: lsn(0) };
  return value.map((pair: unknown) => {
    const [ofTerm, firstLsn] = Array.isArray(pair) ? pair : [];
    const whole = Number.isSafeInteger(ofTerm) && Number.isSafeInteger(firstLsn);
    if (!whole || ofTerm <= before.term || firstLsn <= before.firstLsn) {
      throw new BadField('lineage must hold [term, first LSN] pairs that rise');
    }
    before = { term: ofTerm as Term, firstLsn: firstLsn as Lsn };
    return before;
  });
}

function required(object: JsonObject, name: string, high = Number.MAX_SAFE_INTEGER): number {
  return given(wholeField(object, name, 0, high), name);
}

function given<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new BadField(`${name} is missing`);
  return value;
}
