// A cluster whose processes were started one by one: nothing is offered that only a supervisor could do.
import { describe, expect, test } from 'vitest';
import { statusLines } from '../../cli/status-table.ts';
import { hintRows } from '../../views/hints.ts';
import { KEYMAP } from '../../views/keymap.ts';
import { step } from '../../views/model.ts';
import type { Dashboard } from '../../views/state.ts';
import { panel, screen } from './views-drawing.ts';
import { pressed, running, snapshotOf } from './views-fakes.ts';

const alone = (...[changes, replicas]: Parameters<typeof snapshotOf>): Dashboard =>
  running({ supervised: false, ...changes }, replicas);

const hints = (dashboard: Dashboard): string[] => hintRows(dashboard, 1000, 1)[0]?.map(({ keys }) => keys) ?? [];
const labels = KEYMAP.filter(({ topic }) => topic === 'break' || topic === 'mend').map(({ label }) => label);

describe('the footer', () => {
  test('has the keys that break and mend only if there is a supervisor', () => {
    expect(hints(running()).filter((keys) => labels.includes(keys))).toEqual(['k', 's', 'p', 'c', 'd']);
    expect(hints(alone()).filter((keys) => labels.includes(keys) || keys === '+ -')).toEqual([]);
    expect(hints(alone({}, { n2: { process: 'down' } }))).not.toContain('h');
  });

  test('keeps all others', () => {
    const broken = (keys: string): boolean => labels.includes(keys) || keys === '+ -';
    expect(hints(alone())).toEqual(hints(running()).filter((keys) => !broken(keys)));
  });
});

describe('a key that breaks something asks the router, whose answer says what to do instead', () => {
  test.each(['k', 'K', 's', 'p', 'x', 'c', 'd', 'h', '-'])('%s', (key) => {
    for (const process of ['up', 'down'] as const) {
      const dashboard = alone({}, { n1: { process } });
      const { effects } = step(dashboard, { type: 'key', key });
      const [effect] = effects;
      if (effect?.type !== 'control') throw new Error(`${key} asks nothing`);
      const error = { code: 'no-supervisor', message: 'no supervisor here: do it there' } as const;
      const { request: control, fault } = effect;
      const reply = { type: 'result', result: { v: 1, ok: false, error } } as const;
      const after = step(dashboard, { type: 'control-answered', control, fault, reply }).dashboard;
      expect(after.notice).toEqual({ tone: 'bad', text: error.message });
      expect(after.faults).toEqual([]);
    }
  });
});

test('the header says so, also in the smallest window', () => {
  expect(screen(alone(), 60, 20)[0]).toContain('127.0.0.1:7400 · no supervisor · ');
  expect(screen(running(), 60, 20)[0]).not.toContain('no supervisor');
});

test('a replica that is not heard has no key that would start it', () => {
  const table = (dashboard: Dashboard) => panel('replicas', dashboard, 116, 12).find((row) => row.includes('✗ down'));
  expect(table(running({}, { n2: { process: 'down' } }))).toMatch(/2 s starts it$/);
  expect(table(alone({}, { n2: { process: 'down' } }))).toMatch(/ not heard$/);
});

test('how the links are is not told', () => {
  expect(panel('links', alone({}, { n3: { process: 'down' } }), 80, 5)).toEqual([
    'from ↓ to →  n1        n2        n3',
    '▸ n1         ·         ?         –         ● leader',
    '  n2         ?         ·         –         ○ follower',
    '  n3         –         –         ·         ✗ down',
    '– one of the two is down or paused',
  ]);
  expect(panel('links', alone(), 80, 5).at(-1)).toBe(
    '? the network itself: no supervisor here, to break a link or to know of it',
  );
  expect(panel('links', alone(), 38, 5).at(-1)).toBe('? the network’s own: no supervisor');
});

test('undo has nothing to undo', () => {
  expect(pressed(alone(), 'u').notice?.text).toBe('no fault of yours to undo');
});

test('status says so in its first line', () => {
  expect(statusLines(snapshotOf({ supervised: false }), 200)[0]).toMatch(/^cluster brisk-heron, no supervisor, quorum/);
  expect(statusLines(snapshotOf(), 200)[0]).toMatch(/^cluster brisk-heron, quorum/);
});
