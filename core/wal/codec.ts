import {
  type Command,
  type Entry,
  type EntryFields,
  type HardState,
  type Seal,
  STANDINGS,
  type Standing,
  WRITE_MODES,
} from '../protocol/entry.ts';
import {
  formatPosition,
  type Lsn,
  lsn,
  type Position,
  parsePosition,
  type ReplicaId,
  replicaId,
  type Term,
  term,
  writeId,
} from '../protocol/position.ts';
import { utf8Bytes } from './crc32.ts';
import { scanEntryLine } from './entry-line.ts';
import { type Fields, fieldsOf, isSealed, quoted, SEAL_BYTES, sealLine } from './line.ts';

/** Bounds of an entry, in bytes of UTF-8. */
export const KEY_BYTES_MAX = 1024;
export const VALUE_BYTES_MAX = 1024 * 1024;
/** The bound of every other name: a write's id, a session, a replica, a cluster. */
export const NAME_BYTES_MAX = 512;

/** The version of this format. A log of any other is refused, not guessed at. */
export const WAL_VERSION = 2;

/** Whose log it is. */
export interface Identity {
  readonly cluster: string;
  readonly replica: ReplicaId;
  /** All replicas of the cluster, this one among them, in any order. */
  readonly members: readonly ReplicaId[];
}

/** The first record of every file. */
export interface IdentityRecord extends Identity {
  readonly type: 'identity';
  /** Where a segment begins in the stream; null: the file is a snapshot. */
  readonly start: SegmentStart | null;
}

export interface SegmentStart {
  /** The stream offset of its first byte. */
  readonly base: number;
  /** The end of the log before it. */
  readonly after: Position;
}

/** The first record of every group, and of every change of term or vote inside one. */
export interface HardStateRecord extends HardState {
  readonly type: 'hard-state';
  /** The stream offset below which everything was known to be fsynced when this was written. */
  readonly durable: number;
}

/** Entries from this LSN on are dropped. */
export interface TruncateRecord {
  readonly type: 'truncate';
  readonly from: Lsn;
}

/** From here on the log is the snapshot at `position`, and nothing else. That is durable, or a later one is. */
export interface MarkRecord {
  readonly type: 'snapshot-mark';
  readonly position: Position;
}

/** A damaged log was set aside, and this one begun in its place: whatever stands before it is void. */
export interface RebuiltRecord {
  readonly type: 'rebuilt';
}

/** The second record of a snapshot. */
export interface SnapshotRecord {
  readonly type: 'snapshot';
  readonly position: Position;
  /** As in `SnapshotPart`: one that does holds from its mark in the log on. */
  readonly installs: boolean;
  /** The stream offset below which the log was known to be fsynced when this was written. */
  readonly durable: number;
}

/** The last record of a snapshot. */
export interface SnapshotEndRecord {
  readonly type: 'snapshot-end';
  /** How many it has. */
  readonly pieces: number;
  /** Over all lines before this one: see `SnapshotSum`. */
  readonly sum: string;
}

export type WalRecord =
  | IdentityRecord
  | HardStateRecord
  | TruncateRecord
  | MarkRecord
  | RebuiltRecord
  | SnapshotRecord
  | SnapshotEndRecord
  | { readonly type: 'entry'; readonly entry: Entry }
  /** An intact identity of another version: nothing else in that log can be trusted to be understood. */
  | { readonly type: 'other-version'; readonly version: number };

/**
 * Encodes an entry, once. Whatever it seals, `parseEntry` takes: an entry out of bounds throws a RangeError here, at
 * the leader that made it, and not on the followers and restarts that would be stuck with it.
 */
export const sealEntry: Seal = (fields) => {
  if (!isSound(fields)) throw new RangeError(`entry out of bounds: ${describe(fields)}`);
  const head = entryHead(fields);
  return {
    term: fields.term,
    lsn: fields.lsn,
    id: fields.id,
    command: fields.command,
    mode: fields.mode,
    session: fields.session,
    line: sealLine(head),
    bytes: utf8Bytes(head) + SEAL_BYTES + 1,
  };
};

/** The entry that `line` (without its newline) encodes, or null if it encodes none. Never throws; keeps the line. */
export function parseEntry(line: string): Entry | null {
  const record = parseRecord(line);
  return record?.type === 'entry' ? record.entry : null;
}

