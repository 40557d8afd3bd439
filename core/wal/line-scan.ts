/**
 * Reads a line of JSON in the one form in which our own encoders write it: fields in their order, no blanks, no escapes.
 * That takes a fraction of what `JSON.parse` does, which looks every short text up in a table of all there are, and
 * keeps it there: each id of a write, say. Whoever scans falls back on `JSON.parse` where a line has another form.
 */
export class LineScan {
  readonly #line: string;
  readonly #end: number;
  #at: number;
  /** All units of the texts that were taken, or-ed. */
  #units = 0;

  /** The line, or what is left of it, is `line` from `at` to `end`, where it ends itself or has a newline. */
  constructor(line: string, at: number, end = line.length) {
    this.#line = line;
    this.#end = end;
    this.#at = at;
  }

  /** Whether the line goes on with `text`, which is taken then. */
  takes(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** So much of the line has not been taken. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** Whether its seal is left, and nothing else: the comma before it is there (see line.ts). */
  get isAtSeal(): boolean {
    return this.left === SEAL_LENGTH && this.#line.startsWith(',"crc":"', this.#at);
  }

  /** Whether the texts that were taken have no unit beyond ASCII. */
  get isAscii(): boolean {
    return this.#units <= ASCII_MAX;
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
    let units = this.#units;
    for (;;) {
      const unit = line.charCodeAt(at);
      if (unit === QUOTE) break;
      if (!(unit >= SPACE) || unit === BACKSLASH) return null;
      units |= unit;
      at++;
    }
    this.#at = at + 1;
    this.#units = units;
    const text = line.slice(begin, at);
    return text.length < SLICED_LENGTH_MIN ? text : ` ${text}`.slice(1);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const SPACE = 0x20;
const ASCII_MAX = 0x7f;
const SEAL_LENGTH = ',"crc":"01234567"}'.length;
/** A longer number may not be exact. */
const DIGITS_MAX = 15;
/** A slice of this many units or more holds on to the line that it is of (V8's `SlicedString::kMinLength`). */
const SLICED_LENGTH_MIN = 13;
