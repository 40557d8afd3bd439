import { WRITE_MODES } from '../protocol/entry.ts';
import type { Fields } from './line.ts';
import { LineScan } from './line-scan.ts';

/**
 * The fields of an entry's sealed line in the form in which `sealEntry` writes it: its fields in their order, no text
 * with an escape in it. That is nearly every line, and takes a fraction of what `JSON.parse` does. null: it is not in
 * that form; then `fieldsOf` says what it is. The line is `text`, or what is there from `from` to `to`: then a newline
 * follows it, if anything does.
 */
export function scanEntryLine(text: string, from = 0, to = text.length): Fields | null {
  const scan = new LineScan(text, from, to);
  if (!scan.takes(BEGINNING)) return null;
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
  if (scan.isAtSeal) return { type: 'entry', op: 'put', term, lsn, key, value, mode, id };
  if (!scan.takes(',"session":"')) return null;
  const session = scan.text();
  if (session === null || !scan.takes(',"seq":')) return null;
  const seq = scan.number();
  if (seq === null || !scan.isAtSeal) return null;
  return { type: 'entry', op: 'put', term, lsn, key, value, mode, id, session, seq };
}

const BEGINNING = '{"type":"entry","term":';
