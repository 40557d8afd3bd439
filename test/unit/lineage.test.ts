import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonEnd, holds, type Lineage, settle, termAt } from '../../core/protocol/lineage.ts';
import { lsn, type Position, term } from '../../core/protocol/position.ts';

/** A log as nothing but the terms of its entries: the entry at LSN 1 first. */
type Log = readonly number[];

const at = (t: number, l: number): Position => ({ term: term(t), lsn: lsn(l) });

function lineageOf(log: Log): Lineage {
  return log.flatMap((t, i) => (i === 0 || log[i - 1] !== t ? [{ term: term(t), firstLsn: lsn(i + 1) }] : []));
}

const positionsOf = (log: Log): Position[] => [at(0, 0), ...log.map((t, i) => at(t, i + 1))];
const has = (log: Log, { term: t, lsn: l }: Position): boolean => (l === 0 ? t === 0 : log[l - 1] === t);

/**
 * Logs that can stand side by side in one cluster: the leader of each term goes on from some prefix of an earlier log,
 * and every replica holds a prefix of some leader's.
 */
const clusters = fc
  .array(fc.record({ base: fc.nat(), keep: fc.nat(), added: fc.nat(4) }), { minLength: 1, maxLength: 7 })
  .map((leaders) => {
    const logs: Log[] = [[]];
    leaders.forEach(({ base, keep, added }, i) => {
      const from = logs[base % logs.length] as Log;
      logs.push([...from.slice(0, keep % (from.length + 1)), ...new Array<number>(added).fill(i + 1)]);
    });
    return logs;
  });
const pairs = fc.tuple(clusters, fc.nat(), fc.nat(), fc.nat()).map(([logs, i, j, cut]) => {
  const [left, right] = [logs[i % logs.length] as Log, logs[j % logs.length] as Log];
  return { logs, left, right: right.slice(0, cut % (right.length + 1)) };
});

describe('termAt and holds', () => {
  test('a lineage tells of each LSN what the log itself would', () => {
    fc.assert(
      fc.property(pairs, ({ left, right }) => {
        for (const position of positionsOf(left)) {
          expect(termAt(lineageOf(left), position.lsn)).toBe(position.term);
          expect(holds(lineageOf(right), lsn(right.length), position)).toBe(has(right, position));
        }
      }),
    );
  });

  test('nothing beyond the end is held, though the last term might go on', () => {
    const lineage = lineageOf([1, 1, 2]);
    expect(holds(lineage, lsn(3), at(2, 3))).toBe(true);
    expect(holds(lineage, lsn(3), at(2, 4))).toBe(false);
  });

  test('the empty log holds the origin, and nothing else', () => {
    expect(holds([], lsn(0), at(0, 0))).toBe(true);
    expect(holds([], lsn(0), at(1, 1))).toBe(false);
  });
});

describe('commonEnd', () => {
  test('is where two logs part, found entry by entry', () => {
    fc.assert(
      fc.property(pairs, ({ left, right }) => {
        let common = 0;
        while (common < left.length && common < right.length && left[common] === right[common]) common += 1;
        const [a, b] = [lineageOf(left), lineageOf(right)];
        expect(commonEnd(a, lsn(left.length), b, lsn(right.length))).toBe(common);
        expect(commonEnd(b, lsn(right.length), a, lsn(left.length))).toBe(common);
      }),
    );
  });

  test.each([
    ['one is the beginning of the other', [1, 1, 2], [1, 1, 2, 2, 3], 3],
    ['the deposed leader wrote on while the new one wrote its own', [1, 1, 1, 1], [1, 1, 2, 2], 2],
    ['nothing in common', [1, 1], [2, 2], 0],
    ['one is empty', [], [1], 0],
  ])('%s', (_, left, right, expected) => {
    expect(commonEnd(lineageOf(left), lsn(left.length), lineageOf(right), lsn(right.length))).toBe(expected);
  });
});

describe('settle', () => {
  test.each([
    ['below the commit, on its history', [1, 1, 2], 3, at(1, 2), 'committed'],
    ['at the commit itself', [1, 1, 2], 3, at(2, 3), 'committed'],
    ['above the commit, in its term: still on its way', [1, 1, 2], 2, at(1, 3), 'pending'],
    ['another entry is committed at that LSN', [1, 1, 2], 3, at(1, 3), 'rolled-back'],
    ['a later term is committed below it: no log goes back to an older term', [1, 2], 2, at(1, 3), 'rolled-back'],
    [
      'a later term stands in the log, but is not committed: the old leader may come back and win',
      [1, 2],
      1,
      at(1, 3),
      'pending',
    ],
    ['a later term, not seen here yet', [1, 1], 2, at(2, 3), 'pending'],
    ['nothing is committed', [1, 1], 0, at(1, 1), 'pending'],
    ['the origin is committed from the start', [], 0, at(0, 0), 'committed'],
  ] as const)('%s', (_, log, committed, position, expected) => {
    expect(settle(position, lineageOf(log), lsn(committed))).toBe(expected);
  });

  test('what is settled, every log that goes on from the committed prefix agrees with', () => {
    fc.assert(
      fc.property(pairs, ({ logs, left, right: committed }) => {
        const end = lsn(committed.length);
        const goOn = logs.filter((log) => committed.every((t, i) => log[i] === t));
        for (const position of positionsOf(left)) {
          const said = settle(position, lineageOf(committed), end);
          expect(said === 'committed').toBe(has(committed, position));
          if (said === 'rolled-back') expect(goOn.filter((log) => has(log, position))).toEqual([]);
          // And not too timid: the log that holds it would have to be one that can never go on from here.
          if (said === 'pending') expect(position.term).toBeGreaterThanOrEqual(committed.at(-1) ?? 0);
        }
      }),
    );
  });

  test('a longer committed prefix settles more, and takes nothing back', () => {
    fc.assert(
      fc.property(pairs, fc.nat(), ({ left, right: longer }, cut) => {
        const shorter = lsn(cut % (longer.length + 1));
        for (const position of positionsOf(left)) {
          const before = settle(position, lineageOf(longer), shorter);
          const after = settle(position, lineageOf(longer), lsn(longer.length));
          if (before !== 'pending') expect(after).toBe(before);
        }
      }),
    );
  });
});
