import type { Entry } from './entry.ts';
import { type Lsn, lsn } from './position.ts';

/** A session remembers its last so many sequence numbers; older ones are refused, not applied again. */
export const SESSION_WINDOW = 256;
/** So many sessions are remembered; beyond it the one whose last committed write is oldest is forgotten. */
export const SESSIONS_MAX = 10_000;

/**
 * Which (session, seq) stands where in the log, folded from the log like the state, so that a retry is recognised
 * (Ongaro's thesis, §6.3). It is rolled back with the log.
 */
export class Sessions {
  /** In the order of their last commit, so that the oldest comes first. */
  readonly #sessions = new Map<string, Session>();

  apply(entry: Entry): void {
    if (!entry.session) return;
    const { session: name, seq } = entry.session;
    let session = this.#sessions.get(name);
    if (!session) {
      session = { lsns: new Map(), lastLsn: entry.lsn, committedSeqMax: 0 };
      this.#sessions.set(name, session);
    }
    session.lsns.set(seq, entry.lsn);
    session.lastLsn = entry.lsn;
  }

  revert(entry: Entry): void {
    if (!entry.session) return;
    const { session: name, seq } = entry.session;
    const session = this.#sessions.get(name);
    if (session?.lsns.get(seq) !== entry.lsn) return;
    session.lsns.delete(seq);
    if (session.lsns.size === 0) this.#sessions.delete(name);
    else session.lastLsn = lsn(Math.max(...session.lsns.values()));
  }

  /** Only what is committed makes others forgotten, so that a rollback never has to remember them again. */
  commit(entry: Entry): void {
    if (!entry.session) return;
    const { session: name, seq } = entry.session;
    const session = this.#sessions.get(name);
    if (!session) return;
    session.committedSeqMax = Math.max(session.committedSeqMax, seq);
    for (const old of session.lsns.keys()) {
      // They stand in the order in which they came, which is theirs but for a few.
      if (old > windowFloor(session)) break;
      session.lsns.delete(old);
    }
    this.#sessions.delete(name);
    this.#sessions.set(name, session);
    if (this.#sessions.size > SESSIONS_MAX) this.#forgetOldest(name, entry.lsn);
  }

  /** Where (session, seq) stands in the log; `new` if nowhere; `too-old` if that can no longer be told. */
  find(name: string, seq: number): Lsn | 'new' | 'too-old' {
    const session = this.#sessions.get(name);
    if (!session) return 'new';
    return session.lsns.get(seq) ?? (seq <= windowFloor(session) ? 'too-old' : 'new');
  }

  /** One that still has writes under way is not forgotten: their retries would be applied again. */
  #forgetOldest(but: string, committedLsn: Lsn): void {
    for (const [name, { lastLsn }] of this.#sessions) {
      if (name === but || lastLsn > committedLsn) continue;
      this.#sessions.delete(name);
      return;
    }
  }
}

/** Up to here sequence numbers may have been forgotten. It counts committed ones alone, so no rollback lowers it. */
const windowFloor = (session: Session): number => session.committedSeqMax - SESSION_WINDOW;

interface Session {
  readonly lsns: Map<number, Lsn>;
  /** Of its newest write, committed or not. */
  lastLsn: Lsn;
  committedSeqMax: number;
}
