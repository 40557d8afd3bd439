import type { HardState } from '../protocol/entry.ts';
import { type Lsn, lsn, next, ORIGIN, type Term, term } from '../protocol/position.ts';
import type { HardStateRecord, Identity, WalRecord } from './codec.ts';
import type { StartUpDisk } from './disk.ts';
import { segmentBase, segmentFile, snapshotLsn } from './files.ts';
import { groupOf } from './group.ts';
import { linesIn, recordOf } from './lines.ts';
import { readSnapshot } from './snapshot-file.ts';

/**
 * Begins a new log beside one that is damaged, or gone. Its first segment says that everything before it is void, and
 * leaves a gap before it, so that it is never taken for what should follow. Whoever opens it makes it durable before
 * anything of the old one goes: a crash leaves the one or the other.
 *
 * `damagedAt`: the stream offset of the first damage; null: no segment is damaged.
 */
export function beginAnew(disk: StartUpDisk, identity: Identity, damagedAt: number | null): void {
  const scan = scanOf(disk, identity);
  const base = disk.list().length === 0 ? 0 : scan.stop + 1;
  const file = segmentFile(base);
  const { text } = groupOf(
    { type: 'identity', ...identity, start: { base, after: ORIGIN } },
    { type: 'hard-state', ...scan.hardState(damagedAt ?? 0), durable: base },
    { type: 'rebuilt' },
  );
  disk.write(file, 0, new TextEncoder().encode(text));
}

/** Reads what can still be read. */
function scanOf(disk: StartUpDisk, identity: Identity): VoteScan {
  const scan = new VoteScan();
  const names = disk.list();
  for (const base of names.flatMap((name) => segmentBase(name) ?? []).sort((a, b) => a - b)) {
    scan.segment(base, disk.read(segmentFile(base)));
  }
  for (const name of names) {
    const at = snapshotLsn(name);
    const snapshot = at === null ? null : readSnapshot(identity, at, disk.read(name));
    if (snapshot?.verdict === 'whole') scan.snapshot(snapshot.position.term, snapshot.durable);
  }
  return scan;
}

/**
 * Looks for the last hard state of a damaged log that is known to be its last: it stands after the damage, and whatever
 * follows it is whole and in order. It bounds every vote that was ever given. If there is none, votes may have been given
 * that nobody remembers here.
 */
class VoteScan {
  /** The end of the last segment, or what is known to have been durable beyond it. */
  stop = 0;
  #largestTerm = term(0);
  #durable = 0;
  #last: (HardStateRecord & { readonly offset: number }) | null = null;
  /** Of the next entry, if that is known. */
  #nextLsn: Lsn | null = null;
  /** Of the last entry, if that is known, or less. */
  #lastTerm = 0;

  /** `damagedAt`: no hard state before it counts. */
  hardState(damagedAt: number): HardState {
    const committedLsn = lsn(0);
    if (this.#last === null || this.#last.offset < damagedAt) {
      return { term: this.#largestTerm, votedFor: null, committedLsn, standing: 'barred' };
    }
    const { term, votedFor } = this.#last;
    return { term, votedFor, committedLsn, standing: this.#last.standing === 'barred' ? 'barred' : 'rejoining' };
  }

  segment(base: number, bytes: Uint8Array): void {
    const { stop } = this;
    this.stop = Math.max(stop, base + bytes.length);
    // No segment is of one byte: this is what a crash has left of an earlier try, into which nothing was written yet.
    if (stop > 0 && base === stop + 1) return;
    if (base !== stop) this.#lose();
    let line = 0;
    for (const found of linesIn(bytes)) {
      line++;
      const record = found.terminated ? recordOf(found) : null;
      if (record === null || (line === 1) !== (record.type === 'identity')) this.#lose();
      if (record) this.#take(record, base + found.start);
    }
  }

  /** A snapshot that was written when so much of the log was durable. */
  snapshot(of: Term, durable: number): void {
    this.#sees(of);
    if (durable <= this.stop) return;
    this.#lose();
    this.stop = durable;
  }

  #take(record: WalRecord, offset: number): void {
    switch (record.type) {
      case 'hard-state':
        return this.#takeHardState(record, offset);
      case 'entry': {
        const { entry } = record;
        const follows = this.#nextLsn === null || (this.#nextLsn === entry.lsn && entry.term >= this.#lastTerm);
        // No entry stands before the term that it was accepted in.
        if (!follows || entry.term > (this.#last?.term ?? 0)) this.#lose();
        this.#sees(entry.term);
        this.#nextLsn = next(entry.lsn);
        this.#lastTerm = entry.term;
        return;
      }
      case 'truncate':
        if (this.#nextLsn !== null && record.from > this.#nextLsn) this.#lose();
        this.#nextLsn = record.from;
        this.#lastTerm = 0;
        return;
      case 'snapshot-mark':
        this.#sees(record.position.term);
        this.#nextLsn = next(record.position.lsn);
        this.#lastTerm = record.position.term;
        return;
      case 'identity':
      case 'rebuilt':
        return;
      case 'snapshot':
      case 'snapshot-end':
      case 'other-version':
        return this.#lose();
      default:
        record satisfies never;
    }
  }

  #takeHardState(record: HardStateRecord, offset: number): void {
    const last = this.#last;
    const isOtherVote = last?.term === record.term && last.votedFor !== null && last.votedFor !== record.votedFor;
    const isOlder = record.durable < this.#durable || record.term < this.#largestTerm;
    if (record.durable > offset || isOlder || isOtherVote) this.#lose();
    else this.#last = { ...record, offset };
    this.#durable = Math.max(this.#durable, record.durable);
    this.#sees(record.term);
  }

  #sees(of: Term): void {
    if (of > this.#largestTerm) this.#largestTerm = of;
  }

  /** Something is missing or wrong here: a later hard state may be what. */
  #lose(): void {
    this.#last = null;
    this.#nextLsn = null;
  }
}
