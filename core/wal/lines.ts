const NEWLINE = 10;
/** How every record begins. No value can contain it: its quotes would be escaped. */
const BEGINNING = new TextEncoder().encode('{"type":"');
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A line of a file. */
export interface Line {
  /** Offsets within the file: of its first byte, and of the next line's. */
  readonly start: number;
  readonly next: number;
  /** Without its newline; null if it is not UTF-8. */
  readonly text: string | null;
  /** Whether its newline is there. */
  readonly terminated: boolean;
}

export function* linesIn(bytes: Uint8Array): Generator<Line> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline < 0 ? bytes.length : newline;
    const next = Math.min(stop + 1, bytes.length);
    yield { start, next, text: textOf(bytes.subarray(start, stop)), terminated: newline >= 0 };
    start = next;
  }
}

/**
 * The record that ends a bad line, if one may, as text. When the byte that rotted is the newline before a hard state,
 * that hard state alone proves that the line was durable.
 */
export function hiddenLine(line: Uint8Array): string | null {
  const stop = line.at(-1) === NEWLINE ? line.length - 1 : line.length;
  let start = line.lastIndexOf(BEGINNING[0] as number);
  while (start > 0 && !BEGINNING.every((byte, i) => line[start + i] === byte)) {
    start = line.lastIndexOf(BEGINNING[0] as number, start - 1);
  }
  return start > 0 ? textOf(line.subarray(start, stop)) : null;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // not UTF-8
  }
}
