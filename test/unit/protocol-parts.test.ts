// The small parts of core/protocol on their own: the log, quorums, the generator, versioned state.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/protocol/entry.ts';
import { Log } from '../../core/protocol/log.ts';
import { formatPosition, lsn, term } from '../../core/protocol/position.ts';
import { quorumSize, reachedByQuorum } from '../../core/protocol/quorum.ts';
import { seededRandom } from '../../core/protocol/random.ts';
import { VersionedState } from '../../core/protocol/state.ts';
import { valueIn } from './support/checks-history.ts';
import { entryAt, seal } from './support/lab-start.ts';

describe('the log', () => {
  test('takes an entry only after its predecessor, and terms that do not go down', () => {
    const log = logOf([1, 2]);
    expect(() => log.append(entryAt(2, 4))).toThrow('entry 2:4 cannot follow 2:2');
    expect(() => log.append(entryAt(2, 2))).toThrow('entry 2:2 cannot follow 2:2');
    expect(() => log.append(entryAt(1, 3))).toThrow('entry 1:3 cannot follow 2:2');
  });

  test('slices by bytes and count, and gives at least one entry', () => {
    const log = logOf([1, 1, 1, 1]);
    const { bytes } = log.entry(lsn(1));
    const lengths = [
      [0, 9],
      [bytes, 9],
      [2 * bytes - 1, 9],
      [2 * bytes, 9],
      [1e9, 3],
      [1e9, 9],
    ] as const;
    expect(lengths.map(([bytesMax, countMax]) => log.slice(lsn(1), bytesMax, countMax).length)).toEqual([
      1, 1, 1, 2, 3, 4,
    ]);
    expect(log.slice(lsn(4), 1e9, 9).map(formatPosition)).toEqual(['1:4']);
    expect(log.slice(lsn(5), 1e9, 9)).toEqual([]);
  });

  test('truncates entries, bytes and lineage alike, and leaves old lineages as they were', () => {
    const log = logOf([1, 2, 2, 3]);
    const before = log.lineage;
    expect(log.truncate(lsn(3)).map(formatPosition)).toEqual(['2:3', '3:4']);
    expect([log.last, log.lineage.length, before.length]).toEqual([{ term: 2, lsn: 2 }, 2, 3]);
    expect(log.bytesBetween(lsn(0), lsn(2))).toBe(log.entry(lsn(1)).bytes + log.entry(lsn(2)).bytes);
    log.append(entryAt(4444, 3));
    expect(log.lineage.at(-1)).toEqual({ term: 4444, firstLsn: 3 });
    expect(log.bytesBetween(lsn(2), lsn(3))).toBe(log.entry(lsn(3)).bytes);
  });
});

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [9, 5],
])('of %i replicas %i are a majority', (members, majority) => {
  expect(quorumSize(members)).toBe(majority);
  const values = Array.from({ length: members }, (_, index) => 10 * index);
  expect(reachedByQuorum(values)).toBe(10 * (members - majority));
});

describe('the seeded generator', () => {
  test('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 5 }, () => random.between(0, 1));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('spreads them over the range', () => {
    const random = seededRandom(1);
    const buckets = new Map<number, number>();
    for (let draws = 0; draws < 10_000; draws++) {
      const bucket = Math.floor(random.between(500, 1000) / 50);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect([...buckets.keys()].toSorted((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(Math.min(...buckets.values())).toBeGreaterThan(850);
  });
});

describe('versioned state', () => {
  const keys = ['a', 'b', 'c'];
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), key: fc.constantFrom(...keys) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), key: fc.constantFrom(...keys) }) },
    { weight: 1, arbitrary: fc.constant({ type: 'noop' as const, key: '' }) },
    { weight: 2, arbitrary: fc.constant({ type: 'commit' as const, key: '' }) },
    { weight: 2, arbitrary: fc.constant({ type: 'revert' as const, key: '' }) },
  );

  test('reads every prefix from the commit on as a fold of the log would', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const state = new VersionedState();
        const log: Entry[] = [];
        let committed = 0;
        for (const { type, key } of actions) {
          if (type === 'commit') {
            if (committed < log.length) state.commit(log[committed++] as Entry);
          } else if (type === 'revert') {
            if (committed < log.length) state.revert(log.pop() as Entry);
          } else {
            log.push(entryOf(type, key, log.length + 1));
            state.apply(log.at(-1) as Entry);
          }
          for (const name of keys) {
            for (let end = committed; end <= log.length; end++) {
              expect(state.read(name, lsn(end))).toBe(valueIn(log, name, end));
            }
          }
        }
      }),
    );
  });

  test('keeps nothing of keys whose deletion is committed', () => {
    const state = new VersionedState();
    const entries = [entryOf('put', 'a', 1), entryOf('put', 'b', 2), entryOf('delete', 'a', 3)];
    for (const entry of entries) state.apply(entry);
    for (const entry of entries) state.commit(entry);
    expect(state.keys).toBe(1);
  });
});

function logOf(terms: readonly number[]): Log {
  return new Log(terms.map((inTerm, index) => entryAt(inTerm, index + 1)));
}

function entryOf(op: 'put' | 'delete' | 'noop', key: string, at: number): Entry {
  const command = op === 'put' ? { op, key, value: `v${at}` } : op === 'delete' ? { op, key } : { op };
  return seal({ term: term(1), lsn: lsn(at), id: null, command, mode: null, session: null });
}
