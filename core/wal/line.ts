import { crc32, crc32Of } from './crc32.ts';

/**
 * A record is one line: a JSON object whose last field is `"crc"`, eight hex digits, the CRC-32 of every byte of the
 * line before `"crc"`. Fixed in width and place, it is found without parsing, so garbage is refused before JSON.parse
 * has to make sense of it.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** Bytes that sealing adds to a head, all of them ASCII: `"crc":"01234567"}`. */
export const SEAL_BYTES = 17;

/** The line whose beginning is `head`: an object left open, after the comma that follows its last field. */
export function sealLine(head: string): string {
  return `${head}"crc":"${hex(crc32(head))}"}`;
}

/** Whether nothing of the line has changed since it was sealed. */
export function isSealed(line: string): boolean {
  const at = line.length - SEAL_BYTES;
  if (at < 0 || !line.startsWith('"crc":"', at) || !line.endsWith('"}')) return false;
  return line.startsWith(hex(crc32(line, at)), at + 7);
}

/** The same of a line in a file, which is `bytes` from `from` to `to`. */
export function isSealedIn(bytes: Uint8Array, from: number, to: number): boolean {
  const at = to - SEAL_BYTES;
  if (at < from) return false;
  const crc = crc32Of(bytes, from, at);
  for (let i = 0; i < SEAL_BYTES; i++) {
    const digit = i - DIGITS_AT;
    const expected = digit >= 0 && digit < 8 ? HEX_DIGITS[(crc >>> (28 - 4 * digit)) & 0xf] : SEAL[i];
    if (bytes[at + i] !== expected) return false;
  }
  return true;
}

/** The fields of a line that is sealed, as is known by now; null if there are none: it was never a record. */
export function fieldsOf(line: string): Fields | null {
  // A record with a line break inside would be two lines in the file.
  if (line.includes('\n') || !line.isWellFormed()) return null;
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? (fields as Fields) : null;
  } catch {
    return null;
  }
}

/** `text` as JSON. */
export function quoted(text: string): string {
  if (text.length > PLAIN_LENGTH_MAX) return JSON.stringify(text);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit > 0x7e) return JSON.stringify(text);
  }
  return `"${text}"`;
}

/** Shorter text is looked through faster than it is handed to `JSON.stringify`. */
const PLAIN_LENGTH_MAX = 64;

/** Two digits for each byte: `toString(16)` divides. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const SEAL = new TextEncoder().encode('"crc":"01234567"}');
const DIGITS_AT = 7;
const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');

/** A CRC as its eight digits. */
export const hex = (crc: number): string =>
  `${HEX[crc >>> 24]}${HEX[(crc >>> 16) & 0xff]}${HEX[(crc >>> 8) & 0xff]}${HEX[crc & 0xff]}`;