/** A record as its line, without newline. */
export function encodeRecord(record: Exclude<WalRecord, { type: 'other-version' }>): string {
  switch (record.type) {
    case 'entry':
      return record.entry.line;
    case 'identity': {
      const { cluster, replica, members, start } = record;
      const owner = `"cluster":${quoted(cluster)},"replica":${quoted(replica)},"members":${JSON.stringify(members)}`;
      const place = start === null ? '' : `"base":${start.base},"after":"${formatPosition(start.after)}",`;
      return sealLine(`{"type":"identity","version":${WAL_VERSION},${owner},${place}`);
    }
    case 'hard-state': {
      const { votedFor, committedLsn, standing, durable } = record;
      const vote = `"term":${record.term},"votedFor":${JSON.stringify(votedFor)}`;
      return sealLine(
        `{"type":"hard-state",${vote},"committedLsn":${committedLsn},"standing":"${standing}","durable":${durable},`,
      );
    }
    case 'truncate':
      return sealLine(`{"type":"truncate","from":${record.from},`);
    case 'snapshot-mark':
      return sealLine(`{"type":"snapshot-mark","position":"${formatPosition(record.position)}",`);
    case 'rebuilt':
      return sealLine('{"type":"rebuilt",');
    case 'snapshot': {
      const { position, installs, durable } = record;
      const what = `"position":"${formatPosition(position)}","installs":${installs},"durable":${durable}`;
      return sealLine(`{"type":"snapshot",${what},`);
    }
    case 'snapshot-end':
      return sealLine(`{"type":"snapshot-end","pieces":${record.pieces},"sum":"${record.sum}",`);
    default:
      return record satisfies never;
  }
}

/** The record that `line` (without its newline) encodes, or null if it encodes none. Never throws. */
export const parseRecord = (line: string): WalRecord | null =>
  isSealed(line) ? sealedRecord(line, 0, line.length, utf8Bytes(line) + 1) : null;

/**
 * The same of a line of which it is known that nothing has changed since it was sealed: `text` from `from` to `to`, where
 * a newline follows, if anything does.
 *
 * @param bytes its size in UTF-8, newline included.
 */
export function sealedRecord(text: string, from: number, to: number, bytes: number): WalRecord | null {
  const line = text.slice(from, to);
  const fields = scanEntryLine(text, from, to) ?? fieldsOf(line);
  switch (fields?.type) {
    case 'entry': {
      const entry = toEntry(fields, line, bytes);
      return entry && { type: 'entry', entry };
    }
    case 'hard-state':
      return toHardState(fields);
    case 'truncate':
      return isCount(fields.from, 1) ? { type: 'truncate', from: lsn(fields.from) } : null;
    case 'identity':
      return toIdentity(fields);
    case 'snapshot-mark': {
      const position = toPosition(fields.position);
      return position && position.lsn > 0 ? { type: 'snapshot-mark', position } : null;
    }
    case 'rebuilt':
      return { type: 'rebuilt' };
    case 'snapshot':
      return toSnapshot(fields);
    case 'snapshot-end': {
      const { pieces, sum } = fields;
      return isCount(pieces, 0) && typeof sum === 'string' ? { type: 'snapshot-end', pieces, sum } : null;
    }
    default:
      return null;
  }
}

/** Whether `value` can name a write, a session, a replica or a cluster: well-formed, and within `NAME_BYTES_MAX`. */
export const isName = (value: unknown): value is string => typeof value === 'string' && fits(value, NAME_BYTES_MAX);

/** Counts and offsets stay within fifteen digits, as positions do in text. */
const COUNT_MAX = 999_999_999_999_999;

function entryHead({ term, lsn, id, command, mode, session }: EntryFields): string {
  let head = `{"type":"entry","term":${term},"lsn":${lsn},"op":"${command.op}",`;
  if (command.op !== 'noop') head += `"key":${quoted(command.key)},`;
  if (command.op === 'put') head += `"value":${quoted(command.value)},`;
  if (mode !== null) head += `"mode":"${mode}",`;
  if (id !== null) head += `"id":${quoted(id)},`;
  if (session !== null) head += `"session":${quoted(session.session)},"seq":${session.seq},`;
  return head;
}

function toEntry(fields: Fields, line: string, bytes: number): Entry | null {
  const command = toCommand(fields);
  const id = fields.id ?? null;
  const mode = fields.mode ?? null;
  const session = toSession(fields);
  if (command === null || session === undefined) return null;
  if (id !== null && typeof id !== 'string') return null;
  if (mode !== null && !isMode(mode)) return null;
  if (!isCount(fields.term, 1) || !isCount(fields.lsn, 1)) return null;
  const entry: Entry = {
    term: term(fields.term),
    lsn: lsn(fields.lsn),
    id: id === null ? null : writeId(id),
    command,
    mode,
    session,
    line,
    bytes,
  };
  return isSound(entry) ? entry : null;
}

