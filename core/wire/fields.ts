import { formatPosition, type PositionText, parsePosition, type ReplicaId, replicaId } from '../protocol/position.ts';
import type { JsonObject } from './json.ts';

/** Why a request is refused: one clear line that names the field, its bound and what to send. */
export class BadField extends Error {}

/** A text field that must be there, 1 to `bytesMax` bytes of UTF-8; `emptyToo`: 0 to. */
export function textField(from: JsonObject, name: string, bytesMax: number, emptyToo = false): string {
  const value = from[name];
  if (typeof value !== 'string') throw new BadField(`${name} ${missingOr(value, 'must be a string')}`);
  if (value === '' && !emptyToo) throw new BadField(`${name} is empty; give it at least one character`);
  if (!value.isWellFormed()) throw new BadField(`${name} holds half a surrogate pair; send well-formed Unicode`);
  if (value.length * UTF8_BYTES_PER_UNIT_MAX > bytesMax) {
    const bytes = Buffer.byteLength(value);
    if (bytes > bytesMax) throw new BadField(`${name} is ${bytes} bytes of UTF-8; at most ${inUnits(bytesMax)}`);
  }
  return value;
}

/** A number field from `low` to `high`, or undefined if it is not there. */
export function numberField(from: JsonObject, name: string, low: number, high: number): number | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    throw new BadField(`${name} must be a number from ${low} to ${high}, not ${shown(value)}`);
  }
  return value;
}

/** A field of whole numbers from `low` to `high`, or undefined if it is not there. */
export function wholeField(from: JsonObject, name: string, low: number, high: number): number | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new BadField(`${name} must be a whole number ${range}, not ${shown(value)}`);
  }
  return value;
}

export function booleanField(from: JsonObject, name: string): boolean | undefined {
  const value = from[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new BadField(`${name} must be true or false, not ${shown(value)}`);
}

/** A field that holds one of a few words, or undefined if it is not there. */
export function wordField<Word extends string>(
  from: JsonObject,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new BadField(`${name} must be ${oneOf(words)}, not ${shown(value)}`);
  return word;
}

/** A field that must be there, and holds one of a few words or the name of a replica. */
export function wordOrReplicaField<Word extends string>(
  from: JsonObject,
  name: string,
  words: readonly Word[],
): Word | ReplicaId {
  const value = from[name];
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  if (typeof value === 'string' && /^n[1-9]$/.test(value)) return replicaId(value);
  throw new BadField(`${name} ${missingOr(value, `must be ${oneOf([...words, 'a replica, n1 to n9'])}`)}`);
}

/** A token field, written as positions are written, or undefined if it is not there. */
export function tokenField(from: JsonObject, name: string): PositionText | undefined {
  const value = from[name];
  if (value === undefined) return undefined;
  const position = typeof value === 'string' ? parsePosition(value) : null;
  if (position === null) {
    throw new BadField(`${name} must be a position, term:lsn such as "2:17", not ${shown(value)}`);
  }
  return formatPosition(position);
}

/** A value from outside as an error shows it: on one line, and short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const UTF8_BYTES_PER_UNIT_MAX = 3;
const SHOWN_LENGTH_MAX = 40;

function missingOr(value: unknown, rule: string): string {
  return value === undefined ? `is missing; it ${rule}` : `${rule}, not ${shown(value)}`;
}

function inUnits(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${bytes / 1024} KiB (${bytes} bytes)` : `${bytes / 1024 / 1024} MiB (${bytes} bytes)`;
}
