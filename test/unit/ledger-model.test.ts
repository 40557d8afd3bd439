import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ledger, type LedgerChange, type OpenWrite, type Outcome } from '../../core/observe/ledger.ts';
import type { Lineage } from '../../core/protocol/lineage.ts';
import { lsn, type Position, replicaId, term, writeId } from '../../core/protocol/position.ts';

/*
 * The ledger against a model that keeps everything and looks at all of it each time, over random lives of a cluster:
 * writes, answers that come late or without a position, commits, failovers (to a log that lacks some entries, or back
 * to one that was deposed), statuses that arrive out of order.
 */

type Op =
  | { readonly op: 'write'; readonly outcome: Outcome; readonly answered: 'now' | 'later' | 'without position' }
  | { readonly op: 'answer'; readonly which: number }
  | { readonly op: 'commit'; readonly more: number }
  | { readonly op: 'failover'; readonly log: number; readonly keep: number }
  | { readonly op: 'status'; readonly age: number }
  | { readonly op: 'locate' };

const write = fc.record({
  op: fc.constant('write' as const),
  outcome: fc.constantFrom<Outcome>('ok', 'ok', 'unknown', 'rejected'),
  answered: fc.constantFrom('now' as const, 'later' as const, 'without position' as const),
});
const ops: fc.Arbitrary<Op[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: write },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('answer' as const), which: fc.nat(9) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('commit' as const), more: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('failover' as const), log: fc.nat(9), keep: fc.nat(9) }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('status' as const), age: fc.constantFrom(0, 0, 0, 1, 2, 5) }) },
    { weight: 1, arbitrary: fc.constant({ op: 'locate' as const }) },
  ),
  { maxLength: 80, size: 'max' },
);

interface ModelWrite {
  readonly id: string;
  readonly outcome: Outcome;
  position: Position | null;
  readonly term: number;
  fate: 'pending' | 'committed' | 'lost' | 'discarded' | null;
}

/** A log is the terms of its entries. `committed` counts the entries of the leader's log that are committed. */
class World {
  readonly ledger = new Ledger();
  readonly writes: ModelWrite[] = [];
  readonly #queued: ModelWrite[] = [];
  #logs: number[][] = [[1]];
  #log: number[] = this.#logs[0] as number[];
  #term = 1;
  #committed = 0;
  /** Every committed prefix there has been, and those that a status has told of. */
  readonly #prefixes: number[][] = [[]];
  readonly #told: number[][] = [];
  /** Where each write really stands, also those whose position did not come back. */
  readonly #places = new Map<string, Position | null>();
  readonly #open = new Map<string, OpenWrite>();
  /** Those that a leader said are nowhere. */
  readonly #neverWritten = new Set<string>();

  run(op: Op): void {
    const changes = this.#do(op);
    const settled = this.#settle();
    expect(changes.map(({ type, write }) => `${type} ${write.id} ${write.fate}`).sort()).toEqual(settled.sort());
    this.#compare();
  }

