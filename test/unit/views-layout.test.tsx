import { describe, expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { tableOf } from '../../views/columns.ts';
import { footerRows } from '../../views/footer.tsx';
import { clip, formatAge, formatBytes, formatMs } from '../../views/format.ts';
import { fits, layout, pack } from '../../views/layout.ts';
import { textOf } from '../../views/span.ts';
import { snapshotOf } from './views-fakes.ts';

describe('layout', () => {
  test('fills every window that fits exactly, whatever it has to show', () => {
    for (let rows = 20; rows <= 80; rows++) {
      for (let replicas = 0; replicas <= 9; replicas++) {
        for (const footer of [1, 2]) {
          const parts = layout(rows, replicas, footer);
          // Header, table head, token, outcomes, fates and notice are always there.
          const fixed = 2 + 1 + 1 + 1 + 1 + 1 + Math.max(1, replicas) + footer;
          const { promise, titles, writeRows, readRows, eventRows } = parts;
          expect({ parts, sum: fixed + (promise ? 1 : 0) + titles + writeRows + readRows + eventRows }).toEqual({
            parts,
            sum: rows,
          });
          expect(eventRows).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });

  test('what explains gives way first, then the events; the replicas never', () => {
    expect(layout(20, 9, 2)).toEqual({ promise: false, titles: 0, writeRows: 1, readRows: 1, eventRows: 0 });
    expect(layout(20, 3, 2)).toEqual({ promise: true, titles: 0, writeRows: 2, readRows: 3, eventRows: 2 });
    expect(layout(24, 3, 2)).toEqual({ promise: true, titles: 3, writeRows: 2, readRows: 3, eventRows: 3 });
    expect(layout(40, 3, 1)).toMatchObject({ titles: 3, eventRows: 20 });
  });

  test('60×20 is the smallest window', () => {
    expect([fits({ columns: 60, rows: 20 }), fits({ columns: 59, rows: 20 }), fits({ columns: 60, rows: 19 })]).toEqual(
      [true, false, false],
    );
  });
});

describe('the replica table', () => {
  const heads = (width: number) =>
    textOf(tableOf(snapshotOf(), null, width).head)
      .trim()
      .split(/\s{2,}/);

  test('shows the columns that matter most, as many as fit', () => {
    expect(heads(200)).toEqual('role,term,position,lsn,durable,committed,lag,lag bytes,lag ms'.split(','));
    expect(heads(98)).toEqual(heads(200));
    expect(heads(97)).toEqual(heads(200).filter((title) => title !== 'lsn'));
    expect(heads(79)).toEqual('role,term,position,durable,committed,lag,lag ms'.split(','));
    expect(heads(59)).toEqual('role,term,position,durable,committed,lag'.split(','));
    expect(heads(57)).toEqual('role,position,durable,committed,lag'.split(','));
  });

  const full = snapshotOf(
    { term: 12 },
    {
      n1: { position: '12:1234567', lsn: 1234567, durableLsn: 1234560, committedLsn: 1234559, term: 12 },
      n2: { lag: { entries: 1203, bytes: 84_210, ms: 1200 }, heartbeatAgeMs: 1300, role: 'candidate' },
      n3: { process: 'down', role: null },
    },
    9,
  );

  test('is aligned at any width, and never wider', () => {
    for (let width = 57; width <= 140; width++) {
      const { head, rows } = tableOf(full, replicaId('n2'), width);
      const lengths = [head, ...rows].map((row) => textOf(row).length);
      expect(new Set(lengths).size).toBe(1);
      expect(lengths[0]).toBeLessThanOrEqual(width);
    }
  });

  test('right-aligned figures end under their titles', () => {
    const { head, rows } = tableOf(full, replicaId('n2'), 140);
    const end = textOf(head).indexOf('committed') + 'committed'.length;
    expect(textOf(rows[0] ?? []).slice(0, end)).toMatch(/ 1234559$/);
    expect(textOf(rows[1] ?? []).slice(0, end)).toMatch(/ 1$/);
  });

  test('each row', () => {
    const { rows } = tableOf(full, replicaId('n2'), 140);
    const words = rows.slice(0, 3).map((row) =>
      textOf(row)
        .trim()
        .replace(/\s{2,}/g, ' | '),
    );
    expect(words).toEqual([
      'n1 | ● leader | 12 | 12:1234567 | 1234567 | 1234560 | 1234559 | – | – | –',
      '▸ n2 | ◐ candidate | 1 | 1:1 | 1 | 1 | 1 | 1203 | 84.2k | 1200 | late 1.3s',
      'n3 | ✗ down | 1 | 1:1 | 1 | 1 | 1 | 0 | 0 | – | press 3, s',
    ]);
    const { rows: selected } = tableOf(full, replicaId('n3'), 140);
    expect(textOf(selected[2] ?? [])).toMatch(/^▸ n3 .* s to start$/);
  });

  test.each([
    [{ process: 'up', role: 'leader' }, '● ex-leader'],
    [{ process: 'up', role: 'follower' }, '○ follower'],
    [{ process: 'up', role: null }, '· starting'],
    [{ process: 'paused', role: 'leader' }, '‖ paused'],
    [{ process: 'down', role: 'leader' }, '✗ down'],
  ] as const)('%o is shown as %s', (replica, words) => {
    expect(textOf(tableOf(snapshotOf({}, { n2: replica }), null, 100).rows[1] ?? [])).toContain(words);
  });
});

describe('the footer', () => {
  const words = (count: number) => Array.from({ length: count }, (_, i) => ({ keys: `${i}`, words: 'does it' }));

  test('takes as few rows as it can, balanced', () => {
    expect(footerRows(words(4), 42)).toHaveLength(1);
    expect(footerRows(words(4), 41).map((row) => row.length)).toEqual([2, 2]);
  });

  test('packs whole items', () => {
    expect(pack([3, 3, 3], (width) => width, 2, 8)).toEqual([[3, 3], [3]]);
    expect(pack([3, 3, 3], (width) => width, 2, 13)).toEqual([[3, 3, 3]]);
    expect(pack([9], (width) => width, 2, 5)).toEqual([[9]]);
  });
});

test('figures', () => {
  expect([0, 999, 1000, 84_210, 999_949, 999_950, 3_400_000].map(formatBytes)).toEqual(
    '0 999 1.0k 84.2k 999.9k 1.0M 3.4M'.split(' '),
  );
  expect([400, 9900, 10_000, 119_000, 120_000].map(formatAge)).toEqual(['0.4s', '9.9s', '10s', '119s', '2m']);
  expect([0, 0.42, 9.96, 12.4].map(formatMs)).toEqual(['0 ms', '0.4 ms', '10.0 ms', '12 ms']);
  expect([clip('abc', 3), clip('abcd', 3), clip('💥💥💥', 2)]).toEqual(['abc', 'abc…', '💥💥…']);
});
