import { describe, expect, test } from 'vitest';
import type { LinkSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import { logsPanel } from '../../views/panels/logs.ts';
import { rowWidth } from '../../views/row.ts';
import { type Span, textOf } from '../../views/span.ts';
import type { Dashboard, DroppedTail } from '../../views/state.ts';
import { termTone } from '../../views/term-tone.ts';
import { linesOf, pictureOf } from './views-drawing.ts';
import { changed, pressed, running, snapshotChange } from './views-fakes.ts';
import { lagOf, logOf } from './views-log-fakes.ts';

const DOWN = { process: 'down', role: null, lag: null } as const;
const LEADS = { role: 'leader' } as const;

function draw(dashboard: Dashboard, width: number, height: number): string[] {
  const { rows } = pictureOf('logs', dashboard, width, height);
  for (const row of rows) expect(rowWidth(row)).toBeLessThanOrEqual(width);
  return linesOf(rows);
}

const asideOf = (dashboard: Dashboard): string => textOf(logsPanel(dashboard, 60, 6, null).aside);

const withDropped = (dashboard: Dashboard, ...dropped: readonly DroppedTail[]): Dashboard => ({
  ...dashboard,
  seen: { ...dashboard.seen, dropped },
});

const n = (number: number) => replicaId(`n${number}`);

/** n1 leads term 2, which began at 12; n3 lags. */
const BUSY = running(
  { term: 2 },
  {
    n1: logOf({ 1: 1, 2: 12 }, 28, 27, 25),
    n2: { ...logOf({ 1: 1, 2: 12 }, 26, 26, 24), ...lagOf(2, 2) },
    n3: { ...logOf({ 1: 1, 2: 12 }, 19, 18, 17), ...lagOf(9, 4) },
  },
);

/** n1 died with 12 to 16 of term 1 on nobody else; n2 leads term 2. */
const TAIL = running(
  { term: 2, leader: n(2) },
  {
    n1: { ...logOf({ 1: 1 }, 16, 15, 11), ...DOWN },
    n2: { ...logOf({ 1: 1, 2: 12 }, 20), ...LEADS },
    n3: logOf({ 1: 1, 2: 12 }, 20, 20, 19),
  },
);

describe('the logs', () => {
  test('every entry is a cell: how safe it is, on its way, or missing; the digit of a term stands where it begins', () => {
    expect(draw(BUSY, 65, 5)).toEqual([
      '       ┊1       ┊10       ┊20  ✓25 committed',
      '▸ n1 ● 1██████████2█████████████▓▓▒',
      '  n2 ○ 1██████████2████████████▓▓››',
      '  n3 ○ 1██████████2█████▓▒››››·····',
      '█ committed  ▓ on disk  ▒ not yet  › coming  ▚ diverged  2 term',
    ]);
  });

  test('the colour is the term’s', () => {
    const row = logsPanel(BUSY, 65, 5, null).rows[3] ?? [];
    const tones = row.slice(3).map(({ text, tone }) => [text.trim(), tone]);
    expect(tones).toEqual([
      ['1', termTone(1)],
      ['██████████', termTone(1)],
      ['2', termTone(2)],
      ['█████▓▒', termTone(2)],
      ['››››', termTone(2)],
      ['·····', 'quiet'],
      ['', 'plain'],
    ]);
  });

  test('a tail that the leader’s history lacks looks different', () => {
    expect(draw(TAIL, 65, 4)).toEqual([
      '       ┊1       ┊10       ✓20 committed',
      '▸ n1 ✗ 1██████████▚▚▚▚▚····',
      '  n2 ● 1██████████2████████',
      '  n3 ○ 1██████████2███████▓',
    ]);
  });

  test('what has left a log has no cells: it is said up to where its snapshot goes', () => {
    const folded = running(
      { term: 2 },
      {
        n1: { ...logOf({ 1: 1, 2: 12 }, 28), baseLsn: 20 },
        n2: { ...logOf({ 1: 1, 2: 12 }, 28), baseLsn: 5 },
        n3: logOf({ 1: 1, 2: 12 }, 28),
      },
    );
    expect(draw(folded, 65, 4).slice(1)).toEqual(
      [
        '▸ n1 ● snapshot to 20 ┈┈┈┈┈2███████',
        '  n2 ○ ┈┈┈┈┈1█████2████████████████',
        '  n3 ○ 1██████████2████████████████',
      ].map((row) => row.trimEnd()),
    );
    // The cursor shows where it is, also there.
    const at = pressed({ ...folded, recent: ['logs'] }, 'home');
    expect(at.cursor).toBe(1);
    expect(draw(at, 65, 4)[1]).toBe('▸ n1 ● ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈2███████');
  });

  test('also one that goes on beyond the leader’s end, and one of a term of its own', () => {
    const cutOff = running(
      { term: 3, leader: n(2) },
      {
        n1: logOf({ 1: 1 }, 9, 9, 3),
        n2: { ...logOf({ 1: 1, 3: 4 }, 5), ...LEADS },
        n3: { ...logOf({ 1: 1, 2: 4 }, 4, 4, 3), ...lagOf(2, 1) },
      },
    );
    expect(draw(cutOff, 65, 4).slice(1)).toEqual(['▸ n1 ● 1██▚▚▚▚▚▚', '  n2 ● 1██3█', '  n3 ○ 1██▚·']);
  });

  test('what has arrived, as the leader knows, but is not told yet, is no gap; of one that is down nothing is on its way', () => {
    const early = (process: 'up' | 'down') =>
      running({}, { n1: logOf({ 1: 1 }, 9), n2: { ...logOf({ 1: 1 }, 4, 4, 3), ...lagOf(2, 1), process } });
    expect(draw(early('up'), 65, 4)[2]).toBe('  n2 ○ 1██▓››››·');
    expect(draw(early('down'), 65, 4)[2]).toBe('  n2 ✗ 1██▓·····');
  });

  test('a status that is newer than the leader’s makes nobody astray', () => {
    const ahead = running({}, { n1: logOf({ 1: 1 }, 5, 5, 3), n2: logOf({ 1: 1 }, 7, 7, 3) });
    expect(draw(ahead, 65, 4)[2]).toBe('  n2 ○ 1██▓▓▓▓');
  });

  test('while nobody leads, each shows its own numbers, and what is committed excludes', () => {
    const electing = running(
      { term: 3, leader: null },
      {
        n1: { ...logOf({ 1: 1 }, 6, 6, 3), role: 'follower', lag: null },
        n2: { ...logOf({ 1: 1, 2: 4 }, 8, 7, 6), role: 'candidate', lag: null },
        n3: { ...logOf({ 1: 1, 2: 4 }, 5, 5, 5), lag: null },
      },
    );
    expect(draw(electing, 65, 4).slice(1)).toEqual(['▸ n1 ○ 1██▚▚▚', '  n2 ◐ 1██2██▓▒', '  n3 ○ 1██2█·']);
  });

  test('what was rolled back is seen in its old place, while that is in the window', () => {
    const rolled = withDropped(BUSY, { id: n(3), firstLsn: 15, lastLsn: 17 }, { id: n(1), firstLsn: 12, lastLsn: 12 });
    expect(draw(rolled, 65, 6)).toEqual([
      '       ┊1       ┊10       ┊20  ✓25 committed',
      '▸ n1 ● 1██████████2█████████████▓▓▒',
      '                  ✗ dropped 12',
      '  n2 ○ 1██████████2████████████▓▓››',
      '  n3 ○ 1██████████2█████▓▒››››·····',
      '                     ✗✗✗ dropped 15 to 17',
    ]);
    expect(draw(rolled, 65, 5)[2]).toBe('                  ✗ dropped 12');
    expect(draw(rolled, 65, 5)).toHaveLength(5);
    expect(draw(rolled, 65, 4).join()).not.toContain('dropped');
    expect(draw(withDropped(BUSY, { id: n(1), firstLsn: 90, lastLsn: 99 }), 65, 6).join()).not.toContain('dropped');
  });

  test.each([
    [40, 48, `${' '.repeat(29)}dropped 40 to 48 ✗✗✗✗✗✗✗✗✗`],
    [3, 48, `         ✗ dropped 3 to 48 ${'✗'.repeat(28)}`],
    [46, 300, `${' '.repeat(34)}dropped 46 to 300 ✗✗✗✗`],
  ])('words for what was dropped from %i to %i find room', (firstLsn, lastLsn, line) => {
    const rolled = withDropped(running({}, { n1: logOf({ 1: 1 }, 49) }), { id: n(1), firstLsn, lastLsn });
    expect(draw(rolled, 56, 6)[2]).toBe(line);
  });

  test('a replica that starts anew fills up from behind', () => {
    const filling = (lsn: number, inFlight: number, links: readonly LinkSnapshot[] = []): string | undefined =>
      draw(
        running(
          { links },
          { n1: logOf({ 1: 1 }, 30), n3: { ...logOf({ 1: 1 }, lsn, lsn, 0), ...lagOf(30 - lsn, inFlight) } },
        ),
        56,
        4,
      )[3];
    expect(filling(10, 8)).toBe('  n3 ○ 1▓▓▓▓▓▓▓▓▓››››››››············');
    // What is sent into a cut link is not on its way.
    const cut = { from: replicaId('n1'), to: replicaId('n3'), cut: true, delayMs: 0, dropPercent: 0 };
    expect(filling(10, 8, [cut])).toBe('  n3 ○ 1▓▓▓▓▓▓▓▓▓····················');
    expect(filling(24, 6)).toBe('  n3 ○ 1▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓››››››');
    const empty = (inFlight: number) =>
      running({}, { n1: logOf({ 1: 1 }, 40), n3: { ...logOf({}, 0), ...lagOf(40, inFlight) } });
    expect(draw(empty(0), 56, 4)[3]).toBe('  n3 ○ no entries yet, 40 behind ··············');
    expect(draw(empty(30), 56, 4)[3]).toBe('  n3 ○ ››››››››››››››››››››››››››››››··········');
  });

  test('a cluster without entries, and a replica that nobody has heard of, say so', () => {
    const silent = { role: null, lag: null, heartbeatAgeMs: null } as const;
    const none = running(
      { term: 0, leader: null },
      { n1: logOf({}, 0), n2: logOf({}, 0), n3: { ...logOf({}, 0), ...silent } },
    );
    expect(draw(none, 56, 4)).toEqual([
      '',
      '▸ n1 ● no entries yet',
      '  n2 ○ no entries yet',
      '  n3 · not heard of yet',
    ]);
  });

  test('what is further back than a replica tells of its lineage is drawn without a term', () => {
    expect(draw(running({ term: 40 }, { n1: logOf({ 40: 5 }, 7) }), 56, 4)[1]).toBe('▸ n1 ● ░░░░0██');
  });
});

describe('the room', () => {
  test('at 56 columns, at 80 with positions, at 150', () => {
    expect(draw(BUSY, 56, 5).slice(-2)).toEqual([
      '  n3 ○ 1██████████2█████▓▒››››·····',
      '█ committed  ▓ on disk  › coming  ▚ diverged  2 term',
    ]);
    expect(draw(BUSY, 80, 4)[3]).toBe(`  n3 ○ 1██████████2█████▓▒››››·····${' '.repeat(41)}2:19`);
    expect(draw(BUSY, 150, 7).slice(4)).toEqual([
      '',
      "█ committed  ▓ on disk  ▒ not on disk yet  › on its way  · missing  ▚ not in the leader's log  2 a term begins",
    ]);
  });

  test('of nine replicas in five rows the selected one is seen; with room, all', () => {
    const logs = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`n${i + 1}`, { ...logOf({ 1: 1 }, 20 - i), ...lagOf(i) }]),
    );
    const nine = { ...running({}, logs, 9), selected: n(7) };
    expect(draw(nine, 56, 5)).toEqual([
      '       ┊1       ┊10       ✓20 committed',
      '  n5 ○ 1███████████████····',
      '  n6 ○ 1██████████████·····',
      '▸ n7 ○ 1█████████████······',
      '  n8 ○ 1████████████·······',
    ]);
    expect(textOf(logsPanel(nine, 56, 5, null).aside)).toBe('5-8 of 9, ↑↓  newest 20');
    expect(draw(nine, 56, 10)).toHaveLength(10);
    expect(draw(nine, 56, 2).map((line) => line.slice(0, 4))).toEqual(['  n6', '▸ n7']);
  });

  test('a million entries', () => {
    const far = running(
      { term: 14 },
      {
        n1: logOf({ 12: 1, 13: 999_000, 14: 1_000_020 }, 1_000_033, 1_000_030, 1_000_030),
        n2: { ...logOf({ 12: 1, 13: 999_000, 14: 1_000_020 }, 1_000_031, 1_000_031, 1_000_029), ...lagOf(2, 1) },
        n3: { ...logOf({ 12: 1 }, 345_678), ...lagOf(654_355) },
      },
    );
    expect(draw(far, 56, 4)).toEqual([
      '       ┊999991  ┊1000000  ┊1000010  ┊1000020  ✓1000030',
      '▸ n1 ● 3████████████████████████████4██████████▒▒▒',
      '  n2 ○ 3████████████████████████████4█████████▓▓›·',
      '  n3 ○ ← ends at 12:345678, 654355 behind ········',
    ]);
    const sending = running({}, { n1: logOf({ 1: 1 }, 900), n2: { ...logOf({ 1: 1 }, 7), ...lagOf(893, 890) } });
    expect(draw(sending, 56, 4)[2]).toBe('  n2 ○ ← ends at 1:7, 893 behind ›››››››››››···');
    expect(draw(far, 80, 4)[1]).toBe(
      '▸ n1 ● 3██████████████████████████████████████4██████████▒▒▒          14:1000033',
    );
  });
});

