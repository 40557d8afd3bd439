import type { PersistBatch } from '../../../core/protocol/io.ts';
import { formatPosition, lsn, type Position, parsePosition } from '../../../core/protocol/position.ts';
import type { SnapshotPart, SnapshotPiece } from '../../../core/protocol/snapshot.ts';
import { parseRecord } from '../../../core/wal/codec.ts';
import { snapshotFile } from '../../../core/wal/files.ts';
import { parsePiece, sealPiece } from '../../../core/wal/piece.ts';
import { MemoryDisk } from './wal-disk.ts';
import { type BatchOptions, batch, entryAt, names, type OpenLog, openLog } from './wal-log.ts';

/** The records of a file in brief. */
export function story(disk: MemoryDisk, file: string): string[] {
  return Buffer.from(disk.read(file)).toString().split('\n').slice(0, -1).map(recordIn);
}

function recordIn(line: string): string {
  const piece = parsePiece(line)?.piece;
  if (piece) return piece.type === 'key' ? `key ${piece.key}` : piece.type;
  const record = parseRecord(line);
  switch (record?.type) {
    case 'identity':
      return record.start ? `identity ${record.start.base} after ${formatPosition(record.start.after)}` : 'identity';
    case 'hard-state': {
      const { term, votedFor, committedLsn, standing, durable } = record;
      const vote = `term ${term} vote ${votedFor} committed ${committedLsn}`;
      return `${vote}${standing === 'voter' ? '' : ` ${standing}`} durable ${durable}`;
    }
    case 'truncate':
      return `truncate ${record.from}`;
    case 'entry':
      return `entry ${record.entry.term}:${record.entry.lsn}`;
    case 'snapshot-mark':
      return `mark ${formatPosition(record.position)}`;
    case 'rebuilt':
      return 'rebuilt';
    case 'snapshot':
      return `snapshot ${formatPosition(record.position)}${record.installs ? ' installs' : ''} durable ${record.durable}`;
    case 'snapshot-end':
      return `end of ${record.pieces}`;
    default:
      throw new Error(line);
  }
}

export const at = (text: string): Position => {
  const position = parsePosition(text);
  if (position === null) throw new Error(`no position: ${text}`);
  return position;
};

export const snapshotAt = (text: string): string => snapshotFile(at(text).lsn);

export interface PartOptions extends Pick<BatchOptions, 'hard'> {
  readonly index?: number;
  /** Default true. */
  readonly last?: boolean;
  /** Default false. */
  readonly installs?: boolean;
  /** Keys, each its own value. */
  readonly keys?: readonly string[];
}

/** A batch of one part of the snapshot at `position`; a whole one unless told otherwise. */
export function part(number: number, position: string, options: PartOptions = {}): PersistBatch {
  const { index = 0, last = true, installs = false, keys = ['a', 'b'], ...rest } = options;
  const pieces = keys.map((key): SnapshotPiece => ({ type: 'key', key, value: key, lsn: lsn(1) })).map(sealPiece);
  const snapshot: SnapshotPart = { position: at(position), index, pieces, last, installs };
  return { ...batch(number, rest), snapshot };
}

/** Entries of about 600 bytes, one a segment. */
export const large = (lsn: number, of = 1) => [entryAt(lsn, of, 'v'.repeat(400))];
/** Of this size, a segment has one of them. */
export const SEGMENT = 900;

/** A log in brief: term and vote, what it stands on, and the entries after it. */
export function brief({ hardState, snapshot, entries }: OpenLog['recovered']): string {
  const keys = [...(snapshot?.pieces ?? [])].map((piece) => (piece.type === 'key' ? piece.key : piece.type));
  const base = snapshot ? ` ${snapshot.position.term}:${snapshot.position.lsn}=${keys.join('')}` : '';
  return [`term ${hardState.term} vote ${hardState.votedFor}${base}`, ...names(entries)].join(' ');
}

/** What a restart would find, in brief. */
export const found = (disk: MemoryDisk): string =>
  brief(openLog(MemoryDisk.holding(disk.contents()), SEGMENT).recovered);
