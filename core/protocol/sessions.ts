import type { Entry } from './entry.ts';
import { fingerprint } from './fingerprint.ts';
import { type Lsn, lsn } from './position.ts';
import { Scan } from './scan.ts';
import type { SessionWrite, SnapshotPiece } from './snapshot.ts';

/** A session remembers its last so many sequence numbers; older ones are refused, not applied again. */
export const SESSION_WINDOW = 256;
/** So many sessions are remembered; beyond it the one whose last committed write is oldest is forgotten. */
export const SESSIONS_MAX = 10_000;

type SessionPiece = Extract<SnapshotPiece, { type: 'session' }>;

/** A write that is in the log. */
export interface Remembered {
  readonly lsn: Lsn;
  /** What it was: see fingerprint.ts. */
  readonly fingerprint: number;
}

/**
 * Which (session, seq) stands where in the log, folded from the log like the state, so that a retry is recognised
 * (Ongaro's thesis, §6.3). It is rolled back with the log.
 *
 * 1. What is forgotten depends on the committed prefix alone: every replica that has it forgets the same.
 * 2. A number that may have been forgotten is never taken for new; but for number 1 of a session that is not known, for
 *    with it a session begins.
 * 3. A session remembers at most `SESSION_WINDOW` committed writes, whatever order they came in.
 */
export class Sessions {
  /** In the order of their last commit, so that the oldest comes first. */
  readonly #sessions = new Map<string, Session>();
  readonly #scans = new Set<Scan<Session, SessionPiece>>();
  #orders = 0;
  /** How many have a committed write. */
  #committed = 0;
  /** The entry that made a session forgotten last; 0: none ever was. */
  #forgottenLsn = lsn(0);

  get forgottenLsn(): Lsn {
    return this.#forgottenLsn;
  }

  apply(entry: Entry): void {
    if (!entry.session || entry.command.op === 'noop') return;
    const { session: name, seq } = entry.session;
    let session = this.#sessions.get(name);
    if (!session) {
      session = { order: ++this.#orders, writes: new Map(), committedLsn: lsn(0), maxSeq: 0, floorSeq: 0 };
      this.#sessions.set(name, session);
    }
    session.writes.set(seq, { lsn: entry.lsn, fingerprint: fingerprint(entry.command) });
  }

  revert(entry: Entry): void {
    if (!entry.session) return;
    const { session: name, seq } = entry.session;
    const session = this.#sessions.get(name);
    if (session?.writes.get(seq)?.lsn !== entry.lsn) return;
    session.writes.delete(seq);
    if (session.writes.size === 0 && session.committedLsn === 0) this.#sessions.delete(name);
  }

  /** Only what is committed makes others forgotten, so that a rollback never has to remember them again. */
  commit(entry: Entry): void {
    if (!entry.session) return;
    const { session: name, seq } = entry.session;
    const session = this.#sessions.get(name);
    if (!session) return;
    for (const scan of this.#scans) scan.keep(name, session);
    const isFirst = session.committedLsn === 0;
    const { maxSeq } = session;
    session.committedLsn = entry.lsn;
    session.maxSeq = Math.max(maxSeq, seq);
    // One that was forgotten, and had this write under way: it was taken in when the session's last number was less than
    // a window beyond it, and all up to that may have been applied.
    const unknownSeq = isFirst && seq > 1 && this.#forgottenLsn > 0 ? seq + SESSION_WINDOW : 0;
    session.floorSeq = Math.max(session.floorSeq, unknownSeq, session.maxSeq - SESSION_WINDOW);
    if (session.maxSeq > SESSION_WINDOW) forgetOld(session, seq, maxSeq);
    this.#sessions.delete(name);
    session.order = ++this.#orders;
    this.#sessions.set(name, session);
    if (isFirst) this.#committed++;
    if (this.#committed > SESSIONS_MAX) this.#forgetOldest(entry.lsn);
  }

  /**
   * The write (session, seq), if the log holds it; `new` if it never did; `too-old` or `forgotten` if that can no longer
   * be told: too far behind the session's last, or the session is not known and others have been forgotten.
   */
  find(name: string, seq: number): Remembered | 'new' | 'too-old' | 'forgotten' {
    const session = this.#sessions.get(name);
    const write = session?.writes.get(seq);
    if (write) return write;
    if (session && seq <= session.floorSeq) return 'too-old';
    // Its first write may be under way: what follows that one is new.
    const isKnown = session && (session.committedLsn > 0 || session.writes.has(1));
    return isKnown || seq === 1 || this.#forgottenLsn === 0 ? 'new' : 'forgotten';
  }

  /** All sessions as the committed prefix leaves them; it ends at `end`. To be given to `release`. */
  scan(end: Lsn): Scan<Session, SessionPiece> {
    const scan = new Scan<Session, SessionPiece>(this.#sessions, this.#orders, (name, session) => {
      if (session.committedLsn === 0) return null;
      const { floorSeq, committedLsn: lastLsn } = session;
      const writes: SessionWrite[] = [];
      for (const [seq, write] of session.writes) if (write.lsn <= end) writes.push([seq, write.lsn, write.fingerprint]);
      return { type: 'session', session: name, floorSeq, lastLsn, writes };
    });
    this.#scans.add(scan);
    return scan;
  }

  release(scan: Scan<Session, SessionPiece>): void {
    this.#scans.delete(scan);
  }

  /** Takes over a snapshot's sessions, before anything is applied. */
  restore(pieces: readonly SessionPiece[], forgottenLsn: Lsn): void {
    this.#forgottenLsn = forgottenLsn;
    this.#committed = pieces.length;
    for (const { session, floorSeq, lastLsn, writes } of pieces.toSorted((a, b) => a.lastLsn - b.lastLsn)) {
      this.#sessions.set(session, {
        order: ++this.#orders,
        writes: new Map(writes.map(([seq, at, print]) => [seq, { lsn: at, fingerprint: print }])),
        committedLsn: lastLsn,
        maxSeq: Math.max(0, ...writes.map(([seq]) => seq)),
        floorSeq,
      });
    }
  }

