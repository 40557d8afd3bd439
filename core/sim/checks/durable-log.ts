import type { Standing } from '../../protocol/entry.ts';
import type { Recovered } from '../../protocol/io.ts';
import { formatPosition, type Lsn, ORIGIN, type Position, parsePosition, type Term } from '../../protocol/position.ts';
import type { StoredFile } from '../disk.ts';
import type { History } from './history.ts';
import { broken, Violation } from './violation.ts';

/**
 * What the records of a log say, folded: the terms of its entries by LSN - 1, the current term, and the vote in it. What
 * a snapshot has in place of entries is taken from the history, for it must be what was committed.
 */
class Fold {
  readonly #history: History;
  terms: number[] = [];
  term = 0;
  votedFor: string | null = null;
  standing: Standing = 'voter';
  /** The largest offset of the log that a record names as durable. */
  named = 0;

  constructor(history: History) {
    this.#history = history;
  }

  copy(): Fold {
    const copy = new Fold(this.#history);
    copy.terms = [...this.terms];
    copy.term = this.term;
    copy.votedFor = this.votedFor;
    copy.standing = this.standing;
    return copy;
  }

  apply(record: Record): void {
    switch (record.type) {
      case 'entry':
        this.terms.length = Math.min(this.terms.length, record.lsn - 1);
        this.terms.push(record.term);
        return;
      case 'hard-state':
        this.term = record.term;
        this.votedFor = record.votedFor;
        this.standing = record.standing;
        this.named = Math.max(this.named, record.durable);
        return;
      case 'truncate':
        this.terms.length = Math.min(this.terms.length, record.from - 1);
        return;
      case 'snapshot-mark':
        this.standOn(positionOf(record.position));
        return;
      case 'other':
        return;
      default:
        record satisfies never;
    }
  }

  /** The first record that is there comes after the entry at `lsn`: what was before it is in a snapshot. */
  beginAfter({ lsn }: Position): void {
    this.terms = this.#history.committed.slice(0, lsn);
  }

  /** From here on the log is the snapshot at `position`. */
  standOn(position: Position): void {
    if (!this.#history.isCommitted(position)) {
      broken('snapshot', `a log stands on ${position.term}:${position.lsn}, which was never committed`);
    }
    this.terms = this.#history.committed.slice(0, position.lsn);
  }

  isAs({ hardState, snapshot, prefix, entries }: Recovered): boolean {
    if (hardState.term !== this.term || hardState.votedFor !== this.votedFor) return false;
    if (hardState.standing !== this.standing) return false;
    if (!this.#holds(snapshot?.position ?? ORIGIN)) return false;
    const base = prefix?.position ?? snapshot?.position ?? ORIGIN;
    if (!this.#holds(base) || (prefix && !this.#history.isCommitted(base))) return false;
    const { lsn } = base;
    return (
      lsn + entries.length === this.terms.length &&
      entries.every((entry, index) => entry.lsn === lsn + index + 1 && entry.term === this.terms[entry.lsn - 1])
    );
  }

  #holds({ term, lsn }: Position): boolean {
    return lsn === 0 || this.terms[lsn - 1] === term;
  }
}

/**
 * What is on one replica's disk for certain, whatever happens to its machine next: read from the bytes that were written
 * and fsynced, by other code than the log's own.
 */
export class DurableLog {
  readonly #history: History;
  readonly #id: string;
  #fold: Fold;
  /** Appended since the last fsync, oldest first. */
  #unsynced: string[] = [];
  /** The terms of the entries that it had before its log was damaged, until it counts again. */
  #lost: readonly number[] = [];

  constructor(id: string, history: History) {
    this.#id = id;
    this.#history = history;
    this.#fold = new Fold(history);
  }

  get terms(): readonly number[] {
    return this.#fold.terms;
  }

  get term(): number {
    return this.#fold.term;
  }

  get votedFor(): string | null {
    return this.#fold.votedFor;
  }

  get standing(): Standing {
    return this.#fold.standing;
  }

  /** Below this offset of the log, damage is told from a torn write: an fsynced record says that it was durable. */
  get named(): number {
    return this.#fold.named;
  }

  has(lsn: number, term: Term): boolean {
    return this.#fold.terms[lsn - 1] === term;
  }

  /** Whether it has the entry, or had it when it last counted: what it acknowledged then was true, and others rely on it. */
  held(lsn: number, term: Term): boolean {
    return this.has(lsn, term) || this.#lost[lsn - 1] === term;
  }

  appended(text: string): void {
    this.#unsynced.push(text);
  }

  /** What was appended since the last fsync did not all fit, and is taken back. */
  cut(): void {
    this.#unsynced = [];
  }

  synced(): void {
    for (const text of this.#unsynced) {
      for (const record of recordsIn(text)) {
        if (record.type === 'truncate') this.#keepsCommitted(this.#fold.terms, record.from);
        if (record.type === 'entry') this.#isAsWritten(record, text);
        if (record.type === 'hard-state') this.#keepsVote(record);
        this.#fold.apply(record);
      }
    }
    this.#unsynced = [];
  }

  /**
   * A new process says what it found on the disk: all that was durable, then any part of what was not, as it was
   * written. And `stored`, the disk as it is now, has all of it: else the next crash would take some back.
   */
  recovered(found: Recovered, stored: readonly StoredFile[]): void {
    const expected = this.#fold.copy();
    let isFound = expected.isAs(found);
    for (const record of this.#unsynced.flatMap(recordsIn)) {
      if (isFound) break;
      expected.apply(record);
      isFound = expected.isAs(found);
    }
    if (!isFound) broken('recovery', `${this.#id} recovered ${textOf(found)}; durable was ${this.#text()}`);
    const before = this.#fold.terms;
    this.#isStored(found, stored);
    this.#keepsCommitted(before, this.#fold.terms.findIndex((term, index) => term !== before[index]) + 1);
    this.#keepsCommitted(before, this.#fold.terms.length + 1);
  }

  /**
   * Its log was damaged, and a new process has begun it anew: without entries, and without a vote until it has them
   * again, or for ever if it cannot be certain how it voted.
   */
  begunAnew(found: Recovered, stored: readonly StoredFile[]): void {
    const { term, votedFor, standing, terms } = this.#fold;
    const { hardState, snapshot, prefix, entries } = found;
    // A process that dies takes nothing with it: a vote may be found that was written, and never fsynced.
    const written = this.#unsynced.flatMap(recordsIn).filter((record) => record.type === 'hard-state');
    const votes = [{ term, votedFor }, ...written];
    const isVote = votes.some((vote) => vote.term === hardState.term && vote.votedFor === hardState.votedFor);
    const isSure = hardState.term > term || isVote;
    const isRight = hardState.standing === 'barred' || (hardState.standing === 'rejoining' && isSure);
    if (
      !isRight ||
      (standing === 'barred' && hardState.standing !== 'barred') ||
      snapshot ||
      prefix ||
      entries.length > 0
    ) {
      broken('begun-anew', `${this.#id} begins anew with ${textOf(found)}; durable was ${this.#text()}`);
    }
    // What it acknowledged without counting nobody relies on.
    if (this.#lost.length === 0) this.#lost = terms;
    this.#isStored(found, stored);
  }

  /** It counts again: it must have again what it had, and is committed. */
  caughtUp(): void {
    const missing = this.#lost.findIndex(
      (term, index) => this.#history.committed[index] === term && this.#fold.terms[index] !== term,
    );
    if (missing >= 0) {
      broken('caught-up', `${this.#id} counts again without ${this.#lost[missing]}:${missing + 1}, which it had`);
    }
    this.#lost = [];
  }

  /** From now on the disk is what the next crash would leave of it: it must hold what was found. */
  #isStored(found: Recovered, stored: readonly StoredFile[]): void {
    this.#fold = new Fold(this.#history);
    this.#unsynced = [];
    if (this.#reads(stored) && this.#fold.isAs(found) && hasSnapshot(stored, found)) return;
    broken('recovered-not-durable', `${this.#id} recovered ${textOf(found)}; on its disk is ${this.#text()}`);
  }

  /** Returns whether all of it could be read: the segments from the last gap on, and a snapshot if they need one. */
  #reads(stored: readonly StoredFile[]): boolean {
    const segments = stored.filter(({ name }) => name.startsWith('wal-'));
    let end = 0;
    try {
      for (const { name, bytes } of segments) {
        const text = decoder.decode(bytes);
        const base = Number(/\d+/.exec(name)?.[0]);
        if (base !== end) this.#fold.beginAfter(positionOf(JSON.parse(text.slice(0, text.indexOf('\n'))).after));
        for (const record of recordsIn(text)) this.#fold.apply(record);
        end = base + bytes.length;
      }
      return true;
    } catch (error) {
      if (error instanceof Violation) throw error;
      return false;
    }
  }

  /** What goes from `from` on was never committed: whoever leads has all that was. */
  #keepsCommitted(before: readonly number[], from: number): void {
    if (from < 1 || from > before.length) return;
    const committed = this.#history.committed[from - 1];
    if (committed !== undefined && committed === before[from - 1]) {
      broken('committed-truncated', `${this.#id} drops ${committed}:${from}, which is committed`);
    }
  }

