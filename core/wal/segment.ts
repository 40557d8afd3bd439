/**
 * The log is one append-only stream of bytes, kept in files: segments. A segment is known by its base, the stream
 * offset at which it begins; the file's name carries it, so a listing is in order and a missing file shows.
 */
export const segmentFile = (base: number): string => `wal-${String(base).padStart(12, '0')}.ndjson`;

/** The base that a file's name carries, or null if it is no segment's name. */
export function segmentBase(file: string): number | null {
  const base = Number(/^wal-(\d{12,15})\.ndjson$/.exec(file)?.[1] ?? Number.NaN);
  return segmentFile(base) === file ? base : null;
}
