import type { Lsn } from '../protocol/position.ts';
import type { SnapshotPiece } from '../protocol/snapshot.ts';
import { type Identity, parseRecord, type SnapshotRecord } from './codec.ts';
import { crc32 } from './crc32.ts';
import { snapshotFile } from './files.ts';
import { hex } from './line.ts';
import { linesIn, recordOf, textOf } from './lines.ts';
import { foreignness } from './owner.ts';
import { parsePiece } from './piece.ts';
import type { Corrupt, Foreign } from './verdict.ts';

/*
 * A snapshot's file: the identity record, a `snapshot` record, the pieces, a `snapshot-end` record. It has another name
 * until all of it is durable, so a file of this name that is not whole has been damaged: it is never a torn write.
 */

/**
 * The sum of a snapshot's lines: the CRC-32 of the sum so far and of each line's own CRC, both as hex digits. The CRCs of
 * the lines tell that each of them is whole; this, that they are these lines, all of them, in this order.
 */
export class SnapshotSum {
  /** Eight hex digits. */
  value = '00000000';

  /** `line`: sealed, without its newline. */
  add(line: string): void {
    this.value = hex(crc32(this.value + line.slice(-10, -2)));
  }
}

export interface StoredSnapshot extends SnapshotRecord {
  readonly verdict: 'whole';
  readonly pieces: readonly SnapshotPiece[];
}

/** Reads the file of the snapshot at `lsn`. The lines are not kept: of a large value there is one copy, the state's. */
export function readSnapshot(own: Identity, lsn: Lsn, bytes: Uint8Array): StoredSnapshot | Corrupt | Foreign {
  const file = snapshotFile(lsn);
  const reading = new Reading(lsn);
  let line = 0;
  for (const found of linesIn(bytes)) {
    line++;
    if (line === 1) {
      const foreign = foreignness(own, recordOf(found), file);
      if (foreign !== null) return { verdict: 'foreign', message: foreign };
    }
    const text = textOf(found);
    const problem = text === null || !found.terminated ? 'no valid record' : reading.take(text, line);
    if (problem !== null) return damaged(file, line, lsn, problem);
  }
  const { head, pieces, isWhole } = reading;
  return head && isWhole ? { verdict: 'whole', ...head, pieces } : damaged(file, line + 1, lsn, 'the end');
}

export function damaged(file: string, line: number, lsn: Lsn, problem: string): Corrupt {
  const message =
    `${file}, line ${line}: ${problem} in the snapshot at LSN ${lsn}. ` +
    'It was durable, and the log that it stands for is gone: the file has been damaged. Nothing was changed.';
  return { verdict: 'corrupt', file, line, lsn, offset: null, message };
}

class Reading {
  head: SnapshotRecord | null = null;
  readonly pieces: SnapshotPiece[] = [];
  isWhole = false;
  readonly #lsn: Lsn;
  readonly #sum = new SnapshotSum();

  constructor(lsn: Lsn) {
    this.#lsn = lsn;
  }

  /** Returns what is wrong with it, or null. */
  take(text: string, line: number): string | null {
    if (this.isWhole) return 'a record beyond the end';
    const problem = line > 2 ? this.#takePiece(text) : this.#takeHead(text, line);
    this.#sum.add(text);
    return problem;
  }

  #takeHead(text: string, line: number): string | null {
    const record = parseRecord(text);
    if (line === 1) return record?.type === 'identity' && record.start === null ? null : 'no identity record';
    if (record?.type !== 'snapshot') return 'no snapshot record';
    this.head = record;
    return record.position.lsn === this.#lsn ? null : `the position ${record.position.term}:${record.position.lsn}`;
  }

  #takePiece(text: string): string | null {
    const sealed = parsePiece(text);
    if (sealed) {
      this.pieces.push(sealed.piece);
      return null;
    }
    const record = parseRecord(text);
    if (record?.type !== 'snapshot-end') return 'no valid record';
    this.isWhole = true;
    const isSame = record.pieces === this.pieces.length && record.sum === this.#sum.value;
    return isSame ? null : `the end of ${record.pieces} other pieces`;
  }
}
