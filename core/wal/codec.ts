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
import { type Lsn, lsn, type ReplicaId, replicaId, type Term, term, writeId } from '../protocol/position.ts';
import { utf8Bytes } from './crc32.ts';
import { type Fields, openLine, SEAL_BYTES, sealLine } from './line.ts';

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
  /** The stream offset at which this file begins. */
  readonly base: number;
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

export type WalRecord =
  | IdentityRecord
  | HardStateRecord
  | TruncateRecord
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
  const fields = openLine(line);
  return fields?.type === 'entry' ? toEntry(fields, line) : null;
}

/** A record as its line, without newline. */
export function encodeRecord(record: Exclude<WalRecord, { type: 'other-version' }>): string {
  switch (record.type) {
    case 'entry':
      return record.entry.line;
    case 'identity': {
      const { cluster, replica, members, base } = record;
      const owner = `"cluster":${text(cluster)},"replica":${text(replica)},"members":${JSON.stringify(members)}`;
      return sealLine(`{"type":"identity","version":${WAL_VERSION},${owner},"base":${base},`);
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
    default:
      return record satisfies never;
  }
}

/** The record that `line` (without its newline) encodes, or null if it encodes none. Never throws. */
export function parseRecord(line: string): WalRecord | null {
  const fields = openLine(line);
  switch (fields?.type) {
    case 'entry': {
      const entry = toEntry(fields, line);
      return entry && { type: 'entry', entry };
    }
    case 'hard-state':
      return toHardState(fields);
    case 'truncate':
      return isCount(fields.from, 1) ? { type: 'truncate', from: lsn(fields.from) } : null;
    case 'identity':
      return toIdentity(fields);
    default:
      return null;
  }
}

/** Whether `value` can name a write, a session, a replica or a cluster: well-formed, and within `NAME_BYTES_MAX`. */
export const isName = (value: unknown): value is string => typeof value === 'string' && fits(value, NAME_BYTES_MAX);

/** Counts and offsets stay within fifteen digits, as positions do in text. */
const COUNT_MAX = 999_999_999_999_999;

const text = (value: string): string => JSON.stringify(value);

function entryHead({ term, lsn, id, command, mode, session }: EntryFields): string {
  let head = `{"type":"entry","term":${term},"lsn":${lsn},"op":"${command.op}",`;
  if (command.op !== 'noop') head += `"key":${text(command.key)},`;
  if (command.op === 'put') head += `"value":${text(command.value)},`;
  if (mode !== null) head += `"mode":"${mode}",`;
  if (id !== null) head += `"id":${text(id)},`;
  if (session !== null) head += `"session":${text(session.session)},"seq":${session.seq},`;
  return head;
}

function toEntry(fields: Fields, line: string): Entry | null {
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
    bytes: utf8Bytes(line) + 1,
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

function toIdentity({ version, cluster, replica, members, base }: Fields): WalRecord | null {
  if (!isCount(version, 0)) return null;
  if (version !== WAL_VERSION) return { type: 'other-version', version };
  if (!isName(cluster) || !isName(replica) || !isCount(base, 0)) return null;
  if (!Array.isArray(members) || !members.every(isName)) return null;
  return { type: 'identity', cluster, replica: replicaId(replica), members: members.map(replicaId), base };
}

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

const isCount = (value: unknown, min: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= COUNT_MAX;

/** A client's own number: whatever a client can count to. */
const isSeq = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;

const isMode = (value: unknown): value is NonNullable<EntryFields['mode']> =>
  (WRITE_MODES as readonly unknown[]).includes(value);

const isStanding = (value: unknown): value is Standing => (STANDINGS as readonly unknown[]).includes(value);

/** A unit of UTF-16 is at most three bytes of UTF-8: most strings need not be counted. */
const fits = (value: string, bytesMax: number): boolean =>
  value.length <= bytesMax && (value.length * 3 <= bytesMax || utf8Bytes(value) <= bytesMax) && value.isWellFormed();

/** An entry's facts without its contents, which may be a megabyte. */
function describe({ term, lsn, id, command, session }: EntryFields): string {
  const key = command.op === 'noop' ? '' : `, key of ${utf8Bytes(command.key)} bytes`;
  const value = command.op === 'put' ? `, value of ${utf8Bytes(command.value)} bytes` : '';
  const name = `id of ${utf8Bytes(id ?? '')} bytes`;
  const retry = session === null ? '' : `, session of ${utf8Bytes(session.session)} bytes, seq ${session.seq}`;
  return `${term}:${lsn} ${command.op}, ${name}${key}${value}${retry}`;
}
