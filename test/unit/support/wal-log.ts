import { type Entry, type EntryFields, type HardState, WRITE_MODES } from '../../../core/protocol/entry.ts';
import type { PersistBatch, Recovered } from '../../../core/protocol/io.ts';
import { lsn, ORIGIN, replicaId, term, writeId } from '../../../core/protocol/position.ts';
import { encodeRecord, type Identity, sealEntry } from '../../../core/wal/codec.ts';
import type { Disk } from '../../../core/wal/disk.ts';
import { segmentFile } from '../../../core/wal/files.ts';
import { recover } from '../../../core/wal/recovery.ts';
import type { Verdict } from '../../../core/wal/verdict.ts';
import { type Opened, openWal, type Wal, type WalOptions } from '../../../core/wal/wal.ts';
import type { WalCallbacks } from '../../../core/wal/writer.ts';

export const IDENTITY: Identity = {
  cluster: 'test',
  replica: replicaId('n1'),
  members: [replicaId('n1'), replicaId('n2'), replicaId('n3')],
};

export function entryAt(at: number, of = 1, value = `value ${of}:${at}`): Entry {
  const fields: EntryFields = {
    term: term(of),
    lsn: lsn(at),
    id: writeId(`w${of}-${at}`),
    command: { op: 'put', key: `key ${at}`, value },
    mode: WRITE_MODES[at % 3] ?? null,
    session: null,
  };
  return sealEntry(fields);
}

/** Entries `first` to `last` of a term. */
export function entries(first: number, last: number, of = 1): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => entryAt(first + i, of));
}

export function hardState(of: number, votedFor: string | null = null, committed = 0): HardState {
  return {
    term: term(of),
    votedFor: votedFor === null ? null : replicaId(votedFor),
    committedLsn: lsn(committed),
    standing: 'voter',
  };
}

export interface BatchOptions {
  readonly hard?: HardState;
  readonly truncateFrom?: number;
  readonly add?: readonly Entry[];
  readonly dirty?: boolean;
}

export function batch(number: number, { hard, truncateFrom, add = [], dirty = true }: BatchOptions = {}): PersistBatch {
  return {
    number,
    hardState: hard ?? hardState(1, 'n1'),
    truncateFrom: truncateFrom === undefined ? null : lsn(truncateFrom),
    entries: add,
    snapshot: null,
    dirty,
  };
}

/** A segment as it was read: where it begins in the stream, and all its bytes. */
export interface SegmentBytes {
  readonly base: number;
  readonly bytes: Uint8Array;
}

const filesOf = (segments: readonly SegmentBytes[]): Map<string, Uint8Array> =>
  new Map(segments.map(({ base, bytes }) => [segmentFile(base), bytes]));

/** The verdict on a log of these segments, and nothing else. */
export function verdictOn(segments: readonly SegmentBytes[], identity = IDENTITY): Verdict {
  const files = filesOf(segments);
  return recover(identity, { list: () => [...files.keys()], read: (file) => files.get(file) ?? new Uint8Array() });
}

export interface OpenLog {
  readonly wal: Wal;
  readonly recovered: Recovered;
  readonly report: Extract<Opened, { verdict: 'ok' }>['report'];
  /** What the log has called back, in order: numbers of batches, errors, and `full` and `freed`. */
  readonly calls: (number | Error | string)[];
}

/** Opens a log that must open. */
export function openLog(disk: Disk, segmentBytesMax?: number): OpenLog {
  const calls: (number | Error | string)[] = [];
  const callbacks = {
    persisted: (number: number) => calls.push(number),
    failed: (error: Error) => calls.push(error),
    full: ({ message }: Error) => calls.push(`full: ${message}`),
    freed: () => calls.push('freed'),
  };
  const opened = openWal(disk, IDENTITY, callbacks, segmentBytesMax === undefined ? {} : { segmentBytesMax });
  if (opened.verdict !== 'ok') throw new Error(opened.message);
  return { ...opened, calls };
}

/** Opens a log that must not open, and says why it does not. */
export function refusal(
  disk: Disk,
  identity = IDENTITY,
  options: WalOptions = {},
): { readonly code: string; readonly message: string } {
  const opened = openWal(disk, identity, SILENT, options);
  if (opened.verdict === 'ok') throw new Error(`opened, with ${opened.report.entries} entries`);
  return opened;
}

/** Callbacks that nobody hears. */
export const SILENT: WalCallbacks = { persisted: () => {}, failed: () => {}, full: () => {}, freed: () => {} };

/** An entry in brief: `term:lsn`. */
export const names = (list: readonly Entry[]): string[] => list.map((entry) => `${entry.term}:${entry.lsn}`);

/** Whole lines, each with its newline. */
export const linesOf = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString()
    .split(/(?<=\n)/);

/** A log in one segment of these records, whatever they say: the identity first, every hard state naming its offset. */
export function logOf(...groups: string[][]): SegmentBytes {
  let log = `${encodeRecord({ type: 'identity', ...IDENTITY, start: { base: 0, after: ORIGIN } })}\n`;
  for (const group of groups) {
    log += `${encodeRecord({ type: 'hard-state', ...hardState(1, 'n1'), durable: log.length })}\n`;
    for (const line of group) log += `${line}\n`;
  }
  return { base: 0, bytes: Buffer.from(log) };
}

export const entryLines = (first: number, last: number, of = 1): string[] =>
  entries(first, last, of).map(({ line }) => line);
