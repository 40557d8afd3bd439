import type { HardState } from '../protocol/entry.ts';
import type { PersistBatch } from '../protocol/io.ts';
import { encodeRecord } from './codec.ts';
import { utf8Bytes } from './crc32.ts';

/** What goes to the file in one write. */
export interface Group {
  readonly text: string;
  /** Its size in UTF-8. */
  readonly bytes: number;
}

/**
 * Encodes batches that are written and fsynced together. The hard state comes first, naming `durable`, the stream
 * offset known durable before; it comes again where a later batch changes the term or the vote, so that no entry ever
 * stands before the term it was accepted in.
 */
export function encodeGroup(batches: readonly PersistBatch[], durable: number): Group {
  const lines = new Lines();
  let written: HardState | null = null;
  for (const { hardState, truncateFrom, entries } of batches) {
    if (written === null || written.term !== hardState.term || written.votedFor !== hardState.votedFor) {
      lines.add({ type: 'hard-state', ...hardState, durable });
      written = hardState;
    }
    if (truncateFrom !== null) lines.add({ type: 'truncate', from: truncateFrom });
    for (const entry of entries) lines.addLine(entry.line, entry.bytes);
  }
  return lines;
}

/** A group of one record. */
export function groupOf(record: WrittenRecord): Group {
  const lines = new Lines();
  lines.add(record);
  return lines;
}

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
