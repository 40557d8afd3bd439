import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WatchRecord } from '../../core/observe/api.ts';
import { Publisher } from '../../core/router/publisher.ts';
import { snapshotOf } from './views-fakes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watcher that takes records while it is not slow. */
function watcher() {
  const terms: number[] = [];
  const it = {
    isSlow: false,
    terms,
    send: (record: WatchRecord): boolean => {
      if (!it.isSlow && record.type === 'snapshot') terms.push(record.snapshot.term);
      return !it.isSlow;
    },
  };
  return it;
}

test('who was too slow for the last snapshot gets it later, though nothing changes any more', () => {
  let term = 1;
  const publisher = new Publisher(() => snapshotOf({ term }));
  const [slow, quick] = [watcher(), watcher()];
  publisher.watch(slow);
  publisher.watch(quick);
  vi.advanceTimersByTime(100);
  slow.isSlow = true;
  for (term of [2, 3, 4]) vi.advanceTimersByTime(100);
  vi.advanceTimersByTime(1000);
  expect(quick.terms.at(-1)).toBe(4);
  expect(slow.terms.at(-1)).toBe(1);
  const told = quick.terms.length;
  slow.isSlow = false;
  vi.advanceTimersByTime(1000);
  expect(slow.terms.filter((each) => each > 1)).toEqual([4]);
  expect(quick.terms).toHaveLength(told);
});

test('who has left is told nothing', () => {
  let term = 1;
  const publisher = new Publisher(() => snapshotOf({ term }));
  const left = watcher();
  const leave = publisher.watch(left);
  left.isSlow = true;
  term = 2;
  vi.advanceTimersByTime(200);
  leave();
  left.isSlow = false;
  vi.advanceTimersByTime(200);
  expect(left.terms).toEqual([1]);
});
