import type {
  ApiError,
  AuthOp,
  ClientRequest,
  LedgerOp,
  LinkFault,
  LinkOp,
  ReadOp,
  StartOp,
  Target,
  WriteOptions,
  WriteOrDelete,
} from '../observe/api.ts';
import { PROCESS_ACTIONS } from '../observe/api.ts';
import { FATES } from '../observe/ledger.ts';
import { LEDGER_WRITES_MAX } from '../observe/ledger-view.ts';
import { WRITE_MODES } from '../protocol/entry.ts';
import { READ_LEVELS } from '../protocol/requests.ts';
import { TEMPOS } from '../protocol/timing.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../wal/codec.ts';
import { readWrite } from './client-lines.ts';
import {
  BadField,
  booleanField,
  numberField,
  oneOf,
  shown,
  textField,
  tokenField,
  wholeField,
  wordField,
  wordOrReplicaField,
} from './fields.ts';
import { type JsonObject, parseObject } from './json.ts';
import { nearest } from './nearest.ts';
import { isNonce } from './proof.ts';
import { LOG_ENTRIES_MAX } from './replica-channel.ts';

/** A request's own mark, which its reply carries: text of at most 128 characters, or a finite number. */
export type RequestId = string | number;

/** What a line asks for, or why it is refused. The id is there whenever it could be read, so that the refusal is matched. */
export type ParsedRequest =
  | { readonly id?: RequestId; readonly request: ClientRequest | AuthOp; readonly error?: undefined }
  | { readonly id?: RequestId; readonly request?: undefined; readonly error: ApiError };

/**
 * Reads one line of a client. Fields are picked by name, one by one, and everything else on the line is ignored; so the
 * result holds nothing but what the request's type says, within its bounds.
 */
export function parseRequest(line: string): ParsedRequest {
  const write = readWrite(line);
  const parsed = write ? { object: write } : parseObject(line);
  if ('error' in parsed) return { error: badRequest(parsed.error) };
  const { object } = parsed;
  let id: { readonly id?: RequestId } = {};
  try {
    id = idOf(object);
    return { ...id, request: requestOf(object) };
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    return { ...id, error: badRequest(error.message) };
  }
}

const SESSION_BYTES_MAX = 128;
const ID_LENGTH_MAX = 128;
const TIMEOUT_MS_MAX = 60_000;
const DELAY_MS_MAX = 60_000;

const TARGETS = ['leader', 'followers', 'all'] as const satisfies readonly Target[];
const FAULTS = ['cut', 'restore', 'heal', 'delay', 'drop'] as const satisfies readonly LinkFault['kind'][];
const OPS: readonly (ClientRequest | AuthOp)['op'][] = [
  'write',
  'delete',
  'read',
  'status',
  'watch',
  'mode',
  'tempo',
  ...PROCESS_ACTIONS,
  'link',
  'heal',
  'log',
  'ledger',
  'down',
  'auth',
];

function requestOf(object: JsonObject): ClientRequest | AuthOp {
  const op = opOf(object);
  switch (op) {
    case 'write':
    case 'delete':
      return writeOf(op, object);
    case 'read':
      return readOf(object);
    case 'mode':
      return { op, ...present('mode', wordField(object, 'mode', WRITE_MODES)) };
    case 'tempo':
      return { op, ...present('tempo', wordField(object, 'tempo', TEMPOS)) };
    case 'kill':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'power-cut':
      return { op, target: wordOrReplicaField(object, 'target', TARGETS) };
    case 'start':
      return startOf(object);
    case 'link':
      return linkOf(object);
    case 'log':
      return {
        op,
        replica: wordOrReplicaField(object, 'replica', []),
        ...present('from', wholeField(object, 'from', 1, Number.MAX_SAFE_INTEGER)),
        ...present('limit', wholeField(object, 'limit', 1, LOG_ENTRIES_MAX)),
      };
    case 'ledger':
      return ledgerOf(object);
    case 'status':
    case 'watch':
    case 'heal':
    case 'down':
      return { op };
    case 'auth':
      return authOf(object);
    default:
      return op satisfies never;
  }
}

function opOf({ op }: JsonObject): (ClientRequest | AuthOp)['op'] {
  const known = OPS.find((candidate) => candidate === op);
  if (known !== undefined) return known;
  if (op === undefined) throw new BadField('op is missing; send for example {"op":"status"}');
  const meant = typeof op === 'string' ? nearest(op, OPS) : null;
  throw new BadField(`unknown op ${shown(op)}; ${meant ? `did you mean "${meant}"?` : `there are ${OPS.join(', ')}`}`);
}

