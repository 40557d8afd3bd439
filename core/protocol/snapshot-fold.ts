import type { Branch, Lineage } from './lineage.ts';
import { lsn, type Position } from './position.ts';
import { Sessions } from './sessions.ts';
import type { SnapshotImage, SnapshotPiece } from './snapshot.ts';
import { VersionedState } from './state.ts';

/** What the pieces of a snapshot make, taken one by one. It is whole once the last has been taken. */
export class SnapshotFold {
  readonly position: Position;
  readonly state = new VersionedState();
  readonly #branches: Branch[] = [];
  readonly #sessions: Extract<SnapshotPiece, { type: 'session' }>[] = [];
  #forgottenLsn = lsn(0);

  constructor(position: Position) {
    this.position = position;
  }

  static of(image: SnapshotImage): SnapshotFold {
    const fold = new SnapshotFold(image.position);
    for (const piece of image.pieces) fold.take(piece);
    return fold;
  }

  get lineage(): Lineage {
    return this.#branches;
  }

  take(piece: SnapshotPiece): void {
    switch (piece.type) {
      case 'branches':
        this.#branches.push(...piece.branches);
        return;
      case 'key':
        this.state.restore(piece);
        return;
      case 'session':
        this.#sessions.push(piece);
        return;
      case 'forgotten':
        this.#forgottenLsn = piece.lsn;
        return;
      default:
        piece satisfies never;
    }
  }

  sessions(): Sessions {
    const sessions = new Sessions();
    sessions.restore(this.#sessions, this.#forgottenLsn);
    return sessions;
  }
}
