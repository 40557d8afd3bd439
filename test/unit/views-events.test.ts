// The events: newest last, whole where there is room, and where one left them when more happens.
import { describe, expect, test, vi } from 'vitest';
import type { Happening } from '../../core/observe/events.ts';
import { lsn, replicaId, term } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import type { Dashboard } from '../../views/state.ts';
import { panel, pictureOf } from './views-drawing.ts';
import { changed, dashboardAfter, eventOf, pressed } from './views-fakes.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

/** An event that takes as many rows as its key is long. */
const settled = (key: string): Happening => ({ type: 'settled', id: 'w', key, position: '1:7', fate: 'committed' });
const dead = (exit: string): Happening => ({
  ...{ type: 'died', id: replicaId('n1'), exit, reason: null, output: 'n1.out', rebuildable: false },
});
const happened = (...what: readonly Happening[]): Dashboard =>
  dashboardAfter(...what.map((one, i) => changed({ type: 'event', event: eventOf(i, one) })), {
    type: 'command',
    command: { type: 'focus-on', panel: 'events' },
  });
const numbered = (count: number): Happening[] => Array.from({ length: count }, (_, i) => dead(`key${i}`));
const events = (dashboard: Dashboard, width = 80, height = 4) => panel('events', dashboard, width, height);
const keysIn = (lines: readonly string[]): (string | undefined)[] => lines.map((line) => /key\d+/.exec(line)?.[0]);
const aside = (dashboard: Dashboard, width = 80, height = 4) =>
  pictureOf('events', dashboard, width, height)
    .aside.map(({ text }) => text)
    .join('');

test('each has its time, a mark for how it is to be taken, and a sentence', () => {
  const n1 = replicaId('n1');
  const lines = events(
    happened(
      { type: 'mode', mode: 'sync' },
      { type: 'healed' },
      { type: 'process', id: n1, change: 'killed', pid: 101 },
      { type: 'lost', id: 'w', key: 'k1', position: '1:7', mode: 'async' },
    ),
    120,
  );
  expect(lines.map((line) => line.slice(0, 10))).toEqual(['22:13:20 ·', '22:13:20 ✓', '22:13:20 !', '22:13:20 ✗']);
  expect(lines[2]).toBe('22:13:20 ! n1 was killed (process 101)');
});

test('the newest is last, the oldest that are seen first', () => {
  expect(keysIn(events(happened(...numbered(3)), 80, 5))).toEqual(['key0', 'key1', 'key2']);
  expect(keysIn(events(happened(...numbered(60))))).toEqual(['key56', 'key57', 'key58', 'key59']);
});

test('a long one is wrapped, and indented under its sentence', () => {
  expect(events(happened(settled('k1'), settled('k'.repeat(20))), 40, 9)).toEqual([
    '22:13:20 ✓ w (k1), unknown until now,',
    '           committed at 1:7',
    '22:13:20 ✓ w (kkkkkkkkkkkkkkkkkkkk),',
    '           unknown until now, committed',
    '           at 1:7',
  ]);
});

describe('where there is less room than they need', () => {
  test('of the first one only the end is seen', () => {
    expect(events(happened(settled('k1'), settled('k2')), 40, 3)).toEqual([
      '           committed at 1:7',
      '22:13:20 ✓ w (k2), unknown until now,',
      '           committed at 1:7',
    ]);
  });

  test('of one that is longer than the panel the beginning, with an ellipsis', () => {
    const died: Happening = {
      type: 'died',
      id: replicaId('n3'),
      exit: 'exit code 1',
      reason: 'no space left on device '.repeat(9),
      output: '/tmp/n3.log',
      rebuildable: false,
    };
    const lines = events(happened(settled('k1'), died), 40, 3);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe('22:13:20 ✗ n3 died (exit code 1): no');
    expect(lines[2]).toMatch(/^ {11}left on device.*…$/);
    expect(lines[2]?.length).toBe(40);
  });
});

