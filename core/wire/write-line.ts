import { WRITE_MODES } from '../protocol/entry.ts';
import { formatPosition } from '../protocol/position.ts';
import type { WriteRequest } from '../protocol/requests.ts';
import { quoted } from '../wal/line.ts';
import { LineScan } from '../wal/line-scan.ts';
import type { JsonObject } from './json.ts';

/** A write on its way to a leader, as a line. All its fields are on one level, and come in this order. */
export function encodeWrite({ term, mode, id, command, session, token }: WriteRequest): string {
  let line = `{"type":"write","term":${term},"mode":"${mode}","id":${quoted(id)},"op":"${command.op}"`;
  line += `,"key":${quoted(command.key)}`;
  if (command.op === 'put') line += `,"value":${quoted(command.value)}`;
  if (session) line += `,"session":${quoted(session.session)},"seq":${session.seq}`;
  if (token) line += `,"token":"${formatPosition(token)}"`;
  return `${line}}`;
}

/** The fields of a write without session and token, if `line` is one as `encodeWrite` makes it; else null. */
export function readWriteLine(line: string): JsonObject | null {
  if (!line.startsWith(BEGINNING)) return null;
  const scan = new LineScan(line, BEGINNING.length);
  const term = scan.number();
  if (term === null || !scan.takes(',"mode":"')) return null;
  const mode = WRITE_MODES.find((candidate) => scan.takes(candidate));
  if (mode === undefined || !scan.takes('","id":"')) return null;
  const id = scan.text();
  if (id === null || !scan.takes(',"op":"put","key":"')) return null;
  const key = scan.text();
  if (key === null || !scan.takes(',"value":"')) return null;
  const value = scan.text();
  if (value === null || !scan.takes('}') || scan.left > 0) return null;
  return { type: 'write', term, mode, id, op: 'put', key, value };
}

const BEGINNING = '{"type":"write","term":';
