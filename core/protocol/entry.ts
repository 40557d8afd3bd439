import type { Lsn, ReplicaId, Term, WriteId } from './position.ts';

/** When a write is acknowledged: see the table in the README. Stamped on each write; a leader has no current mode. */
export type WriteMode = 'async' | 'quorum' | 'sync';
export const WRITE_MODES: readonly WriteMode[] = ['async', 'quorum', 'sync'];

/** What an entry does to the state. A leader opens its term with a `noop`. */
export type Command =
  | { readonly op: 'noop' }
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'delete'; readonly key: string };

/** A client's own numbering of its writes, so that a retry is recognised: session name and sequence number ≥ 1. */
export interface SessionSeq {
  readonly session: string;
  readonly seq: number;
}

/** What an entry says, before it is encoded. */
export interface EntryFields {
  readonly term: Term;
  readonly lsn: Lsn;
  /** The id of the write that made it; null for a no-op. */
  readonly id: WriteId | null;
  readonly command: Command;
  readonly mode: WriteMode | null;
  readonly session: SessionSeq | null;
}

/**
 * One entry of the log. It is encoded once, by the leader that made it: the same `line` goes to every socket and every
 * file.
 */
export interface Entry extends EntryFields {
  /** The encoded record, without its newline. */
  readonly line: string;
  /** Its size in the file and on the wire: bytes of UTF-8, newline included. */
  readonly bytes: number;
}

/** Encodes an entry. Handed in, so that the protocol does not know the format (it is in core/wal). */
export type Seal = (fields: EntryFields) => Entry;

/** What survives a restart beside the log. `committedLsn` is a hint: it may be behind, never ahead. */
export interface HardState {
  readonly term: Term;
  readonly votedFor: ReplicaId | null;
  readonly committedLsn: Lsn;
  readonly standing: Standing;
}

/**
 * Whether a replica may vote, and counts towards a majority. One that lost part of its log is `rejoining` until it holds
 * all that was committed when it came back; if it may also have forgotten a vote, it is `barred` for ever.
 */
export type Standing = 'voter' | 'rejoining' | 'barred';
export const STANDINGS: readonly Standing[] = ['voter', 'rejoining', 'barred'];