  /** Whoever votes twice in a term has first forgotten that it voted, and by then its disk says so. */
  #keepsVote({ term, votedFor }: HardStateRecord): void {
    const before = this.#fold;
    if (term < before.term) broken('term-monotone', `${this.#id} goes back from term ${before.term} to ${term}`);
    if (term > before.term || before.votedFor === null || votedFor === before.votedFor) return;
    broken('one-vote', `${this.#id} voted for ${before.votedFor} in term ${term}, and writes ${votedFor} over it`);
  }

  #isAsWritten({ term, lsn, start, end }: EntryRecord, text: string): void {
    const entry = this.#history.entryAt({ term: term as Term, lsn: lsn as Lsn });
    if (entry?.line === text.slice(start, end)) return;
    broken('entry-bytes', `${this.#id} wrote something else for ${term}:${lsn} than ${entry?.line}`);
  }

  #text(): string {
    const { terms, term, votedFor, standing } = this.#fold;
    return `${terms.length} entries to ${terms.at(-1) ?? 0}:${terms.length}, term ${term}, vote ${votedFor}, ${standing}`;
  }
}

/** Whether the snapshot that a log stands on is on the disk, under its name. */
function hasSnapshot(stored: readonly StoredFile[], { snapshot }: Recovered): boolean {
  if (snapshot === null) return true;
  const { lsn } = snapshot.position;
  return stored.some(({ name }) => name === `snapshot-${String(lsn).padStart(12, '0')}.ndjson`);
}