  #do(op: Op): readonly LedgerChange[] {
    const { ledger } = this;
    switch (op.op) {
      case 'write':
        return this.#write(op.outcome, op.answered);
      case 'answer': {
        const [late] = this.#queued.splice(op.which % (this.#queued.length || 1), 1);
        return late ? this.#answer(late, late.position) : [];
      }
      case 'commit': {
        // As far as an entry of the leader's own term: the Raft paper, figure 8.
        const end = Math.min(this.#log.length, this.#committed + op.more);
        if (this.#log[end - 1] === this.#term) this.#commit(end);
        return [];
      }
      case 'failover': {
        const from = this.#logs[op.log % this.#logs.length] as number[];
        const keep = this.#committed + (op.keep % (from.length - this.#committed + 1));
        this.#term += 1;
        this.#log = [...from.slice(0, keep), this.#term];
        this.#logs.push(this.#log);
        return [];
      }
      case 'status': {
        const prefix = this.#prefixes.at(-1 - (op.age % this.#prefixes.length)) as number[];
        this.#told.push(prefix);
        return ledger.observe(lineageOf(prefix), lsn(prefix.length));
      }
      case 'locate':
        return this.#log[this.#committed - 1] === this.#term ? this.#locate() : [];
      default:
        throw new Error(op satisfies never);
    }
  }

  #write(outcome: Outcome, answered: 'now' | 'later' | 'without position'): readonly LedgerChange[] {
    const appended = outcome !== 'rejected';
    if (appended) this.#log.push(this.#term);
    const position = appended ? { term: term(this.#term), lsn: lsn(this.#log.length) } : null;
    const one: ModelWrite = { id: `w${this.writes.length}`, outcome, position, term: this.#term, fate: null };
    this.writes.push(one);
    const submitted = {
      key: 'k',
      mode: 'async',
      session: null,
      term: term(this.#term),
      leader: replicaId('n1'),
      after: lsn(0),
    } as const;
    this.#open.set(one.id, this.ledger.submitted(writeId(one.id), submitted));
    if (answered === 'later') {
      this.#queued.push(one);
      return [];
    }
    return this.#answer(one, outcome === 'unknown' && answered === 'without position' ? null : position);
  }

  #answer(one: ModelWrite, position: Position | null): readonly LedgerChange[] {
    if (one.outcome !== 'rejected') one.fate = 'pending';
    this.#places.set(one.id, one.position);
    one.position = position;
    const open = this.#open.get(one.id);
    if (!open) throw new Error(`${one.id} was never submitted`);
    return this.ledger.answered(open, one.outcome, position, [], 1);
  }

  #locate(): readonly LedgerChange[] {
    const missing = this.writes.filter((one) => one.fate === 'pending' && !one.position && one.term < this.#term);
    expect(this.ledger.unlocated(term(this.#term)).map(({ id }) => id)).toEqual(missing.map(({ id }) => id));
    return missing.flatMap((one) => {
      const place = this.#places.get(one.id) as Position;
      if (this.#log[place.lsn - 1] === place.term) {
        one.position = place;
        return this.ledger.located(writeId(one.id), place);
      }
      this.#neverWritten.add(one.id);
      return this.ledger.neverWritten(writeId(one.id));
    });
  }

  #commit(end: number): void {
    this.#committed = end;
    const prefix = this.#log.slice(0, end);
    this.#prefixes.push(prefix);
    // Only a log that holds what is committed can still win.
    this.#logs = this.#logs.filter((log) => prefix.every((t, i) => log[i] === t));
  }

  /** Looks at every write and every prefix told of; returns what the ledger should have reported. */
  #settle(): string[] {
    const reported: string[] = [];
    for (const one of this.writes) {
      if (one.fate !== 'pending') continue;
      const { position } = one;
      const inOne = position && this.#told.some((prefix) => prefix[position.lsn - 1] === position.term);
      const excluded =
        position && this.#told.some((prefix) => position.lsn <= prefix.length || position.term < (prefix.at(-1) ?? 0));
      if (inOne) one.fate = 'committed';
      else if (excluded || this.#neverWritten.has(one.id)) one.fate = one.outcome === 'ok' ? 'lost' : 'discarded';
      else continue;
      if (one.fate === 'lost') reported.push(`lost ${one.id} lost`);
      else if (one.outcome === 'unknown') reported.push(`settled ${one.id} ${one.fate}`);
    }
    return reported;
  }

  #compare(): void {
    const count = (of: ModelWrite['fate']) => this.writes.filter(({ fate }) => fate === of).length;
    expect(this.ledger.fates).toEqual({
      pending: count('pending'),
      committed: count('committed'),
      lost: count('lost'),
      discarded: count('discarded'),
    });
    const kept = this.writes.filter(({ outcome, fate }) => outcome === 'ok' && fate === 'committed');
    expect(this.ledger.kept).toBe(kept.length);
    const fates = new Map(this.writes.map(({ id, fate }) => [id, fate]));
    for (const { id, fate } of this.ledger.recent()) expect([id, fate]).toEqual([id, fates.get(writeId(id))]);
    const lost = this.writes.filter(({ fate }) => fate === 'lost').map(({ id }) => id);
    expect(
      this.ledger
        .losses()
        .map(({ id }) => id as string)
        .sort(),
    ).toEqual(lost.sort());
  }
}

function lineageOf(log: readonly number[]): Lineage {
  return log.flatMap((t, i) => (i === 0 || log[i - 1] !== t ? [{ term: term(t), firstLsn: lsn(i + 1) }] : []));
}

test('whatever happens, the ledger says what looking at everything would say', () => {
  const seen = { lost: 0, discarded: 0, committed: 0 };
  fc.assert(
    fc.property(ops, (life) => {
      const world = new World();
      for (const op of life) world.run(op);
      for (const { fate } of world.writes) if (fate !== null && fate !== 'pending') seen[fate] += 1;
    }),
    { numRuns: 400 },
  );
  // The lives are worth living: every fate is met often.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
});
