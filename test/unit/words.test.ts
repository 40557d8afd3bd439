import { expect, test } from 'vitest';
import { count, formatMs } from '../../core/observe/words.ts';

test.each([
  [0, 'entry', '0 entries'],
  [1, 'entry', '1 entry'],
  [2, 'entry', '2 entries'],
  [1, 'write', '1 write'],
  [3, 'write', '3 writes'],
])('%i of %s is %s', (amount, noun, words) => {
  expect(count(amount, noun)).toBe(words);
});

test.each([
  [0, '0 ms'],
  [0.42, '0.4 ms'],
  [12.4, '12 ms'],
  [1019.047, '1019 ms'],
])('a duration has one decimal at most: %d is %s', (ms, words) => {
  expect(formatMs(ms)).toBe(words);
});
