import type { WriteOrDelete, WriteResult } from '../observe/api.ts';
import { WRITE_MODES, type WriteMode } from '../protocol/entry.ts';
import { quoted } from '../wal/line.ts';
import { LineScan } from '../wal/line-scan.ts';
import type { JsonObject } from './json.ts';
import type { RequestId } from './requests.ts';

// The lines that clients and the router exchange most, without JSON.parse and JSON.stringify.

/**
 * The fields of a write in the form in which clients mostly send it: `id` (first or not at all), `op`, `key`, `value`,
 * and perhaps `mode`. null: it is in another form, or something else.
 */
export function readWrite(line: string): JsonObject | null {
  const scan = new LineScan(line, 0);
  let id: RequestId | undefined;
  if (scan.takes('{"id":')) {
    const given = scan.takes('"') ? scan.text() : scan.number();
    if (given === null || !scan.takes(',"op":"write","key":"')) return null;
    id = given;
  } else if (!scan.takes('{"op":"write","key":"')) return null;
  const key = scan.text();
  if (key === null || !scan.takes(',"value":"')) return null;
  const value = scan.text();
  if (value === null) return null;
  let mode: WriteMode | undefined;
  if (scan.takes(',"mode":"')) {
    mode = WRITE_MODES.find((candidate) => scan.takes(`${candidate}"`));
    if (mode === undefined) return null;
  }
  if (!scan.takes('}') || scan.left > 0) return null;
  return { id, op: 'write' satisfies WriteOrDelete['op'], key, value, mode };
}

/** An answer under the mark of its request. */
export function encodeAnswer(id: RequestId | undefined, result: object): string {
  const text = isAcknowledgement(result) ? encodeAcknowledgement(result) : JSON.stringify(result);
  if (id === undefined) return text;
  const mark = `{"id":${typeof id === 'number' ? id : quoted(id)}`;
  return text === '{}' ? `${mark}}` : `${mark},${text.slice(1)}`;
}

type Acknowledgement = WriteResult & { readonly position: string; readonly replaces?: never };

function isAcknowledgement(result: object): result is Acknowledgement {
  return 'writeId' in result && (result as WriteResult).outcome === 'ok' && !('replaces' in result);
}

function encodeAcknowledgement({ writeId, position, mode, durableOn, ms }: Acknowledgement): string {
  const where = `"position":"${position}","token":"${position}"`;
  const how = `"mode":"${mode}","durableOn":${durableOn.length > 0 ? `["${durableOn.join('","')}"]` : '[]'},"ms":${ms}`;
  return `{"v":1,"writeId":${quoted(writeId)},"outcome":"ok",${where},${how}}`;
}
