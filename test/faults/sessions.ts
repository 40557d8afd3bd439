import { compareFreshness, formatPosition, ORIGIN, type Position } from '../../core/protocol/position.ts';
import type { FinalHistory } from './committed-log.ts';
import { isServed, isWrite, type Operation, type Read, shown } from './operation.ts';

/**
 * What a session was promised, checked in the order in which it asked: in words, what was broken.
 *
 * 1. A token read is of a prefix that reaches the token, so no older than anything the session wrote or was shown.
 * 2. So it sees, of each key, nothing older than the session's own acknowledged write to it and its reads of it.
 * 3. Whatever the level: what a read says it found at a position is what the history has there, if it is of it.
 *
 * A token that is `rolled-back` ends all promises: the session goes on from the position it was given. Only async
 * writes may be rolled back once they are acknowledged (`mayLose`).
 */
export function checkSession(
  operations: readonly Operation[],
  history: FinalHistory,
  versions: Versions,
  mayLose: boolean,
): readonly string[] {
  const violations: string[] = [];
  let token: Position = ORIGIN;
  let seen = new Map<string, Position>();
  const sees = (key: string, version: Position): void => {
    if (compareFreshness(version, seen.get(key) ?? ORIGIN) > 0) seen.set(key, version);
  };
  for (const operation of operations) {
    if (isWrite(operation)) {
      if (operation.outcome !== 'ok' || operation.position === null) continue;
      token = fresher(token, operation.position);
      sees(operation.key, operation.position);
      continue;
    }
    if (operation.code === 'rolled-back') {
      if (!mayLose) violations.push(`${told(operation)}: rolled back`);
      token = operation.nextToken ?? ORIGIN;
      seen = new Map();
      continue;
    }
    if (!isServed(operation)) continue;
    const { key, value, level, position } = operation;
    if (history.has(position) && history.valueAt(key, position.lsn) !== value) {
      violations.push(`${told(operation)}: the history has ${shown(history.valueAt(key, position.lsn))} there`);
    }
    if (level === 'any') continue;
    if (compareFreshness(position, operation.token ?? ORIGIN) < 0) {
      violations.push(`${told(operation)}: that is before its token`);
    }
    if (operation.token !== null && compareFreshness(operation.token, token) < 0) {
      throw new Error(`${operation.client} did not carry its token ${formatPosition(token)}`);
    }
    const version = value === null ? ORIGIN : versions(value);
    const floor = seen.get(key) ?? ORIGIN;
    if (version !== null && operation.token !== null) {
      if (compareFreshness(version, floor) < 0) {
        violations.push(`${told(operation)}: it had seen what was written at ${formatPosition(floor)}`);
      }
      sees(key, version);
    }
    token = fresher(token, operation.nextToken ?? ORIGIN);
  }
  return violations;
}

/** Where a value was written; null if nobody knows: in the history, or else as its writer was told. */
export type Versions = (value: string) => Position | null;

export function versionsOf(operations: readonly Operation[], history: FinalHistory): Versions {
  const acknowledged = new Map<string, Position>();
  for (const operation of operations) {
    if (isWrite(operation) && operation.position !== null) acknowledged.set(operation.value, operation.position);
  }
  return (value) => history.writesOf(value)[0]?.position ?? acknowledged.get(value) ?? null;
}

const fresher = (a: Position, b: Position): Position => (compareFreshness(a, b) >= 0 ? a : b);

function told({ client, key, level, token, value, position }: Read): string {
  const carried = token === null ? '' : ` with ${formatPosition(token)}`;
  const where = position === null ? '' : ` at ${formatPosition(position)}`;
  return `${client}'s ${level} read of ${key}${carried} found ${shown(value)}${where}`;
}
