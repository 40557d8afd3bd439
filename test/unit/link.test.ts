// One direction of a link, on a clock of the test's.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Link } from '../../core/replica/link.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function linkTo(arrived: string[]): Link<string> {
  return new Link((message) => arrived.push(message));
}

test('whole: at once, in order', () => {
  const arrived: string[] = [];
  const link = linkTo(arrived);
  link.send('a');
  link.send('b');
  expect(arrived).toEqual(['a', 'b']);
});

test('delayed: later, in order, also when the delay shrinks meanwhile', () => {
  const arrived: string[] = [];
  const link = linkTo(arrived);
  link.faults = { cut: false, delayMs: 100, dropPercent: 0 };
  link.send('a');
  vi.advanceTimersByTime(50);
  link.send('b');
  link.faults = { cut: false, delayMs: 0, dropPercent: 0 };
  link.send('c');
  expect(arrived).toEqual([]);
  vi.advanceTimersByTime(60);
  expect(arrived).toEqual(['a']);
  vi.advanceTimersByTime(60);
  expect(arrived).toEqual(['a', 'b', 'c']);
  link.send('d');
  expect(arrived).toEqual(['a', 'b', 'c', 'd']);
});

test('cut: nothing arrives, not even what was under way', () => {
  const arrived: string[] = [];
  const link = linkTo(arrived);
  link.faults = { cut: false, delayMs: 100, dropPercent: 0 };
  link.send('a');
  link.faults = { cut: true, delayMs: 100, dropPercent: 0 };
  link.send('b');
  vi.advanceTimersByTime(1000);
  link.faults = { cut: false, delayMs: 0, dropPercent: 0 };
  link.send('c');
  expect(arrived).toEqual(['c']);
});

test('dropping: as often as it says', () => {
  const arrived: string[] = [];
  const link = linkTo(arrived);
  const draws = [0.05, 0.2, 0.099, 0.1];
  vi.spyOn(Math, 'random').mockImplementation(() => draws.shift() ?? 0);
  link.faults = { cut: false, delayMs: 0, dropPercent: 10 };
  for (const message of ['a', 'b', 'c', 'd']) link.send(message);
  expect(arrived).toEqual(['b', 'd']);
});
