import { WRITE_MODES } from '../protocol/entry.ts';
import { type Fields, isSealed } from './line.ts';

/**
 * The fields of an entry's line in the form in which `sealEntry` writes it: its fields in their order, no text with an
 * escape in it. That is nearly every line, and takes a fraction of what `JSON.parse` does. null: it is not in that form;
 * then `openLine` says what it is.
 */
export function readEntryLine(line: string): Fields | null {
  if (!line.startsWith(BEGINNING) || !isSealed(line)) return null;
  const scan = new Scan(line, BEGINNING.length);
  const term = scan.number();
  if (!scan.takes(',"lsn":')) return null;
  const lsn = scan.number();
  if (!scan.takes(',"op":"put","key":"')) return null;
  const key = scan.text();
  if (key === null || !scan.takes(',"value":"')) return null;
  const value = scan.text();
  if (value === null || !scan.takes(',"mode":"')) return null;
  const mode = WRITE_MODES.find((candidate) => scan.takes(candidate));
  if (mode === undefined || !scan.takes('","id":"')) return null;
  const id = scan.text();
  if (id === null || term === null || lsn === null) return null;
  if (scan.takes(CRC)) return { type: 'entry', op: 'put', term, lsn, key, value, mode, id };
  if (!scan.takes(',"session":"')) return null;
  const session = scan.text();
  if (session === null || !scan.takes(',"seq":')) return null;
  const seq = scan.number();
  if (seq === null || !scan.takes(CRC)) return null;
  return { type: 'entry', op: 'put', term, lsn, key, value, mode, id, session, seq };
}

const BEGINNING = '{"type":"entry","term":';
const CRC = ',"crc":"';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const SPACE = 0x20;
/** A longer number may not be exact. */
const DIGITS_MAX = 15;
/** A slice of this many units or more holds on to the line that it is of (V8's `SlicedString::kMinLength`). */
const SLICED_LENGTH_MIN = 13;

class Scan {
  readonly #line: string;
  #at: number;

  constructor(line: string, at: number) {
    this.#line = line;
    this.#at = at;
  }

  takes(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** A number without sign, fraction or leading zero. */
  number(): number | null {
    const begin = this.#at;
    let value = 0;
    for (;;) {
      const digit = this.#line.charCodeAt(this.#at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.#at++;
    }
    const length = this.#at - begin;
    const isOne = length > 0 && length <= DIGITS_MAX && (length === 1 || this.#line.charCodeAt(begin) !== ZERO);
    return isOne ? value : null;
  }

  /** Text up to its closing quote, which is taken too. Copied: a value may outlive its line. */
  text(): string | null {
    const line = this.#line;
    const begin = this.#at;
    let at = begin;
    for (;;) {
      const unit = line.charCodeAt(at);
      if (unit === QUOTE) break;
      if (!(unit >= SPACE) || unit === BACKSLASH) return null;
      at++;
    }
    this.#at = at + 1;
    const text = line.slice(begin, at);
    return text.length < SLICED_LENGTH_MIN ? text : ` ${text}`.slice(1);
  }
}