  /** Of one that has writes under way, those stay: they are in the log. */
  #forgetOldest(committedLsn: Lsn): void {
    for (const [name, session] of this.#sessions) {
      if (session.committedLsn === 0) continue;
      for (const scan of this.#scans) scan.keep(name, session);
      // As on a replica that has yet to hear of what is under way: what is forgotten does not depend on the moment.
      for (const [seq, write] of session.writes) if (write.lsn <= committedLsn) session.writes.delete(seq);
      session.maxSeq = 0;
      session.floorSeq = 0;
      session.committedLsn = lsn(0);
      if (session.writes.size === 0) this.#sessions.delete(name);
      this.#committed--;
      this.#forgottenLsn = committedLsn;
      return;
    }
  }
}

/**
 * Forgets the committed writes that are a window behind the largest: those that `seq` has left behind, which is committed
 * now, and `seq` itself, if it came that late. The others went when they were. `maxSeq`: the largest before.
 */
function forgetOld({ writes, committedLsn, maxSeq: end }: Session, seq: number, maxSeq: number): void {
  const last = end - SESSION_WINDOW;
  const forget = (old: number): void => {
    const write = writes.get(old);
    if (write && write.lsn <= committedLsn) writes.delete(old);
  };
  if (seq <= last) forget(seq);
  const first = Math.max(0, maxSeq - SESSION_WINDOW) + 1;
  if (last - first < writes.size) for (let old = first; old <= last; old++) forget(old);
  else for (const old of writes.keys()) if (old <= last) forget(old);
}

interface Session {
  order: number;
  readonly writes: Map<number, Remembered>;
  /** Of its last committed write; 0 if it has none. */
  committedLsn: Lsn;
  /** The largest number that is committed; 0 if there is none. */
  maxSeq: number;
  /** Up to here sequence numbers may have been forgotten. Only committed ones raise it, so no rollback lowers it. */
  floorSeq: number;
}
