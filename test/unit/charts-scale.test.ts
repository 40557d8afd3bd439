import { describe, expect, test } from 'vitest';
import { brailleToAscii } from '../../views/charts/braille.ts';
import { agoText, shortNumber, topOf } from '../../views/charts/scale.ts';

describe('the scale', () => {
  const topFor = (values: (number | null)[], topMin = 1) =>
    topOf({ series: [{ name: 'a', tone: 'plain', values }], seconds: 120, topMin, unit: String });

  test.each([
    [[], 1],
    [[0, null], 1],
    [[1], 1],
    [[1.01], 2],
    [[3, 2], 5],
    [[5.5], 10],
    [[99], 100],
    [[100], 100],
    [[101], 200],
    [[350_000], 500_000],
  ])('for %j ends at %i', (values, top) => {
    expect(topFor(values)).toBe(top);
  });

  test('ends at no less than it is told', () => {
    expect(topFor([3], 10)).toBe(10);
    expect(topFor([0.03], 0.01)).toBe(0.05);
  });

  test.each([
    [0, '0'],
    [0.5, '0.5'],
    [2, '2'],
    [9.96, '10'],
    [123.4, '123'],
    [1000, '1k'],
    [2500, '2.5k'],
    [999_949, '999.9k'],
    [999_950, '1M'],
    [5_000_000, '5M'],
  ])('%f is %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  test('of the time is in minutes if they are whole', () => {
    expect([agoText(120), agoText(60), agoText(90), agoText(30)]).toEqual(['-2m', '-1m', '-90s', '-30s']);
  });
});

describe('braille in ASCII', () => {
  test.each([
    ['\u2800', ' '],
    ['⠉', "'"],
    ['⠒', '-'],
    ['⣀', '_'],
    ['⡠', '.'],
    ['⠊', "'"],
    ['⡇', '|'],
    ['⢸', '|'],
    ['⡰', '/'],
    ['⠱', '\\'],
    ['⣉', '='],
    ['⣿', '#'],
  ])('%s is %s', (braille, ascii) => {
    expect(brailleToAscii(braille)).toBe(ascii);
  });

  test('all of it is, one for one', () => {
    for (let dots = 0; dots <= 0xff; dots++) {
      expect(brailleToAscii(String.fromCodePoint(0x2800 + dots))).toMatch(/^[ -~]$/);
    }
  });

  test('and nothing else changes', () => {
    expect(['a', ' ', '━', '█', '\u27ff', '\u2900', '🙂'].map(brailleToAscii).join('')).toBe('a ━█\u27ff\u2900🙂');
  });
});
