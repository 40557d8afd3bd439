import type { Entry, EntryFields, HardState } from '../../../core/protocol/entry.ts';
import type { Recovered } from '../../../core/protocol/io.ts';
import { lsn, replicaId, term, writeId } from '../../../core/protocol/position.ts';
import type { SealedPiece, SnapshotPiece } from '../../../core/protocol/snapshot.ts';

/** What a disk holds at the start of a story. */
export interface Start {
  /** The terms of its entries, as the figures of the Raft paper show a log. */
  readonly log?: readonly number[];
  /** Its current term; that of its last entry unless told. */
  readonly term?: number;
  readonly votedFor?: string;
  readonly committed?: number;
}

/** An entry as the protocol needs it; its line is plain JSON. */
export function seal(fields: EntryFields): Entry {
  const line = JSON.stringify(fields);
  return { ...fields, line, bytes: line.length + 1 };
}

/** A piece likewise. */
export function sealPiece(piece: SnapshotPiece): SealedPiece {
  const line = JSON.stringify(piece);
  return { piece, line, bytes: line.length + 1 };
}

/** An empty disk without a start. */
export function recoveredFrom({ log = [], term: current, votedFor, committed = 0 }: Start = {}): Recovered {
  const hardState: HardState = {
    term: term(current ?? log.at(-1) ?? 0),
    votedFor: votedFor === undefined ? null : replicaId(votedFor),
    committedLsn: lsn(committed),
    standing: 'voter',
  };
  const entries = log.map((inTerm, index) => entryAt(inTerm, index + 1));
  return { hardState, snapshot: null, prefix: null, entries };
}

/** The same position is the same write wherever it stands: `x` = its position. */
export function entryAt(inTerm: number, at: number): Entry {
  const command = { op: 'put', key: 'x', value: `${inTerm}:${at}` } as const;
  return seal({
    term: term(inTerm),
    lsn: lsn(at),
    id: writeId(`e${inTerm}:${at}`),
    command,
    mode: 'quorum',
    session: null,
  });
}
