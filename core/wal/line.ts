import { crc32 } from './crc32.ts';

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

/** Whether nothing of the line, which is `text` from `from` to `to`, has changed since it was sealed. */
export function isSealed(text: string, from = 0, to = text.length): boolean {
  const at = to - SEAL_BYTES;
  if (at < from || !text.startsWith('"crc":"', at) || !text.endsWith('"}', to)) return false;
  return hexAt(text, at + 7) === crc32(text, from, at);
}

/** The fields of a sealed line, or null if it is none: cut short, changed, or never a record. */
export function openLine(line: string): Fields | null {
  if (!isSealed(line)) return null;
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

/** The number that eight such digits at `at` are; NaN if they are none. */
function hexAt(text: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) {
    const unit = text.charCodeAt(i);
    const digit = unit >= LETTER_A ? unit - LETTER_A + 10 : unit - ZERO;
    if (!(digit >= 0 && digit < 16) || (unit < LETTER_A && digit > 9)) return Number.NaN;
    value = value * 16 + digit;
  }
  return value;
}

const LETTER_A = 0x61;
const ZERO = 0x30;

const hex = (crc: number): string =>
  `${HEX[crc >>> 24]}${HEX[(crc >>> 16) & 0xff]}${HEX[(crc >>> 8) & 0xff]}${HEX[crc & 0xff]}`;
