import { sealedRecord, type WalRecord } from './codec.ts';
import { isSealedIn } from './line.ts';

const NEWLINE = 10;
/** So much of a file is decoded at once, or a line if that is longer. What is kept of a line holds on to all of it. */
const BLOCK_BYTES = 64 * 1024;
/** How every record begins. No value can contain it: its quotes would be escaped. */
const BEGINNING = new TextEncoder().encode('{"type":"');
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A line of a file. */
export interface Line {
  /** All bytes of the file. */
  readonly bytes: Uint8Array;
  /** Offsets within the file: of its first byte, and of the next line's. */
  readonly start: number;
  readonly next: number;
  /** Where it is, without its newline, from `from` to `to`; null if it is not UTF-8. */
  readonly block: string | null;
  readonly from: number;
  readonly to: number;
  /** Whether its newline is there. */
  readonly terminated: boolean;
}

/** Its text, without its newline; null if it is not UTF-8. */
export const textOf = ({ block, from, to }: Line): string | null => block?.slice(from, to) ?? null;

/** The record that it encodes, or null if it encodes none. */
export function recordOf({ bytes, start, next, terminated, block, from, to }: Line): WalRecord | null {
  const stop = terminated ? next - 1 : next;
  if (block === null || !isSealedIn(bytes, start, stop)) return null;
  return sealedRecord(block, from, to, stop - start + 1);
}

export function* linesIn(bytes: Uint8Array): Generator<Line> {
  for (let start = 0, stop = 0; start < bytes.length; start = stop) {
    stop = blockEnd(bytes, start);
    const block = decode(bytes.subarray(start, stop));
    // As many units as bytes: all of it is ASCII, and the lines are where they are in the file.
    if (block?.length === stop - start) yield* linesOfAscii(bytes, block, start);
    else yield* linesOneByOne(bytes, start, stop);
  }
}

function* linesOfAscii(bytes: Uint8Array, block: string, offset: number): Generator<Line> {
  for (let at = 0, next = 0; at < block.length; at = next) {
    const newline = block.indexOf('\n', at);
    const stop = newline < 0 ? block.length : newline;
    next = Math.min(stop + 1, block.length);
    yield { bytes, start: offset + at, next: offset + next, block, from: at, to: stop, terminated: newline >= 0 };
  }
}

function* linesOneByOne(bytes: Uint8Array, from: number, to: number): Generator<Line> {
  for (let start = from, next = from; start < to; start = next) {
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline < 0 ? bytes.length : newline;
    next = Math.min(stop + 1, bytes.length);
    const block = decode(bytes.subarray(start, stop));
    yield { bytes, start, next, block, from: 0, to: block?.length ?? 0, terminated: newline >= 0 };
  }
}

/** The end of the whole lines that begin at `start`: as many as fit into a block, or one. */
function blockEnd(bytes: Uint8Array, start: number): number {
  if (bytes.length - start <= BLOCK_BYTES) return bytes.length;
  const last = bytes.lastIndexOf(NEWLINE, start + BLOCK_BYTES - 1);
  const newline = last >= start ? last : bytes.indexOf(NEWLINE, start + BLOCK_BYTES);
  return newline < 0 ? bytes.length : newline + 1;
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
  return start > 0 ? decode(line.subarray(start, stop)) : null;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // not UTF-8
  }
}