function writeOf(op: WriteOrDelete['op'], object: JsonObject): WriteOrDelete {
  const key = textField(object, 'key', KEY_BYTES_MAX);
  if (op === 'delete') return { op, key, ...writeOptionsOf(object) };
  return { op, key, value: textField(object, 'value', VALUE_BYTES_MAX, true), ...writeOptionsOf(object) };
}

function writeOptionsOf(object: JsonObject): WriteOptions {
  const { mode, token, session, seq: number } = object;
  if (mode === undefined && token === undefined && session === undefined && number === undefined) return {};
  const options = {
    ...present('mode', wordField(object, 'mode', WRITE_MODES)),
    ...present('token', tokenField(object, 'token')),
  };
  const seq = wholeField(object, 'seq', 1, Number.MAX_SAFE_INTEGER);
  if (object.session === undefined && seq === undefined) return options;
  if (object.session === undefined) throw new BadField('seq goes with a session; send both or neither');
  if (seq === undefined) throw new BadField('session goes with a seq; send both or neither');
  return { ...options, session: textField(object, 'session', SESSION_BYTES_MAX), seq };
}

function readOf(object: JsonObject): ReadOp {
  const level = wordField(object, 'level', READ_LEVELS);
  const from = object.from === undefined ? undefined : wordOrReplicaField(object, 'from', ['followers', 'leader']);
  if (level === 'linearizable' && from === 'followers') {
    throw new BadField('only the leader serves linearizable reads; leave from out, or read with a token');
  }
  return {
    op: 'read',
    key: textField(object, 'key', KEY_BYTES_MAX),
    ...present('level', level),
    ...present('token', tokenField(object, 'token')),
    ...present('from', from),
    ...present('timeoutMs', numberField(object, 'timeoutMs', 0, TIMEOUT_MS_MAX)),
  };
}

function ledgerOf(object: JsonObject): LedgerOp {
  return {
    op: 'ledger',
    ...present('limit', wholeField(object, 'limit', 1, LEDGER_WRITES_MAX)),
    ...present('fate', wordField(object, 'fate', FATES)),
  };
}

/** A log is given up for one replica at a time, and by its name: who leads or follows may be another in a moment. */
function startOf(object: JsonObject): StartOp {
  const target = wordOrReplicaField(object, 'target', TARGETS);
  const rebuild = booleanField(object, 'rebuild');
  if (rebuild && TARGETS.some((word) => word === target)) {
    throw new BadField(`rebuild is for one replica at a time, such as n2, not for ${target}`);
  }
  return { op: 'start', target, ...present('rebuild', rebuild) };
}

function linkOf(object: JsonObject): LinkOp {
  const from = wordOrReplicaField(object, 'from', ['leader']);
  const to = wordOrReplicaField(object, 'to', ['all']);
  if (from === to) throw new BadField(`from and to are both ${from}; a link is between two replicas`);
  return {
    op: 'link',
    from,
    to,
    fault: faultOf(object.fault),
    ...present('oneWay', booleanField(object, 'oneWay')),
  };
}

function faultOf(value: unknown): LinkFault {
  if (typeof value !== 'object' || value === null) {
    throw new BadField(`fault must be an object such as {"kind":"cut"}, not ${shown(value)}`);
  }
  const object = value as JsonObject;
  const kind = wordField(object, 'kind', FAULTS);
  switch (kind) {
    case 'cut':
    case 'restore':
    case 'heal':
      return { kind };
    case 'delay':
      return { kind, ms: given('ms', numberField(object, 'ms', 0, DELAY_MS_MAX)) };
    case 'drop':
      return { kind, percent: given('percent', numberField(object, 'percent', 0, 100)) };
    case undefined:
      throw new BadField(`fault has no kind; it must be ${oneOf(FAULTS)}`);
    default:
      return kind satisfies never;
  }
}

function authOf({ nonce, proof }: JsonObject): AuthOp {
  if (isNonce(nonce)) return { op: 'auth', nonce };
  if (typeof proof === 'string' && nonce === undefined) return { op: 'auth', proof };
  throw new BadField('auth needs a nonce of 64 digits of hex, and after its answer a proof');
}

function idOf({ id }: JsonObject): { readonly id?: RequestId } {
  if (id === undefined || id === null) return {};
  if (typeof id === 'number' && Number.isFinite(id)) return { id };
  if (typeof id === 'string' && id.length <= ID_LENGTH_MAX) return { id };
  throw new BadField(`id must be a number, or a string of at most ${ID_LENGTH_MAX} characters`);
}

function given(name: string, value: number | undefined): number {
  if (value === undefined) throw new BadField(`${name} is missing; it must be a number`);
  return value;
}

/** A field that is there only if it has a value. */
function present<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: Value });
}

function badRequest(message: string): ApiError {
  return { code: 'bad-request', message };
}
