import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareFreshness,
  formatPosition,
  lsn,
  ORIGIN,
  type Position,
  parsePosition,
  term,
} from '../../core/protocol/position.ts';

const at = (t: number, l: number): Position => ({ term: term(t), lsn: lsn(l) });
const positions = fc.tuple(fc.nat(50), fc.nat(50)).map(([t, l]) => at(t, l));

describe('parsePosition', () => {
  test('reads what formatPosition writes, up to fifteen digits each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 - 1 }), fc.integer({ min: 1, max: 1e15 - 1 }), (t, l) => {
        expect(parsePosition(formatPosition(at(t, l)))).toEqual(at(t, l));
      }),
    );
    expect(parsePosition('0:0')).toEqual(ORIGIN);
  });

  test.each([
    '',
    ':',
    '2',
    '2:',
    ':17',
    '2:17 ',
    ' 2:17',
    '2:17\n',
    '2:1:7',
    '-2:17',
    '2:1.5',
    '2:1e3',
    '0x2:17',
    '٢:١٧',
  ])('refuses %j', (text) => {
    expect(parsePosition(text)).toBeNull();
  });

  test.each(['1:9007199254740993', '9007199254740993:1'])('refuses %s: such a number would not stay whole', (text) => {
    expect(parsePosition(text)).toBeNull();
  });

  test('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('0', '7', ':', '-', ' ', 'e', '.', '٣', '\n', '\ud800') }),
        (text) => {
          const parsed = parsePosition(text);
          expect(parsed === null || /^\d+:\d+$/.test(text)).toBe(true);
        },
      ),
    );
  });
});

describe('compareFreshness', () => {
  test.each([
    ['2:1', '1:99', 'the later term wins over the longer log'],
    ['2:18', '2:17', 'within a term the longer log wins'],
    ['1:1', '0:0', 'anything wins over nothing'],
  ])('%s is fresher than %s: %s', (fresher, staler) => {
    const [a, b] = [parsePosition(fresher) as Position, parsePosition(staler) as Position];
    expect(compareFreshness(a, b)).toBeGreaterThan(0);
    expect(compareFreshness(b, a)).toBeLessThan(0);
  });

  test('orders all positions, and only equals are equal', () => {
    fc.assert(
      fc.property(positions, positions, positions, (a, b, c) => {
        expect(Math.sign(compareFreshness(a, b))).toBe(0 - Math.sign(compareFreshness(b, a)));
        expect(compareFreshness(a, b) === 0).toBe(formatPosition(a) === formatPosition(b));
        if (compareFreshness(a, b) <= 0 && compareFreshness(b, c) <= 0) {
          expect(compareFreshness(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
