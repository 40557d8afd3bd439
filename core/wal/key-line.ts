import { lsn as toLsn } from '../protocol/position.ts';
import type { SealedPiece } from '../protocol/snapshot.ts';
import { utf8Bytes } from './crc32.ts';
import { LineScan } from './line-scan.ts';

/**
 * The key of a snapshot that a sealed line encodes in the form in which `sealPiece` writes it: its fields in their order, no
 * text with an escape in it. That is nearly every line of a snapshot, and takes a fraction of what `JSON.parse` does.
 * Its bounds are yet to be looked at. null: it is not in that form; then `fieldsOf` says what it is.
 */
export function scanKeyLine(line: string): SealedPiece | null {
  const scan = new LineScan(line, 0);
  if (!scan.takes(BEGINNING)) return null;
  const key = scan.text();
  if (key === null || !scan.takes(',"value":"')) return null;
  const value = scan.text();
  if (value === null || !scan.takes(',"lsn":')) return null;
  const lsn = scan.number();
  if (lsn === null || !scan.isAtSeal) return null;
  const piece = { type: 'key', key, value, lsn: toLsn(lsn) } as const;
  return { piece, line, bytes: (scan.isAscii ? line.length : utf8Bytes(line)) + 1 };
}

const BEGINNING = '{"type":"key","key":"';
