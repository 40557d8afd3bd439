import type { Lineage } from './lineage.ts';
import type { Lsn, Position } from './position.ts';

/** A piece names at most this many branches of the lineage. */
export const BRANCHES_MAX = 1000;

/**
 * The fold of a committed prefix of the log, in pieces: what a log needs instead of the entries of that prefix. It holds
 * the lineage up to its position, every key with its value, and every session; in that order, each as many times as it
 * takes. The hard state and the identity are each replica's own, and are not in it.
 */
export type SnapshotPiece =
  | { readonly type: 'branches'; readonly branches: Lineage }
  /** `lsn`: of the entry that wrote the value. */
  | { readonly type: 'key'; readonly key: string; readonly value: string; readonly lsn: Lsn }
  /** A session as its committed writes leave it. Numbers up to `floorSeq`, at least 0, may have been forgotten. */
  | {
      readonly type: 'session';
      readonly session: string;
      readonly floorSeq: number;
      /** Of its last committed write: the sessions' order. */
      readonly lastLsn: Lsn;
      readonly writes: readonly SessionWrite[];
    }
  /** Sessions have been forgotten, the last of them when this entry was committed. */
  | { readonly type: 'forgotten'; readonly lsn: Lsn };

/** A write that a session remembers: its number, where it stands, and what it was (see fingerprint.ts). */
export type SessionWrite = readonly [seq: number, lsn: Lsn, fingerprint: number];

/** A piece with its encoding, made once, by the replica whose state it is: the same line goes to sockets and files. */
export interface SealedPiece {
  readonly piece: SnapshotPiece;
  /** The encoded record, without its newline. */
  readonly line: string;
  /** Its size in the file and on the wire: bytes of UTF-8, newline included. */
  readonly bytes: number;
}

/** Encodes a piece. Handed in, so that the protocol does not know the format (it is in core/wal). */
export type SealPiece = (piece: SnapshotPiece) => SealedPiece;

/** What a log stands on in place of the entries up to `position`. */
export interface SnapshotImage {
  readonly position: Position;
  readonly pieces: Iterable<SnapshotPiece>;
}

/**
 * A part of a snapshot on its way to its file. Parts of one snapshot come in order, from 0; part 0 begins anew, over
 * whatever an unfinished one left behind.
 */
export interface SnapshotPart {
  /** The end of the prefix. */
  readonly position: Position;
  readonly index: number;
  readonly pieces: readonly SealedPiece[];
  /** With it the snapshot is whole: once this is durable, the entries up to `position` are needed no more. */
  readonly last: boolean;
  /**
   * It came from the leader. When its last part is durable the log is that snapshot and nothing else: all entries are
   * gone, for a log that held `position` would not have needed it. False: it is of this log, whose entries beyond
   * `position` stay.
   */
  readonly installs: boolean;
}