describe('the window', () => {
  const at = (newest: number): Dashboard => running({}, { n1: logOf({ 1: 1 }, newest), n2: logOf({ 1: 1 }, newest) });
  /** The LSN in the first column: what a click there goes to. */
  const firstOf = (dashboard: Dashboard): unknown => {
    const command = logsPanel(dashboard, 56, 4, null).click?.(7, 1);
    return command?.type === 'point' ? command.lsn : null;
  };

  test('follows the newest entry in steps: in between, nothing moves', () => {
    expect([49, 50, 59, 60].map((newest) => firstOf(at(newest)))).toEqual([1, 11, 11, 21]);
    expect(draw(at(50), 56, 4)[1]).toBe(`▸ n1 ● 1${'█'.repeat(39)}`);
    expect(draw(at(59), 56, 4)[1]).toBe(`▸ n1 ● 1${'█'.repeat(48)}`);
    expect(asideOf(at(59))).toBe('newest 59');
  });

  test('with a cursor it stays, while more is written', () => {
    const marked = pressed({ ...at(59), recent: ['logs', ...at(59).recent] }, 'left', 'left', 'left');
    expect(draw(marked, 56, 4).slice(0, 2)).toEqual([
      '       ┊11      ┊20       ┊30       ┊40       ┊50    ▼57',
      `▸ n1 ● 1${'█'.repeat(45)}1██`,
    ]);
    expect(asideOf(marked)).toBe('LSN 57 · Enter opens, End follows');
    const later = step(marked, changed(snapshotChange({}, { n1: logOf({ 1: 1 }, 500) }))).dashboard;
    expect(draw(later, 56, 4)[1]).toBe(draw(marked, 56, 4)[1]);
    expect(firstOf(pressed(later, 'end'))).toBe(461);
  });

  test('is turned like a page when the cursor leaves it', () => {
    const marked = pressed({ ...at(200), recent: ['logs', ...at(200).recent] }, 'left');
    const firsts = [200, 161, 160, 112, 111, 62, 1].map((cursor) => firstOf({ ...marked, cursor }));
    expect(firsts).toEqual([161, 161, 112, 112, 63, 14, 1]);
  });

  test('the cell under the cursor is inverse, and in the selected row alone', () => {
    const { rows } = logsPanel({ ...BUSY, selected: n(2), cursor: 20, cursorFrom: 28 }, 65, 4, null);
    expect(rows.map((row) => row.find(isCursor)?.text)).toEqual([undefined, undefined, '2', undefined]);
    expect(textOf(rows[0] ?? [])).toContain('▼20');
    // Missing there, it is where the cursor is all the same.
    const { rows: others } = logsPanel({ ...BUSY, selected: n(3), cursor: 26, cursorFrom: 28 }, 65, 4, null);
    expect(others[3]?.find(isCursor)?.text).toBe('·');
  });

  const isCursor = ({ inverse, tone }: Span): boolean => inverse && tone === 'plain';
});

describe('a click', () => {
  const clickAt = (dashboard: Dashboard, x: number, y: number) => logsPanel(dashboard, 65, 6, null).click?.(x, y);

  test('goes to the entry', () => {
    expect(clickAt(BUSY, 7, 1)).toEqual({ type: 'point', replica: 'n1', lsn: 1 });
    expect(clickAt(BUSY, 7 + 25, 3)).toEqual({ type: 'point', replica: 'n3', lsn: 26 });
  });

  test('on a name, or where no log goes, selects the replica', () => {
    expect(clickAt(BUSY, 2, 2)).toEqual({ type: 'select', digit: 2 });
    expect(clickAt(BUSY, 60, 2)).toEqual({ type: 'select', digit: 2 });
  });

  test('below what was dropped is the next replica; ruler and legend are nobody’s', () => {
    const rolled = withDropped(BUSY, { id: n(1), firstLsn: 12, lastLsn: 12 });
    expect(clickAt(rolled, 7, 3)).toEqual({ type: 'point', replica: 'n2', lsn: 1 });
    expect(clickAt(rolled, 7, 0)).toBeNull();
    expect(clickAt(rolled, 7, 5)).toBeNull();
  });
});