describe('scrolled back', () => {
  test('it stays where it is as more happens, and says how much is newer', () => {
    const back = pressed(happened(...numbered(60)), 'up', 'up', 'page-up');
    expect(keysIn(events(back))).toEqual(['key44', 'key45', 'key46', 'key47']);
    expect(aside(back)).toBe('12 newer, End follows');
    const event = eventOf(60, settled('key60'));
    const later = step(back, changed({ type: 'event', event })).dashboard;
    expect(events(later)).toEqual(events(back));
    expect(aside(later)).toBe('13 newer, End follows');
    expect(keysIn(events(pressed(later, 'end')))).toEqual(['key57', 'key58', 'key59', 'key60']);
    expect(aside(pressed(later, 'end'))).toBe('');
  });

  test('as far as it goes, the panel is full of the first ones', () => {
    const first = pressed(happened(...numbered(60)), 'home');
    expect(keysIn(events(first))).toEqual(['key0', 'key1', 'key2', 'key3']);
    expect(aside(first)).toBe('56 newer, End follows');
    // Of long ones, as many as fit; at least one. The window may have become smaller meanwhile.
    const further = { ...first, scrolled: { ...first.scrolled, events: 60 } };
    expect(keysIn(events(further, 40, 5))).toEqual(['key0', undefined, 'key1', undefined]);
    expect(keysIn(events(further, 40, 1))).toEqual(['key0']);
  });

  test('where all are seen, there is nothing to scroll', () => {
    const few = pressed(happened(...numbered(3)), 'up', 'up');
    expect(keysIn(events(few))).toEqual(['key0', 'key1', 'key2']);
    expect(aside(few)).toBe('');
  });
});

describe('many of a kind that came together', () => {
  const lost = (id: string, mode: 'async' | 'quorum' = 'async'): Happening => ({
    ...{ type: 'lost', id, key: 'k1', position: '1:7', mode },
  });
  const discarded = (id: string): Happening => ({
    ...{ type: 'settled', id, key: 'k1', position: null, fate: 'discarded' },
  });
  const compacted = (n: number, at: number): Happening => ({
    ...{ type: 'replica', id: replicaId(`n${n}`) },
    event: { type: 'compacted', term: term(1), position: { term: term(1), lsn: lsn(at) }, bytes: 9 },
  });
  const words = (dashboard: Dashboard) => events(dashboard, 130, 9).map((line) => line.slice(9));

  test('are one line, mixed as they may be; two are two', () => {
    const mixed = ['w3', 'w4', 'w5', 'w9'].flatMap((id) => [lost(id), discarded(`${id}0`)]);
    expect(words(happened({ type: 'healed' }, ...mixed, { type: 'healed' }))).toEqual([
      '✓ healed: every link is whole, every replica runs',
      '✗ lost: 4 writes, w3 … w9, acknowledged under async: the session has them all',
      '! 4 writes, w30 … w90, unknown until now, were discarded: the new history lacks them',
      '✓ healed: every link is whole, every replica runs',
    ]);
    expect(words(happened(lost('w1'), lost('w2')))).toHaveLength(2);
    expect(words(happened(lost('w1'), { type: 'healed' }, lost('w2'), lost('w3')))).toHaveLength(4);
    expect(words(happened(lost('w1'), lost('w2', 'quorum'), lost('w3')))[0]).toContain('under async and quorum');
  });

  test('snapshots of a long load', () => {
    expect(words(happened(...[5, 10, 15].flatMap((at) => [compacted(2, at), compacted(1, at)])))).toEqual([
      '· 6 snapshots were taken, by n1, n2. The last: n1 has a snapshot up to 1:15: what it holds leaves the log',
    ]);
  });

  test('a filter finds each of them, and scrolling counts lines', () => {
    const many = happened(...numbered(9), ...Array.from({ length: 300 }, (_, i) => lost(`w${i}`)));
    expect(words(pressed(many, '/', ...'w17 (', 'enter'))).toEqual([expect.stringContaining('lost: w17 (k1)')]);
    expect(words(pressed(many, '/', ...'lost', 'enter'))).toHaveLength(9);
    // Ten lines, of which the panel has room for four.
    expect(pressed(many, 'home').scrolled.events).toBe(6);
    const back = pressed(many, 'up', 'up');
    const event = (what: Happening) => changed({ type: 'event', event: eventOf(999, what) });
    expect(step(back, event(lost('w300'))).dashboard.scrolled.events).toBe(2);
    expect(step(back, event({ type: 'healed' })).dashboard.scrolled.events).toBe(3);
  });
});

describe('filtered', () => {
  const filtered = (...text: string[]) => pressed(happened(...numbered(60)), '/', ...text, 'enter');

  test('only what contains the text is seen, upper or lower case', () => {
    expect(keysIn(events(filtered(...'KEY5'), 80, 9))).toEqual(Array.from({ length: 9 }, (_, i) => `key5${i + 1}`));
    expect(aside(filtered(...'KEY5'))).toBe('/KEY5');
    expect(aside(pressed(filtered(...'KEY5'), 'up'))).toBe('/KEY5 1 newer, End follows');
    expect(aside(filtered(...'abcdefghijklmnopqrstuvwxyz'))).toBe('/abcdefghijklmnop…');
  });

  test('where nothing does, it says so', () => {
    expect(events(filtered('?'))).toEqual(['no event contains this']);
    expect(events(happened())).toEqual(['nothing has happened yet']);
  });
});
