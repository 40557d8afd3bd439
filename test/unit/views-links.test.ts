import { describe, expect, test } from 'vitest';
import type { LinkSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { textOf } from '../../views/span.ts';
import { type Dashboard, INITIAL } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { panel, pictureOf } from './views-drawing.ts';
import { running } from './views-fakes.ts';

const link = (from: number, to: number, fault: Partial<LinkSnapshot>): LinkSnapshot => ({
  from: replicaId(`n${from}`),
  to: replicaId(`n${to}`),
  cut: false,
  delayMs: 0,
  dropPercent: 0,
  ...fault,
});
const both = (a: number, b: number, fault: Partial<LinkSnapshot>) => [link(a, b, fault), link(b, a, fault)];
const cut = { cut: true };

interface Given {
  readonly links?: readonly LinkSnapshot[];
  readonly replicas?: Readonly<Record<string, Partial<ReplicaSnapshot>>>;
  readonly count?: number;
  readonly selected?: string;
}
const linked = ({ links = [], replicas = {}, count = 3, selected = 'n1' }: Given): Dashboard => ({
  ...running({ links }, replicas, count),
  selected: replicaId(selected),
});
const draw = (given: Given, width: number, height: number): string[] => panel('links', linked(given), width, height);

describe('the matrix', () => {
  test('all whole: who reaches whom, and how to break it', () => {
    expect(draw({}, 60, 5)).toEqual([
      'from ↓ to →  n1     n2     n3',
      '▸ n1         ·      ✓      ✓      ● leader',
      '  n2         ✓      ·      ✓      ○ follower',
      '  n3         ✓      ✓      ·      ○ follower',
      'all links whole: c cuts, d delays the selected replica',
    ]);
    expect(draw({}, 38, 5).at(-1)).toBe('all links whole: c cuts, d delays');
  });

  test('cut, delayed, dropping, and both, one way or both ways', () => {
    const links = [
      ...both(1, 2, cut),
      link(2, 3, { delayMs: 200 }),
      link(3, 2, { dropPercent: 30 }),
      link(1, 3, { delayMs: 1500, dropPercent: 5 }),
    ];
    expect(draw({ links }, 76, 6)).toEqual([
      'from ↓ to →  n1        n2        n3',
      '▸ n1         ·         ✗ cut     ~1500 %5  ● leader',
      '  n2         ✗ cut     ·         ~200      ○ follower',
      '  n3         ✓         %30       ·         ○ follower',
      'n1 ⇄ n2 cut · n1 → n3 delayed 1500 ms, drops 5% · n2 → n3 delayed 200 ms',
      'n3 → n2 drops 30% · ~ delayed (ms) · % dropped',
    ]);
  });

  test('a cell says what fits into it, down to a glyph for each fault', () => {
    const links = [link(1, 2, { delayMs: 200, dropPercent: 30 }), link(1, 3, { delayMs: 60_000 }), ...both(2, 3, cut)];
    const first = (count: number, width: number) => draw({ links, count }, width, 12)[1];
    expect(first(3, 47)).toBe('▸ n1         ·         ~200 %30  ~60000');
    expect(first(3, 38)).toBe('▸ n1         ·      ~%     ~60s');
    expect(first(9, 47)).toBe('▸ n1 ·   ~%  ~60s✓   ✓   ✓   ✓   ✓   ✓'.replace('~60s', '~   '));
    expect(first(9, 34)).toBe('▸n1 ·  ~% ~  ✓  ✓  ✓  ✓  ✓  ✓');
  });

  test('nine replicas in 34 columns: aligned, nothing lost, and what the glyphs mean', () => {
    const links = [...both(1, 2, cut), link(2, 9, { delayMs: 200, dropPercent: 30 })];
    const replicas = { n3: { process: 'down' } } as const;
    const lines = draw({ links, replicas, count: 9, selected: 'n2' }, 34, 14);
    expect(lines).toEqual([
      '↓→  n1 n2 n3 n4 n5 n6 n7 n8 n9',
      ' n1 ·  ✗  –  ✓  ✓  ✓  ✓  ✓  ✓',
      '▸n2 ✗  ·  –  ✓  ✓  ✓  ✓  ✓  ~%',
      ' n3 –  –  ·  –  –  –  –  –  –',
      ' n4 ✓  ✓  –  ·  ✓  ✓  ✓  ✓  ✓',
      ' n5 ✓  ✓  –  ✓  ·  ✓  ✓  ✓  ✓',
      ' n6 ✓  ✓  –  ✓  ✓  ·  ✓  ✓  ✓',
      ' n7 ✓  ✓  –  ✓  ✓  ✓  ·  ✓  ✓',
      ' n8 ✓  ✓  –  ✓  ✓  ✓  ✓  ·  ✓',
      ' n9 ✓  ✓  –  ✓  ✓  ✓  ✓  ✓  ·',
      'n1 ⇄ n2 cut',
      'n2 → n9 delayed 200 ms, drops 30%',
      '– one of the two is down or paused',
      '✗ cut · ~ delayed (ms) · % dropped',
    ]);
  });

  test('columns stay where they are as faults come and go', () => {
    const faulty = { links: [...both(1, 2, { delayMs: 12_345, dropPercent: 99 }), ...both(1, 3, cut)] };
    for (const width of [34, 38, 47, 60, 76, 116]) {
      for (const count of [2, 3, 5, 9]) {
        expect(draw({ ...faulty, count }, width, 12)[0]).toBe(draw({ count }, width, 12)[0]);
        for (const line of draw({ ...faulty, count }, width, 12)) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  test('the row and the column of the selected replica are emphasised', () => {
    const { rows } = pictureOf('links', linked({ selected: 'n2' }), 38, 5);
    expect(rows.slice(0, 4).map((row) => row.slice(1, 4).map(({ bold }) => bold))).toEqual([
      [false, true, false],
      [false, true, false],
      [true, true, true],
      [false, true, false],
    ]);
    expect(textOf(rows[2] ?? [])).toMatch(/^▸ n2/);
  });

  test('down and paused: nobody is reached, which is no fault of the link; a fault is seen all the same', () => {
    const replicas = { n2: { process: 'paused' }, n3: { process: 'down' } } as const;
    expect(draw({ replicas, links: both(1, 3, cut) }, 76, 6)).toEqual([
      'from ↓ to →  n1        n2        n3',
      '▸ n1         ·         –         ✗ cut     ● leader',
      '  n2         –         ·         –         ‖ paused',
      '  n3         ✗ cut     –         ·         ✗ down',
      'n1 ⇄ n3 cut · – one of the two is down or paused',
    ]);
  });
});

describe('beside the matrix', () => {
  const note = (replica: Partial<ReplicaSnapshot>) => draw({ replicas: { n2: replica } }, 60, 5)[2]?.slice(34);

  test('how the leader hears of a follower, if that is known', () => {
    expect(note({})).toBe('○ follower');
    expect(note({ lag: { entries: 12, bytes: 900, ms: 40 } })).toBe('○ follower, 12 behind');
    expect(note({ lag: null })).toBe('○ follower, unheard by n1');
    expect(note({ heartbeatAgeMs: 1200 })).toBe('○ follower, late 1.2s');
  });
});

describe('the faults in words', () => {
  const words = (given: Given) => draw(given, 200, 12).slice(1 + (given.count ?? 3));

  test('a replica that is cut off is told in one go', () => {
    expect(words({ links: [...both(1, 2, cut), ...both(2, 3, cut)] })).toEqual(['n2 ⇄ all cut']);
    const twoCut = [...both(1, 2, cut), ...both(1, 3, cut), ...both(2, 3, cut)];
    expect(words({ links: twoCut })).toEqual(['n1 ⇄ all cut · n2 ⇄ n3 cut']);
  });

  test('unlike directions are told apart, and a cut hides what else is wrong', () => {
    const links = [link(2, 1, { delayMs: 200 }), link(1, 2, { cut: true, delayMs: 200 })];
    expect(words({ links })).toEqual(['n1 → n2 cut · n2 → n1 delayed 200 ms · ~ delayed (ms)']);
    expect(words({ links: both(1, 2, cut), count: 2 })).toEqual(['n1 ⇄ n2 cut']);
  });

  test('how many are faulty stands in the title', () => {
    expect(textOf(pictureOf('links', linked({ links: both(1, 2, cut) }), 38, 4).aside)).toBe('2 of 6 faulty');
    expect(pictureOf('links', linked({}), 38, 4).aside).toEqual([]);
  });
});

describe('room', () => {
  test('too few rows: those around the selected replica, and where they are', () => {
    const given = { count: 9, selected: 'n6' };
    const lines = draw(given, 60, 4);
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['↓ to', '  n5', '▸ n6', '  n7']);
    expect(textOf(pictureOf('links', linked(given), 60, 4).aside)).toBe('5-7 of 9, ↑↓');
  });

  test('nothing to draw yet, or nothing to link', () => {
    expect(panel('links', INITIAL, 40, 5)).toEqual(['no replica has been heard of yet']);
    expect(draw({ count: 1 }, 40, 5)).toEqual(['one replica alone has no links']);
  });
});

test('a click on a row or on the head of a column selects that replica', () => {
  const { click } = pictureOf('links', linked({ count: 9, selected: 'n6' }), 60, 4);
  const at = (x: number, y: number) => click?.(x, y);
  expect(at(0, 1)).toEqual({ type: 'select', digit: 5 });
  expect(at(30, 3)).toEqual({ type: 'select', digit: 7 });
  expect(at(8, 0)).toEqual({ type: 'select', digit: 1 });
  expect(at(8 + 5 * 8, 0)).toEqual({ type: 'select', digit: 9 });
  expect(at(2, 0)).toBeNull();
  expect(at(59, 0)).toBeNull();
  expect(at(3, 9)).toBeNull();
});
