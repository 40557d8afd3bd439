import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../core/protocol/random.ts';
import { checkRegister, type RegisterOperation } from '../faults/linearizability.ts';

const write = (value: string, invokedMs: number, completedMs: number | null): RegisterOperation => ({
  kind: 'write',
  value,
  invokedMs,
  completedMs,
});
const read = (value: string | null, invokedMs: number, completedMs: number): RegisterOperation => ({
  kind: 'read',
  value,
  invokedMs,
  completedMs,
});

describe('good histories', () => {
  test.each<[string, RegisterOperation[]]>([
    ['nothing', []],
    ['one after the other', [read(null, 0, 1), write('a', 2, 3), read('a', 4, 5), write('b', 6, 7), read('b', 8, 9)]],
    ['a read during a write may see it or not', [write('a', 0, 10), read(null, 1, 2), read('a', 3, 4)]],
    ['writes at the same time, in either order', [write('a', 0, 10), write('b', 0, 10), read('b', 11, 12)]],
    ['what only touches may have overlapped', [write('a', 0, 5), read(null, 5, 6)]],
    ['an unknown write that is never seen', [write('a', 0, null), read(null, 1, 2), read(null, 100, 101)]],
    ['an unknown write that is seen late', [write('a', 0, null), read(null, 50, 51), read('a', 99, 100)]],
    ['an unknown write between others', [write('a', 0, null), write('b', 1, 2), read('b', 3, 4), read('a', 5, 6)]],
    [
      'an order that takes another than that of the starts',
      [write('a', 0, 10), write('b', 1, 9), write('c', 2, 8), read('c', 3, 4), read('a', 5, 6), read('b', 11, 12)],
    ],
  ])('%s', (_, history) => {
    expect(checkRegister(history)).toBeNull();
  });
});

describe('bad histories', () => {
  test.each<[string, RegisterOperation[], RegisterOperation]>([
    ['a lost write', [write('a', 0, 1), write('b', 2, 3), read('a', 4, 5)], read('a', 4, 5)],
    ['a read of what nobody wrote', [write('a', 0, 1), read('b', 2, 3)], read('b', 2, 3)],
    ['a read of what is written later', [read('a', 0, 1), write('a', 2, 3)], read('a', 0, 1)],
    ['an unknown write seen before it was asked for', [read('a', 0, 1), write('a', 2, null)], read('a', 0, 1)],
    ['back and forth', [write('a', 0, 10), read('a', 1, 2), read(null, 3, 4)], read(null, 3, 4)],
    ['an unknown write that goes again', [write('a', 0, null), read('a', 1, 2), read(null, 3, 4)], read(null, 3, 4)],
    [
      'two readers, two orders',
      [write('a', 0, 10), write('b', 0, 10), read('a', 11, 12), read('b', 13, 14)],
      read('b', 13, 14),
    ],
    ['after a completed write, nothing', [write('a', 0, 1), read(null, 2, 3)], read(null, 2, 3)],
  ])('%s', (_, history, culprit) => {
    expect(checkRegister(history)?.operation).toEqual(culprit);
  });

  test('says what it could have been', () => {
    const history = [write('a', 0, 10), write('b', 0, 10), write('c', 0, 1), read('c', 20, 21), read(null, 30, 31)];
    expect(checkRegister(history)).toMatchObject({ operation: read(null, 30, 31), possible: ['c'] });
  });
});

test('the same verdict as trying every order', () => {
  const moment = fc.integer({ min: 0, max: 8 });
  const operation = fc.record({ kind: fc.constantFrom('write', 'read'), of: fc.nat(3), from: moment, to: moment });
  const verdicts = { good: 0, bad: 0 };
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6 }), (drawn) => {
      let written = 0;
      const history = drawn.map(({ kind, of, from, to }) => {
        if (kind === 'read') return read([null, 'w0', 'w1', 'w2'][of] ?? null, Math.min(from, to), Math.max(from, to));
        return write(`w${written++}`, Math.min(from, to), of === 0 ? null : Math.max(from, to));
      });
      const expected = isLinearizable(history, null);
      verdicts[expected ? 'good' : 'bad'] += 1;
      expect(checkRegister(history) === null).toBe(expected);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(verdicts.good, verdicts.bad)).toBeGreaterThan(300);
});

describe('long histories', () => {
  test('50,000 operations of 6 clients on one key, a fiftieth of the writes unknown', () => {
    expect(checkRegister(longHistory(50_000))).toBeNull();
  });

  test('one stale read near the end of them is found', () => {
    const history = longHistory(50_000);
    const lastMs = Math.max(...history.map(({ completedMs }) => completedMs ?? 0));
    const old = history.find(({ kind, completedMs }) => kind === 'write' && completedMs !== null);
    const stale = read(old?.value ?? null, lastMs + 1, lastMs + 2);
    expect(checkRegister([...history, stale])?.operation).toEqual(stale);
  });
});

/** Wing & Gong as it stands in the paper: any operation that none precedes may be the first. */
function isLinearizable(left: readonly RegisterOperation[], value: string | null): boolean {
  if (left.every(({ completedMs }) => completedMs === null)) return true;
  return left.some((first) => {
    const isMinimal = left.every(({ completedMs }) => completedMs === null || completedMs >= first.invokedMs);
    if (!isMinimal || (first.kind === 'read' && first.value !== value)) return false;
    const rest = left.filter((operation) => operation !== first);
    return isLinearizable(rest, first.kind === 'write' ? first.value : value);
  });
}

/** What clients of a real register would see: each operation takes effect at some moment between its two ends. */
function longHistory(count: number): RegisterOperation[] {
  const random = seededRandom(7);
  const clients = Array.from({ length: 6 }, () => 0);
  const drawn = Array.from({ length: count }, (_, index) => {
    const client = index % clients.length;
    const invokedMs = (clients[client] ?? 0) + random.between(0, 5);
    const effectMs = invokedMs + random.between(0, 5);
    const completedMs = effectMs + random.between(0, 5);
    clients[client] = completedMs;
    const isWrite = random.between(0, 1) < 0.5;
    const isUnknown = isWrite && random.between(0, 1) < 0.02;
    return {
      index,
      isWrite,
      isUnknown,
      isDone: !isUnknown || random.between(0, 1) < 0.5,
      invokedMs,
      effectMs,
      completedMs,
    };
  });
  let value: string | null = null;
  return drawn
    .toSorted((a, b) => a.effectMs - b.effectMs)
    .map(({ index, isWrite, isUnknown, isDone, invokedMs, completedMs }) => {
      if (!isWrite) return read(value, invokedMs, completedMs);
      if (isDone) value = `v${index}`;
      return write(`v${index}`, invokedMs, isUnknown ? null : completedMs);
    });
}
