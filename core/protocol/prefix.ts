import type { Entry } from './entry.ts';
import type { Branch, Lineage } from './lineage.ts';
import { type Lsn, ORIGIN, type Position, type Term } from './position.ts';
import { Sessions } from './sessions.ts';
import type { SnapshotImage } from './snapshot.ts';
import { SnapshotFold } from './snapshot-fold.ts';
import { VersionedState } from './state.ts';

/**
 * What a log in memory stands on in place of the entries up to `position`: a snapshot, and committed entries that were
 * folded into it as they were read. It is whole, and nobody's yet: there is nothing under way in it, and no scan.
 */
export class Prefix {
  readonly state: VersionedState;
  readonly sessions: Sessions;
  readonly #lineage: Branch[];
  #term: Term;
  #lsn: Lsn;
  #bytes = 0;

  constructor(snapshot: SnapshotImage | null) {
    const { term, lsn } = snapshot?.position ?? ORIGIN;
    const fold = snapshot && SnapshotFold.of(snapshot);
    this.state = fold?.state ?? new VersionedState();
    this.sessions = fold?.sessions() ?? new Sessions();
    this.#lineage = [...(fold?.lineage ?? [])];
    this.#term = term;
    this.#lsn = lsn;
  }

  get position(): Position {
    return { term: this.#term, lsn: this.#lsn };
  }

  get lineage(): Lineage {
    return this.#lineage;
  }

  /** Of the entries that were folded into the snapshot, as they are in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the entry that follows, which is committed. */
  fold(entry: Entry): void {
    this.state.fold(entry);
    this.sessions.apply(entry);
    this.sessions.commit(entry);
    if (entry.term > this.#term) this.#lineage.push({ term: entry.term, firstLsn: entry.lsn });
    this.#term = entry.term;
    this.#lsn = entry.lsn;
    this.#bytes += entry.bytes;
  }
}
