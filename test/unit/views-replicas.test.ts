// The replica table: what is told of each, in which columns, and how nine of them fit where three do.
import { describe, expect, test } from 'vitest';
import type { LinkSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import type { Dashboard } from '../../views/state.ts';
import { panel, pictureOf } from './views-drawing.ts';
import { pressed, running } from './views-fakes.ts';
import { typical } from './views-typical.ts';

const table = (dashboard: Dashboard, width: number, height = 12) => panel('replicas', dashboard, width, height);

/** The titles of the columns at this width. */
const columnsAt = (width: number): string[] =>
  (table(typical, width)[0] ?? '').split(/ {2,}/).filter((title) => title !== '');

describe('columns come as the window grows, the most telling ones first', () => {
  test.each([
    [40, ['role', 'position', 'committed']],
    [56, ['role', 'position', 'durable', 'committed', 'lag']],
    [65, ['role', 'position', 'durable', 'committed', 'lag']],
    [76, ['role', 'term', 'position', 'durable', 'committed', 'lag']],
    [116, ['role', 'term', 'position', 'lsn', 'durable', 'committed', 'lag', 'lag bytes', 'lag ms']],
    [146, ['role', 'term', 'position', 'lsn', 'durable', 'committed', 'lag', 'lag bytes', 'lag ms']],
  ])('%i', (width, titles) => {
    expect(columnsAt(width)).toEqual(titles);
  });

  test('and stand one above the other', () => {
    expect(table(typical, 116)).toEqual([
      '      role         term  position     lsn  durable  committed    lag  lag bytes  lag ms',
      '▸ n1  ✗ down          1      1:11      11       11         11      6        420       –  s starts it',
      '  n2  ● leader        2      2:17      17       17         17      –          –       –  delayed',
      '  n3  ○ follower      2      2:15      15       14         14      2        140     210  delayed',
    ]);
  });

  test('no column moves or goes as numbers grow and notes come', () => {
    for (let width = 54; width <= 120; width += 1) {
      const calm = running({ term: 1 }, {}, 5);
      const busy = running(
        { links: [2, 3, 4].map((to) => linkOf(1, to, { cut: true })) },
        {
          n1: { position: '9:999999', lsn: 999_999, durableLsn: 999_999, committedLsn: 999_999 },
          n2: { lag: { entries: 12_345, bytes: 4_000_000, ms: 70_000 }, heartbeatAgeMs: 123_456 },
          n3: { process: 'down', role: null },
        },
        5,
      );
      expect(table(busy, width)[0]).toBe(table(calm, width)[0]);
    }
  });
});

test('what each replica is, is told by a glyph and a word, its process before its role', () => {
  const roles = (process: ReplicaSnapshot['process'], role: ReplicaSnapshot['role']) =>
    table(running({}, { n2: { process, role } }), 60)[2]
      ?.slice(6, 17)
      .trim();
  expect([
    roles('up', 'leader'),
    roles('up', 'follower'),
    roles('up', 'candidate'),
    roles('up', null),
    roles('paused', 'follower'),
    roles('down', null),
    roles('paused', 'leader'),
  ]).toEqual(['● ex-leader', '○ follower', '◐ candidate', '· starting', '‖ paused', '✗ down', '‖ paused']);
  expect(table(running(), 60)[1]).toContain('● leader');
});

function linkOf(from: number, to: number, fault: Partial<LinkSnapshot>): LinkSnapshot {
  return { from: replicaId(`n${from}`), to: replicaId(`n${to}`), cut: false, delayMs: 0, dropPercent: 0, ...fault };
}

test('what it may not do, or cannot, stands in place of its role', () => {
  const [n1, n2, n3] = [{ diskFull: true }, { standing: 'rejoining' }, { standing: 'barred' }] as const;
  const some = running({ leader: null }, { n1: { ...n1, role: 'candidate' }, n2, n3 });
  expect(table(some, 130).map((row) => [row.slice(6, 17).trim(), row.slice(88).trim()])).toEqual([
    ['role', ''],
    ['○ disk full', 'keeps nothing new'],
    ['○ rejoining', 'no vote until caught up'],
    ['○ no vote', 'it may have voted before'],
  ]);
  expect(table(some, 65).map((row) => row.slice(56).trim())).toEqual(['', 'no room', 'no vote', 'for ever']);
  const down = { ...n2, process: 'down', role: null } as const;
  expect(table(running({}, { n2: down }), 60)[2]).toContain('✗ down');
});

test('old figures are told for what they are, and none of one that never spoke', () => {
  const titleOf = (dashboard: Dashboard) => pictureOf('replicas', dashboard, 60, 5).aside.map(({ text }) => text);
  const down = { process: 'down', role: null } as const;
  const some = running({}, { n2: down, n3: { ...down, heartbeatAgeMs: null, position: '0:0', lsn: 0, lag: null } });
  expect(titleOf(some)).toEqual(['n2: as last known']);
  expect(table(some, 116)[2]).toMatch(/✗ down +1 +1:1 +1 +1 +1/);
  expect(table(some, 116)[3]).toMatch(/✗ down +– +– +– +– +–/);
  // One that was just started has not said anything yet: what is known is of the process before.
  expect(titleOf(running({}, { n2: { role: null } }))).toEqual(['n2: as last known']);
  expect(titleOf(running())).toEqual([]);
});

describe('beside it stands what keeps it from its work, or how to get it back', () => {
  /** What is behind the columns of `width`, of each replica. */
  const notes = (width: number, dashboard: Dashboard): string[] => {
    const [head = '', ...rows] = table(dashboard, width);
    return rows.map((row) => row.slice(head.length).trim());
  };
  const both = (a: number, b: number, fault: Partial<LinkSnapshot>) => [linkOf(a, b, fault), linkOf(b, a, fault)];

  test('keys: with the digit that selects it, unless it is selected', () => {
    const dashboard = running({}, { n2: { process: 'down' }, n3: { process: 'paused' } });
    expect(notes(78, dashboard)).toEqual(['', '2 s starts it', '3 p resumes it']);
    expect(notes(78, pressed(dashboard, '3'))).toEqual(['', '2 s starts it', 'p resumes it']);
    expect(notes(65, pressed(dashboard, '3'))).toEqual(['', 'press 2 s', 'press p']);
  });

  test('links that are cut', () => {
    const one = running({ links: both(1, 2, { cut: true }) });
    expect(notes(78, one)).toEqual(['cut from n2', 'cut from n1', '']);
    expect(notes(65, one)).toEqual(['cut n2', 'cut n1', '']);
    const all = running({ links: [...both(1, 2, { cut: true }), ...both(1, 3, { cut: true })] });
    expect(notes(65, all)).toEqual(['cut off', 'cut n1', 'cut n1']);
    // In one direction it is not cut off yet.
    const sending = running({ links: [linkOf(1, 2, { cut: true }), linkOf(1, 3, { cut: true })] });
    expect(notes(78, sending)[0]).toBe('cut from n2 n3');
  });

  test('other faults, the gravest first', () => {
    expect(notes(65, running({ links: [linkOf(1, 2, { delayMs: 200 })] }))).toEqual(['delayed', 'delayed', '']);
    expect(notes(65, running({ links: [linkOf(1, 2, { dropPercent: 30 })] }))).toEqual(['dropping', 'dropping', '']);
    const late = { n2: { heartbeatAgeMs: 1300 }, n3: { heartbeatAgeMs: 90_000 } };
    expect(notes(65, running({ links: [linkOf(1, 2, { delayMs: 200 })] }, late))).toEqual([
      'delayed',
      'late 1.3s',
      'late 90s',
    ]);
    expect(notes(65, running({ links: both(1, 2, { cut: true }) }, late))[1]).toBe('cut n1');
  });
});

test('lag in entries, bytes and ms: none of the leader, no age of one that is down', () => {
  const lag = { entries: 1234, bytes: 56_789, ms: 4321 };
  const rows = table(running({}, { n2: { lag }, n3: { lag, process: 'down' } }), 116);
  const lags = rows.slice(1).map((row) => row.slice(61, 88).trim().split(/ +/));
  expect(lags).toEqual([
    ['–', '–', '–'],
    ['1234', '56.8k', '4300'],
    ['1234', '56.8k', '–'],
  ]);
  expect(table(running({ leader: null }, { n2: { lag: null } }), 116)[2]).toMatch(/– {9}/);
});

describe('nine replicas where four rows are', () => {
  const nine = running({}, {}, 9);
  const ids = (dashboard: Dashboard) =>
    table(dashboard, 60, 5)
      .slice(1)
      .map((row) => row.slice(0, 4));

  test('the selected one is always seen, and how many there are', () => {
    expect(ids(nine)).toEqual(['▸ n1', '  n2', '  n3', '  n4']);
    expect(ids(pressed(nine, '5'))).toEqual(['  n3', '  n4', '▸ n5', '  n6']);
    expect(ids(pressed(nine, '9'))).toEqual(['  n6', '  n7', '  n8', '▸ n9']);
    const { aside } = pictureOf('replicas', pressed(nine, '5'), 60, 5);
    expect(aside.map(({ text }) => text)).toEqual(['3-6 of 9, ↑↓']);
    expect(pictureOf('replicas', nine, 60, 10).aside).toEqual([]);
  });

  test('a click selects the one that is there', () => {
    const { click } = pictureOf('replicas', pressed(nine, '9'), 60, 5);
    expect([0, 1, 4, 5].map((y) => click?.(3, y))).toEqual([
      null,
      { type: 'select', digit: 6 },
      { type: 'select', digit: 9 },
      null,
    ]);
  });
});

test('before anything was heard, it says so', () => {
  expect(table({ ...running(), seen: { ...running().seen, snapshot: null } }, 60)).toEqual([
    'no replica has been heard of yet',
  ]);
});
