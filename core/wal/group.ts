import type { HardState } from '../protocol/entry.ts';
import type { PersistBatch } from '../protocol/io.ts';
import { encodeRecord, type Identity, type SegmentStart } from './codec.ts';
import { utf8Bytes } from './crc32.ts';

/** What goes to the file in one write. */
export interface Group {
  readonly text: string;
  /** Its size in UTF-8. */
  readonly bytes: number;
}

/**
 * Encodes batches that are written and fsynced together. The hard state comes first, naming `durable`, the stream
 * offset known durable before; it comes again where a later batch changes it, so that no entry ever stands before the
 * term it was accepted in. Of a part of a snapshot the log has nothing, but for the mark of one that is installed.
 */
export function encodeGroup(batches: readonly PersistBatch[], durable: number): Group {
  const lines = new Lines();
  let written: HardState | null = null;
  for (const { hardState, truncateFrom, entries, snapshot } of batches) {
    if (written === null || !isSameVote(written, hardState)) {
      lines.add({ type: 'hard-state', ...hardState, durable });
      written = hardState;
    }
    if (truncateFrom !== null) lines.add({ type: 'truncate', from: truncateFrom });
    for (const entry of entries) lines.addLine(entry.line, entry.bytes);
    if (snapshot?.installs && snapshot.last) lines.add({ type: 'snapshot-mark', position: snapshot.position });
  }
  return lines;
}

/** The beginning of a segment: whose it is, and what must be known even if all segments before it are gone. */
export const openingOf = (identity: Identity, start: SegmentStart, hardState: HardState): Group =>
  groupOf({ type: 'identity', ...identity, start }, { type: 'hard-state', ...hardState, durable: start.base });

/** A group of these records. */
export function groupOf(...records: WrittenRecord[]): Group {
  const lines = new Lines();
  for (const record of records) lines.add(record);
  return lines;
}

/** Whether two hard states differ in nothing but the hint of what is committed. */
export const isSameVote = (a: HardState, b: HardState): boolean =>
  a.term === b.term && a.votedFor === b.votedFor && a.standing === b.standing;

type WrittenRecord = Parameters<typeof encodeRecord>[0];

class Lines implements Group {
  text = '';
  bytes = 0;

  add(record: WrittenRecord): void {
    const line = encodeRecord(record);
    this.addLine(line, utf8Bytes(line) + 1);
  }

  /** `bytes` as in `Entry`: newline included. */
  addLine(line: string, bytes: number): void {
    this.text += `${line}\n`;
    this.bytes += bytes;
  }
}
