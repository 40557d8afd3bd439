import { type Lsn, lsn } from '../protocol/position.ts';

/*
 * How the files of a log are named, all in one folder.
 *
 * The log is one append-only stream of bytes, kept in segments. A segment is known by its base, the stream offset at
 * which it begins, and a snapshot by the LSN of its position; the names carry them, so a listing is in order and a
 * missing segment shows.
 */
export const segmentFile = (base: number): string => `wal-${digits(base)}.ndjson`;

export const snapshotFile = (at: Lsn): string => `snapshot-${digits(at)}.ndjson`;

/** A snapshot until it is whole. */
export const SNAPSHOT_PART = 'snapshot.part';

/** The base that a file's name carries, or null if it is no segment's name. */
export function segmentBase(file: string): number | null {
  const base = Number(/^wal-(\d{12,15})\.ndjson$/.exec(file)?.[1] ?? Number.NaN);
  return segmentFile(base) === file ? base : null;
}

/** The LSN that a file's name carries, or null if it is no snapshot's name. */
export function snapshotLsn(file: string): Lsn | null {
  const at = lsn(Number(/^snapshot-(\d{12,15})\.ndjson$/.exec(file)?.[1] ?? Number.NaN));
  return snapshotFile(at) === file ? at : null;
}

/** Whether a file is the log's: all others in its folder are somebody else's. */
export const isLogFile = (file: string): boolean =>
  file === SNAPSHOT_PART || segmentBase(file) !== null || snapshotLsn(file) !== null;

const digits = (value: number): string => String(value).padStart(12, '0');
