import type { Core } from './core.ts';
import type { Branch } from './lineage.ts';
import type { Position } from './position.ts';
import { BRANCHES_MAX, type SealedPiece, type SnapshotPart, type SnapshotPiece } from './snapshot.ts';

/** A part has at most this many pieces, so that no step is long. */
const PIECES_MAX = 2048;

/**
 * What is committed now, cut into the parts of a snapshot one after the other while the replica goes on. To be released
 * when it is no longer needed.
 */
export class SnapshotScan {
  readonly position: Position;
  readonly #core: Core;
  readonly #branches: readonly Branch[];
  readonly #keys: ReturnType<Core['state']['scan']>;
  readonly #sessions: ReturnType<Core['sessions']['scan']>;
  readonly #state: Core['state'];
  readonly #table: Core['sessions'];
  #forgotten: SnapshotPiece | null;
  #namedBranches = 0;
  #index = 0;
  #next: SnapshotPiece | null;
  /** All pieces until now, in bytes as in `SealedPiece`. */
  bytes = 0;

  constructor(core: Core) {
    const { committedLsn: end } = core;
    this.position = core.log.positionAt(end);
    this.#core = core;
    this.#branches = core.log.lineage.filter((branch) => branch.firstLsn <= end);
    this.#state = core.state;
    this.#table = core.sessions;
    this.#keys = core.state.scan(end);
    this.#sessions = core.sessions.scan(end);
    const lsn = core.sessions.forgottenLsn;
    this.#forgotten = lsn > 0 ? { type: 'forgotten', lsn } : null;
    this.#next = this.#piece();
  }

  /** The next part: at least one piece if there is one left, else as many as fit into `bytesMax`. */
  part(bytesMax: number): Omit<SnapshotPart, 'installs'> {
    const pieces: SealedPiece[] = [];
    let bytes = 0;
    while (this.#next && pieces.length < PIECES_MAX) {
      const sealed = this.#core.sealPiece(this.#next);
      pieces.push(sealed);
      bytes += sealed.bytes;
      this.#next = this.#piece();
      if (bytes >= bytesMax) break;
    }
    this.bytes += bytes;
    return { position: this.position, index: this.#index++, pieces, last: this.#next === null };
  }

  release(): void {
    this.#state.release(this.#keys);
    this.#table.release(this.#sessions);
  }

  #piece(): SnapshotPiece | null {
    if (this.#namedBranches < this.#branches.length) {
      const branches = this.#branches.slice(this.#namedBranches, this.#namedBranches + BRANCHES_MAX);
      this.#namedBranches += branches.length;
      return { type: 'branches', branches };
    }
    const piece = this.#keys.next() ?? this.#sessions.next() ?? this.#forgotten;
    if (piece === this.#forgotten) this.#forgotten = null;
    return piece;
  }
}
