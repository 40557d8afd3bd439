import type { Entry, HardState } from '../protocol/entry.ts';
import type { Lsn } from '../protocol/position.ts';
import type { Prefix } from '../protocol/prefix.ts';
import type { SnapshotImage } from '../protocol/snapshot.ts';
import type { SegmentStart } from './codec.ts';

/** What a log is worth after a stop of any kind. Offsets are stream offsets, lines count from 1. */
export type Verdict =
  /** Nothing was ever durable in it. Its repairs clear away what a torn creation left. */
  EmptyLog | SoundLog | Corrupt | Foreign;

export interface EmptyLog {
  readonly verdict: 'empty';
  readonly cut: Cut | null;
  readonly repairs: readonly Repair[];
}

export interface SoundLog {
  readonly verdict: 'ok';
  readonly hardState: HardState;
  readonly snapshot: SnapshotImage | null;
  /** As in `Recovered`. */
  readonly prefix: Prefix | null;
  /** Those that follow the prefix, or else the snapshot. */
  readonly entries: readonly Entry[];
  /** Up to here the log itself proves that it was fsynced. */
  readonly durable: number;
  /** Up to here it is valid, and durable once the repairs are done. */
  readonly end: number;
  /** The segments that count, the last being the one that `end` is in. */
  readonly segments: readonly SegmentStart[];
  readonly cut: Cut | null;
  readonly repairs: readonly Repair[];
  /** Files that the log needs no more, to be removed once the rest is durable. */
  readonly leftovers: readonly string[];
  /** It was begun in place of a damaged one: what is left over is that one's. */
  readonly isRebuilt: boolean;
}

/** Data that had been durable has changed. Nothing may be touched, and the replica must not vote. */
export interface Corrupt {
  readonly verdict: 'corrupt';
  readonly file: string;
  readonly line: number;
  /** The LSN expected there. */
  readonly lsn: Lsn;
  /** null: it is in a snapshot. */
  readonly offset: number | null;
  readonly message: string;
}

/** It is the log of somebody else. Nothing may be touched. */
export interface Foreign {
  readonly verdict: 'foreign';
  readonly message: string;
}

/** A torn write: what is cut off, and where it began. */
export interface Cut {
  readonly file: string;
  readonly line: number;
  readonly lsn: Lsn;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * What must be done, in this order and then fsynced, file and folder, before the log counts. `at` and `size` are
 * offsets within the file. Bytes kept beyond the named durable offset are rewritten as they are: after an fsync that
 * failed, the page cache shows them, holds them to be clean, and the disk does not have them.
 */
export type Repair =
  | { readonly type: 'remove'; readonly file: string }
  | { readonly type: 'truncate'; readonly file: string; readonly size: number }
  | { readonly type: 'rewrite'; readonly file: string; readonly at: number; readonly bytes: Uint8Array };
