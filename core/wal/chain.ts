import { type Lsn, next, ORIGIN, type Position } from '../protocol/position.ts';
import { type Identity, parseRecord, type WalRecord } from './codec.ts';
import { segmentFile } from './files.ts';
import { hiddenLine, linesIn, recordOf } from './lines.ts';
import { foreignness } from './owner.ts';
import { Replay } from './replay.ts';
import type { StoredSnapshot } from './snapshot-file.ts';
import type { Corrupt } from './verdict.ts';

/** The first place where the log is not what it should be. */
export interface Bad {
  /** Of its segment. */
  readonly base: number;
  readonly line: number;
  readonly lsn: Lsn;
  readonly offset: number;
  /** What is there. */
  readonly problem: string;
  /** Whether no torn write can have left it. */
  readonly damage: boolean;
  /** It is a snapshot that is not there; nothing is wrong with the segment. */
  readonly isElsewhere?: boolean;
}

/** Segments without a gap between them, as far as they have been read. */
export class Chain {
  readonly replay: Replay;
  /** Segments by base, with their sizes. */
  readonly sizes: { readonly base: number; readonly bytes: number }[] = [];
  bad: Bad | null = null;
  /** The end of what is valid. */
  end = 0;
  lines = 0;
  /** Of the last segment. */
  bytes: Uint8Array = new Uint8Array();
  /** What is wrong before it; null: it is the first. */
  readonly before: Bad | null;
  /** Up to here the log was durable, say the snapshots. */
  readonly #durable: number;
  readonly #tailFrom: number;

  /** `tailFrom`: entries at this offset or beyond it are kept, committed or not. */
  constructor(snapshot: StoredSnapshot | null, before: Bad | null, durable: number, tailFrom: number) {
    this.replay = new Replay(snapshot);
    this.before = before;
    this.#durable = durable;
    this.#tailFrom = tailFrom;
  }

  /** Up to here the log was durable, whoever says so. */
  get durable(): number {
    return Math.max(this.#durable, this.replay.durable);
  }

  /** Where its last segment ends, whatever is in it. */
  get stop(): number {
    const last = this.sizes.at(-1);
    return last ? last.base + last.bytes : 0;
  }

  /** Reads the next segment. Returns whose it is, if it is somebody else's. */
  read(own: Identity, base: number, bytes: Uint8Array): string | null {
    const { replay } = this;
    if (this.sizes.length > 0 && base < this.stop) this.bad ??= this.endsBefore(base);
    if (this.sizes.length === 0) this.end = base;
    // A segment is created when all before it is durable.
    replay.durable = Math.max(replay.durable, base);
    this.sizes.push({ base, bytes: bytes.length });
    this.bytes = bytes;
    this.lines = 0;
    for (const line of linesIn(bytes)) {
      const { start, next, terminated } = line;
      const record = recordOf(line);
      this.lines++;
      const foreign = this.lines === 1 ? foreignness(own, record, segmentFile(base)) : null;
      if (foreign !== null) return foreign;
      this.#take(record, { base, start, next, terminated });
      replay.witness(record ?? hiddenRecord(bytes.subarray(start, next)));
    }
    if (this.lines < 2) this.bad ??= this.#badAt(base, base + bytes.length, 'nothing', this.lines + 1, false);
    return null;
  }

  /** The segment at `base`, which comes next, does not begin where this ends. null: nothing comes before it. */
  endsBefore(base: number): Bad | null {
    const last = this.sizes.at(-1);
    if (!last) return null;
    const why = this.stop < base ? 'a file is missing, or this one is not whole' : 'this one is too long';
    const problem = `the end, at offset ${this.end} of the log, though the next file is ${segmentFile(base)} (${why}),`;
    return this.#badAt(last.base, this.end, problem, this.lines + 1, true);
  }

  /** The log goes no further, though something says that it did. */
  endsEarly(): Bad {
    const problem = `the end, though the log was durable up to offset ${this.durable},`;
    return this.#badAt(this.sizes.at(-1)?.base ?? 0, this.end, problem, this.lines + 1, true);
  }

  #take(record: WalRecord | null, line: { base: number; start: number; next: number; terminated: boolean }): void {
    if (this.bad !== null) return;
    const { base, start, next, terminated } = line;
    const place = { offset: base + start, line: this.lines, base };
    const problem = terminated ? this.replay.problemWith(record, place) : 'a record cut short';
    if (problem === null && record !== null) {
      this.replay.apply(record, place.offset >= this.#tailFrom);
      this.end = base + next;
    } else {
      const bad = this.#badAt(base, base + start, problem ?? '', this.lines, record !== null && terminated);
      this.bad = { ...bad, isElsewhere: record?.type === 'snapshot-mark' };
    }
  }

  #badAt(base: number, offset: number, problem: string, line: number, damage: boolean): Bad {
    return { base, line, lsn: this.replay.nextLsn, offset, problem, damage };
  }
}

/** The end of the log before a segment, if its opening is whole: only then is the hard state in it, too. */
export function endBefore(bytes: Uint8Array): Position | null {
  const opening: (WalRecord | null)[] = [];
  for (const line of linesIn(bytes)) if (opening.push(recordOf(line)) === 2) break;
  const [first, second] = opening;
  return first?.type === 'identity' && second?.type === 'hard-state' ? (first.start?.after ?? null) : null;
}

/** A log begins with the segment at `base`, and nothing says what was before. */
export function nothingBefore(base: number): Bad {
  const problem = `no such file, though there is ${segmentFile(base)},`;
  return { base: 0, line: 1, lsn: next(ORIGIN.lsn), offset: 0, problem, damage: true };
}

export function corrupt({ base, line, lsn, problem, ...bad }: Bad): Corrupt {
  const file = segmentFile(base);
  const message =
    `${file}, line ${line}: ${problem} where LSN ${lsn} was expected. ` +
    'This part of the log was durable: it is no torn write, the file has been damaged. Nothing was changed.';
  return { verdict: 'corrupt', file, line, lsn, offset: bad.isElsewhere ? null : bad.offset, message };
}

/** Of a torn write, the record that ends the bad line, if one does. */
function hiddenRecord(line: Uint8Array): WalRecord | null {
  const text = hiddenLine(line);
  return text === null ? null : parseRecord(text);
}
