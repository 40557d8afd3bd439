import type { LogEntryView } from '../observe/api.ts';
import type { RecoveredHappening } from '../observe/events.ts';
import type { SessionSeq, WriteMode } from '../protocol/entry.ts';
import { WRITE_MODES } from '../protocol/entry.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import {
  formatPosition,
  lsn,
  type Position,
  parsePosition,
  term,
  type WriteId,
  writeId,
} from '../protocol/position.ts';
import {
  type LocateRequest,
  READ_LEVELS,
  type ReadRequest,
  type Reply,
  type WriteRequest,
} from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { ReplicaRequest } from '../routing/fleet.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../wal/codec.ts';
import { type Acknowledged, encodeAcknowledged, readAcknowledged } from './acknowledged.ts';
import { BadField, shown, textField, wholeField, wordField } from './fields.ts';
import { type JsonObject, parseObject } from './json.ts';
import { encodeWrite, readWriteLine } from './write-line.ts';

/** What the router sends a replica, after its hello. */
export type ToReplica =
  | ReplicaRequest
  | { readonly type: 'log'; readonly id: string; readonly from: number; readonly limit: number };

/** What a replica sends the router: its status again and again, what happened in it, and answers. */
export type FromReplica =
  | Omit<RecoveredHappening, 'id'>
  | { readonly type: 'status'; readonly status: ReplicaStatus }
  | { readonly type: 'event'; readonly event: ReplicaEvent }
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'log'; readonly id: string; readonly entries: readonly LogEntryView[]; readonly lastLsn: number };

/** At most so many writes are asked after at once. */
export const LOCATE_WRITES_MAX = 1000;
/** At most so many entries, and bytes of entries, are shown at once. */
export const LOG_ENTRIES_MAX = 1000;
export const LOG_BYTES_MAX = 2 * 1024 * 1024;

export function encodeToReplica(message: ToReplica): string {
  if (message.type === 'read') return JSON.stringify({ type: 'read', read: withText(message.read) });
  if (message.type === 'write') return encodeWrite(message.write);
  return JSON.stringify(message);
}

/** Answers to writes that say the same come together. */
export const encodeFromReplica = (message: FromReplica | Acknowledged): string =>
  message.type === 'acknowledged' ? encodeAcknowledged(message) : JSON.stringify(message);

/** Reads a line from the router; fields are picked one by one, within their bounds. */
export function parseToReplica(line: string): { readonly message: ToReplica } | { readonly invalid: string } {
  const write = readWriteLine(line);
  const parsed = write ? { object: write } : parseObject(line);
  if ('error' in parsed) return { invalid: parsed.error };
  try {
    return { message: toReplicaOf(parsed.object) };
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    return { invalid: error.message };
  }
}

/**
 * Reads a line from a replica. The router dialled it and it is one of ours, so beyond the kind of message its inside is
 * taken at its word.
 */
export function parseFromReplica(
  line: string,
): { readonly message: FromReplica | Acknowledged } | { readonly invalid: string } {
  const acknowledged = readAcknowledged(line);
  if (acknowledged) return { message: acknowledged };
  const parsed = parseObject(line);
  if ('error' in parsed) return { invalid: parsed.error };
  const part = FROM_REPLICA[parsed.object.type as (FromReplica | Acknowledged)['type']];
  if (!part || parsed.object[part] === undefined)
    return { invalid: `unknown message type ${shown(parsed.object.type)}` };
  return { message: parsed.object as unknown as FromReplica | Acknowledged };
}

/** For each kind of message the field that must be there. */
const FROM_REPLICA: Record<(FromReplica | Acknowledged)['type'], string> = {
  recovered: 'position',
  status: 'status',
  event: 'event',
  reply: 'reply',
  acknowledged: 'writes',
  log: 'entries',
};

export const ID_BYTES_MAX = 128;

function toReplicaOf(object: JsonObject): ToReplica {
  const { type } = object;
  switch (type) {
    case 'write':
      return { type, write: writeOf(object) };
    case 'read':
      return { type, read: readOf(inside(object, 'read')) };
    case 'locate':
      return { type, locate: locateOf(inside(object, 'locate')) };
    case 'log':
      return {
        type,
        id: textField(object, 'id', ID_BYTES_MAX),
        from: wholeField(object, 'from', 1, Number.MAX_SAFE_INTEGER) ?? 1,
        limit: wholeField(object, 'limit', 1, LOG_ENTRIES_MAX) ?? LOG_ENTRIES_MAX,
      };
    default:
      throw new BadField(`unknown message type ${shown(type)}`);
  }
}

const withText = (read: ReadRequest): object => ({ ...read, token: formatPosition(read.token) });

function writeOf(object: JsonObject): WriteRequest {
  const key = textField(object, 'key', KEY_BYTES_MAX);
  const op = wordField(object, 'op', ['put', 'delete']);
  const mode: WriteMode | undefined = wordField(object, 'mode', WRITE_MODES);
  if (op === undefined || mode === undefined) throw new BadField('a write needs an op and a mode');
  return {
    id: idOf(object),
    term: term(wholeField(object, 'term', 0, Number.MAX_SAFE_INTEGER) ?? 0),
    command: op === 'put' ? { op, key, value: textField(object, 'value', VALUE_BYTES_MAX, true) } : { op, key },
    mode,
    session: sessionOf(object),
    ...(object.token === undefined ? {} : { token: tokenOf(object) }),
  };
}

function readOf(object: JsonObject): ReadRequest {
  const level = wordField(object, 'level', READ_LEVELS);
  if (level === undefined) throw new BadField('a read needs a level');
  const token = tokenOf(object);
  return { id: textField(object, 'id', ID_BYTES_MAX), key: textField(object, 'key', KEY_BYTES_MAX), level, token };
}

function tokenOf({ token }: JsonObject): Position {
  const position = typeof token === 'string' ? parsePosition(token) : null;
  if (!position) throw new BadField(`token must be a position, not ${shown(token)}`);
  return position;
}

function locateOf(object: JsonObject): LocateRequest {
  const { writes } = object;
  if (!Array.isArray(writes) || writes.length > LOCATE_WRITES_MAX) throw new BadField('writes must be a short list');
  return {
    id: textField(object, 'id', ID_BYTES_MAX),
    term: term(wholeField(object, 'term', 0, Number.MAX_SAFE_INTEGER) ?? 0),
    after: lsn(wholeField(object, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0),
    writes: writes.map((write: unknown) => {
      if (typeof write !== 'object' || write === null) throw new BadField('a write must be an object');
      return { id: idOf(write as JsonObject), session: sessionOf(((write as JsonObject).session ?? {}) as JsonObject) };
    }),
  };
}

function sessionOf(object: JsonObject): SessionSeq | null {
  if (object.session === undefined) return null;
  const seq = wholeField(object, 'seq', 1, Number.MAX_SAFE_INTEGER);
  if (seq === undefined) throw new BadField('a session needs a seq');
  return { session: textField(object, 'session', 4 * ID_BYTES_MAX), seq };
}

function idOf(object: JsonObject): WriteId {
  return writeId(textField(object, 'id', ID_BYTES_MAX));
}

function inside(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (typeof value !== 'object' || value === null) throw new BadField(`${name} must be an object`);
  return value as JsonObject;
}