interface EntryRecord {
  readonly type: 'entry';
  readonly term: number;
  readonly lsn: number;
  /** Where its line begins in the text, and where its newline is. */
  readonly start: number;
  readonly end: number;
}
interface HardStateRecord {
  readonly type: 'hard-state';
  readonly term: number;
  readonly votedFor: string | null;
  readonly standing: Standing;
  readonly durable: number;
}
type Record =
  | EntryRecord
  | HardStateRecord
  | { readonly type: 'truncate'; readonly from: number }
  | { readonly type: 'snapshot-mark'; readonly position: string }
  | { readonly type: 'other' };

const decoder = new TextDecoder();
const OTHER = { type: 'other' } as const;
/** How the records begin that are more than entries. */
const PARSED = ['{"type":"hard-state', '{"type":"truncate', '{"type":"snapshot-mark'];
const ENTRY_START = '{"type":"entry","term":';

/** The records of all whole lines, in order. */
function recordsIn(text: string): readonly Record[] {
  const records: Record[] = [];
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    records.push(recordAt(text, start, end));
    start = end + 1;
  }
  return records;
}

function recordAt(text: string, start: number, end: number): Record {
  if (text.startsWith(ENTRY_START, start)) {
    const term = wholeAt(text, start + ENTRY_START.length);
    const lsn = wholeAt(text, text.indexOf(':', start + ENTRY_START.length) + 1);
    return { type: 'entry', term, lsn, start, end };
  }
  if (!PARSED.some((beginning) => text.startsWith(beginning, start))) return OTHER;
  return JSON.parse(text.slice(start, end)) as Record;
}

const positionOf = (text: string): Position => parsePosition(text) ?? broken('recovery', `no position: ${text}`);

function wholeAt(text: string, at: number): number {
  let whole = 0;
  for (
    let next = at, digit = text.charCodeAt(next) - 48;
    digit >= 0 && digit <= 9;
    digit = text.charCodeAt(++next) - 48
  ) {
    whole = 10 * whole + digit;
  }
  return whole;
}

function textOf({ hardState, snapshot, prefix, entries }: Recovered): string {
  const { term, votedFor, standing } = hardState;
  const end = entries.at(-1) ?? prefix?.position ?? snapshot?.position ?? ORIGIN;
  const folded = prefix ? `a fold to ${formatPosition(prefix.position)}, ` : '';
  const base = `${snapshot ? `a snapshot at ${formatPosition(snapshot.position)}, ` : ''}${folded}`;
  return `${base}${entries.length} entries to ${formatPosition(end)}, term ${term}, vote ${votedFor}, ${standing}`;
}
