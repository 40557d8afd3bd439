import type { ReadOp, ReadResult, WriteOrDelete, WriteResult } from '../observe/api.ts';
import type { WriteMode } from '../protocol/entry.ts';
import { formatPosition, type Position, type PositionText, parsePosition } from '../protocol/position.ts';
import type { ReadAnswer, ReadAsk } from '../routing/reads.ts';
import type { WriteAnswer, WriteAsk } from '../routing/writes.ts';

/** How long a read may wait if it does not say, in ms. */
const READ_TIMEOUT_MS = 1000;

/** `mode`: the cluster's, for a write that names none. */
export function writeAskOf(request: WriteOrDelete, mode: WriteMode): WriteAsk {
  const { key, session, seq, token } = request;
  return {
    command: request.op === 'delete' ? { op: 'delete', key } : { op: 'put', key, value: request.value },
    mode: request.mode ?? mode,
    session: session === undefined || seq === undefined ? null : { session, seq },
    token: token === undefined ? null : parsePosition(token),
  };
}

export function writeResultOf({ mode }: WriteAsk, answer: WriteAnswer): WriteResult {
  const { id, outcome, error, durableOn, ms, replaces } = answer;
  const position = textOf(answer.position);
  return {
    v: 1,
    writeId: id,
    outcome,
    position,
    ...(outcome === 'ok' && position ? { token: position } : {}),
    mode,
    durableOn,
    ms,
    ...(replaces ? { replaces: formatPosition(replaces) } : {}),
    ...(error ? { error } : {}),
  };
}

export function readAskOf(request: ReadOp): ReadAsk {
  const token = request.token === undefined ? null : parsePosition(request.token);
  return {
    key: request.key,
    level: request.level ?? (token ? 'token' : 'any'),
    token,
    from: request.from ?? 'anyone',
    timeoutMs: request.timeoutMs ?? READ_TIMEOUT_MS,
  };
}

export function readResultOf(answer: ReadAnswer): ReadResult {
  const { error, value, servedBy, position, committed, token, waitedMs, why, decision } = answer;
  return {
    v: 1,
    found: value !== null,
    value,
    servedBy,
    position: textOf(position),
    committed,
    token: textOf(token),
    why,
    ...(error ? { error } : {}),
    waitedMs,
    candidates: decision?.candidates ?? [],
  };
}

const textOf = (position: Position | null): PositionText | null => position && formatPosition(position);