function toCommand({ op, key, value }: Fields): Command | null {
  if (op === 'noop') return { op };
  if (typeof key !== 'string') return null;
  if (op === 'delete') return { op, key };
  return op === 'put' && typeof value === 'string' ? { op, key, value } : null;
}

/** undefined: malformed. */
function toSession(fields: Fields): EntryFields['session'] | undefined {
  const session = fields.session ?? null;
  const seq = fields.seq ?? null;
  if (session === null && seq === null) return null;
  return typeof session === 'string' && typeof seq === 'number' ? { session, seq } : undefined;
}

function toHardState(fields: Fields): HardStateRecord | null {
  const { committedLsn, standing, durable } = fields;
  const votedFor = fields.votedFor ?? null;
  if (!isCount(fields.term, 0) || !isCount(committedLsn, 0) || !isCount(durable, 0)) return null;
  if (votedFor !== null && !isName(votedFor)) return null;
  if (!isStanding(standing)) return null;
  return {
    type: 'hard-state',
    term: term(fields.term),
    votedFor: votedFor === null ? null : replicaId(votedFor),
    committedLsn: lsn(committedLsn),
    standing,
    durable,
  };
}

function toIdentity({ version, cluster, replica, members, base, after }: Fields): WalRecord | null {
  if (!isCount(version, 0)) return null;
  if (version !== WAL_VERSION) return { type: 'other-version', version };
  if (!isName(cluster) || !isName(replica)) return null;
  if (!Array.isArray(members) || !members.every(isName)) return null;
  const start = toStart(base, after);
  if (start === undefined) return null;
  return { type: 'identity', cluster, replica: replicaId(replica), members: members.map(replicaId), start };
}

/** undefined: malformed. */
function toStart(base: unknown, after: unknown): SegmentStart | null | undefined {
  if (base === undefined && after === undefined) return null;
  const position = toPosition(after);
  return isCount(base, 0) && position ? { base, after: position } : undefined;
}

function toSnapshot({ position: text, installs, durable }: Fields): SnapshotRecord | null {
  const position = toPosition(text);
  if (!position || position.lsn === 0 || typeof installs !== 'boolean' || !isCount(durable, 0)) return null;
  return { type: 'snapshot', position, installs, durable };
}

const toPosition = (value: unknown): Position | null => (typeof value === 'string' ? parsePosition(value) : null);

/** What both ends demand of an entry, beyond the types of its fields. */
function isSound({ term, lsn, id, command, mode, session }: EntryFields): boolean {
  return (
    isCount(term satisfies Term, 1) &&
    isCount(lsn, 1) &&
    (id === null || isName(id)) &&
    (mode === null || isMode(mode)) &&
    (session === null || (isName(session.session) && isSeq(session.seq))) &&
    (command.op === 'noop' || fits(command.key, KEY_BYTES_MAX)) &&
    (command.op !== 'put' || fits(command.value, VALUE_BYTES_MAX))
  );
}

/** Whether `value` is a whole number from `min` on that text can hold: see `COUNT_MAX`. */
export const isCount = (value: unknown, min: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= COUNT_MAX;

/** A client's own number: whatever a client can count to. */
export const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

const isMode = (value: unknown): value is NonNullable<EntryFields['mode']> =>
  (WRITE_MODES as readonly unknown[]).includes(value);

const isStanding = (value: unknown): value is Standing => (STANDINGS as readonly unknown[]).includes(value);

/**
 * Whether `value` is well-formed, and at most so many bytes of UTF-8. A unit of UTF-16 is at most three: most strings
 * need not be counted.
 */
export const fits = (value: string, bytesMax: number): boolean =>
  value.length <= bytesMax && (value.length * 3 <= bytesMax || utf8Bytes(value) <= bytesMax) && value.isWellFormed();

/** An entry's facts without its contents, which may be a megabyte. */
function describe({ term, lsn, id, command, session }: EntryFields): string {
  const key = command.op === 'noop' ? '' : `, key of ${utf8Bytes(command.key)} bytes`;
  const value = command.op === 'put' ? `, value of ${utf8Bytes(command.value)} bytes` : '';
  const name = `id of ${utf8Bytes(id ?? '')} bytes`;
  const retry = session === null ? '' : `, session of ${utf8Bytes(session.session)} bytes, seq ${session.seq}`;
  return `${term}:${lsn} ${command.op}, ${name}${key}${value}${retry}`;
}
