/** Deeper nesting of objects and arrays is refused: `JSON.stringify` and everything recursive would fail on it. */
export const DEPTH_MAX = 32;

/** Wrapped, because what a line says may have an `error` field of its own. */
export type ParsedObject = { readonly object: JsonObject } | { readonly error: string };

/** What stood on a line. Any name can be a key, `__proto__` too: pick fields by name, never merge. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a line that must be one JSON object, or says in a line what it is instead. */
export function parseObject(line: string): ParsedObject {
  if (isTooDeep(line)) return { error: `nested deeper than ${DEPTH_MAX} levels; send a flat JSON object` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { error: 'not a JSON object; send one JSON object a line, such as {"op":"status"}' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: `a JSON ${kindOf(value)}, not an object; send one JSON object a line, such as {"op":"status"}` };
  }
  return { object: value as JsonObject };
}

/**
 * Whether brackets outside strings nest deeper than `DEPTH_MAX`. Needs no valid JSON: `JSON.parse` takes a depth of a
 * million, so this has to come first. Linear: of a string only its quotes and the backslashes before them are looked at.
 */
function isTooDeep(line: string): boolean {
  if (line.length <= DEPTH_MAX) return false;
  let depth = 0;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === QUOTE) {
      i = closingQuote(line, i);
      if (i < 0) return false;
    } else if (code === BRACE_OPEN || code === BRACKET_OPEN) {
      if (++depth > DEPTH_MAX) return true;
    } else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
      depth--;
    }
  }
  return false;
}

/** The index of the quote that ends the string begun at `open`, or -1 if none does. */
function closingQuote(line: string, open: number): number {
  let quote = line.indexOf('"', open + 1);
  while (quote >= 0) {
    let backslashes = 0;
    while (line.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    quote = line.indexOf('"', quote + 1);
  }
  return -1;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
