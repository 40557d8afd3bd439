import { describe, expect, test, vi } from 'vitest';
import type { Action } from '../../views/state.ts';
import { READ, RUNNING, readIt, screen, WRITE, wrote } from './views-drawing.tsx';
import { CONNECTED, changed, dashboardAfter, eventOf, okWrite, readOf, snapshotChange } from './views-fakes.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

const SIZES = [
  [60, 20],
  [80, 24],
  [120, 40],
] as const;

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  const text = (...actions: Action[]) => screen(dashboardAfter(...actions), columns, rows).join('\n');

  test('everything has its place', () => {
    const event = eventOf(1, { type: 'mode', mode: 'quorum' });
    const shown = text(
      ...RUNNING,
      changed({ type: 'event', event }),
      WRITE,
      wrote(okWrite('1:7')),
      READ,
      readIt(readOf({ token: '1:7' })),
    );
    for (const words of [
      'lockstep · 127.0.0.1:7400 · cluster brisk-h',
      '● connected',
      'mode quorum · ● n1 leads · term 1 · tempo normal',
      "quorum: ok once on a majority's disks; no kill loses it",
      '▸ n1  ● leader',
      '  n3  ○ follower',
      'last write  k1 = v1  ✓ ok at 1:7',
      'quorum · durable on n1, n2 · 3.4 ms',
      'last read   k1 = v1  from n2 at 1:1, committed',
      'asked: token 1:7 · took 0 ms',
      'why: n2 has what was asked for',
      'token       1:7',
      'all writes  0 ok  0 rejected  0 unknown',
      'their fate  0 pending  0 committed  0 lost  0 discarded',
      '22:13:20   writes are quorum from now on',
      'm mode → sync',
      's stop n1',
      'q quit',
    ]) {
      expect(shown).toContain(words);
    }
  });

  test('the table stands in columns', () => {
    const lines = screen(dashboardAfter(...RUNNING), columns, rows);
    const head = lines.find((line) => line.includes('committed')) ?? '';
    const end = head.indexOf('committed') + 'committed'.length;
    for (const line of lines.slice(lines.indexOf(head) + 1, lines.indexOf(head) + 4)) {
      expect(line.indexOf('er')).toBeGreaterThan(head.indexOf('role'));
      expect(line.slice(0, end)).toMatch(/\s1$/);
    }
  });

  test('where nothing is yet, it says what to press', () => {
    const shown = text(...RUNNING);
    for (const words of ['press w to write', 'press r or t to read', 'an ok write gives one', 'nothing has happened']) {
      expect(shown).toContain(words);
    }
  });

  test('before anything is known', () => {
    const shown = text();
    for (const words of ['not connected', 'connecting…', 'no replica has been heard of yet', 'q quit']) {
      expect(shown).toContain(words);
    }
  });

  test('nine replicas are all there', () => {
    const shown = text(changed(CONNECTED), changed(snapshotChange({}, {}, 9)));
    for (let i = 1; i <= 9; i++) expect(shown).toContain(` n${i}  `);
    expect(shown).toContain('q quit');
  });

  test('long words are cut or wrapped, and push nothing off', () => {
    const settled = { type: 'settled', id: 'w', key: 'x'.repeat(999), position: '1:7', fate: 'discarded' } as const;
    const message = 'm'.repeat(999);
    const shown = text(
      ...RUNNING,
      ...Array.from({ length: 9 }, (_, i) => changed({ type: 'event', event: eventOf(i, settled) })),
      WRITE,
      wrote({ ...okWrite('1:7'), outcome: 'unknown', error: { code: 'leader-lost', message } }),
      READ,
      readIt(readOf({ value: '漢'.repeat(999), why: message })),
    );
    expect(shown).toContain('? unknown: it may still commit, at 1:7');
    expect(shown).toContain('q quit');
  });
});

describe('the header', () => {
  const header = (...changes: Parameters<typeof changed>[0][]) =>
    screen(dashboardAfter(...changes.map(changed)), 60, 20)
      .slice(0, 3)
      .join('\n');

  test('says when nobody leads, and what is missing', () => {
    const n1 = { process: 'down' as const };
    expect(header(CONNECTED, snapshotChange({ leader: null }, { n1 }))).toContain('no leader: electing…');
    expect(header(CONNECTED, snapshotChange({ leader: null }, { n1, n2: { process: 'paused' } }))).toContain(
      'no leader: 1 of 3 up, 2 needed',
    );
  });

  test('says that the connection is gone, and what that means for the rest', () => {
    const shown = header(CONNECTED, snapshotChange(), { type: 'connection', connected: false, message: 'router gone' });
    expect(shown).toContain('✗ not connected');
    expect(shown).toContain('router gone · below: as last known');
    expect(shown).not.toContain('leads');
  });

  test('says what each mode promises', () => {
    expect(header(CONNECTED, snapshotChange({ mode: 'async' }))).toContain('a kill may lose it');
    expect(header(CONNECTED, snapshotChange({ mode: 'sync' }))).toContain('no writes with one down');
  });
});

describe('outcomes in words', () => {
  const shown = (...actions: Action[]) => screen(dashboardAfter(...RUNNING, ...actions), 80, 24).join('\n');
  const error = { code: 'no-leader', message: 'nobody leads' };

  test('rejected, unknown and unanswered writes', () => {
    const rejected = { ...okWrite('1:1'), outcome: 'rejected', position: null, durableOn: [], error };
    expect(shown(WRITE, wrote(rejected))).toMatch(
      /k1 = v1 {2}✗ rejected: nothing was written\n.*quorum · nobody leads/,
    );
    expect(shown(WRITE, wrote({ ...rejected, outcome: 'unknown' }))).toContain('? unknown: it may still commit');
    expect(shown(WRITE)).toContain('… waiting for the answer');
    const reply = { type: 'disconnected', message: 'connection lost' } as const;
    expect(shown(WRITE, { type: 'write-answered', number: 1, reply })).toMatch(
      /\? no answer: it may be done\n.*connection lost/,
    );
  });

  test('a rolled-back token is said plainly, with where the session goes on', () => {
    const result = readOf({
      found: false,
      value: null,
      position: '1:4',
      error: { code: 'rolled-back', message: '1:7 is not in the new history' },
    });
    expect(shown(WRITE, wrote(okWrite('1:7')), READ, readIt(result, '1:7'))).toMatch(
      /✗ token 1:7 was rolled back\n.*the session goes on from 1:4 .*\n.*1:7 is not in the new history\n token +1:4/,
    );
  });

  test('other reads', () => {
    expect(shown(READ, readIt(readOf({ found: false, value: null })))).toContain('k1 is not there  from n2 at 1:1');
    expect(shown(READ, readIt(readOf({ committed: false })))).toContain('at 1:1, not committed yet');
    expect(shown(READ, readIt(readOf({ error: { code: 'not-caught-up', message: 'nobody holds 1:9' } })))).toMatch(
      /✗ not-caught-up\n.*took 0 ms\n.*nobody holds 1:9/,
    );
  });
});

test.each([30, 31])('events: newest last and whole, in as many rows as there are of %i', (rows) => {
  const event = (i: number) =>
    eventOf(i, { type: 'settled', id: 'w', key: `key${i} ${'x'.repeat(40)}`, position: '1:7', fate: 'committed' });
  const events = Array.from({ length: 60 }, (_, i) => changed({ type: 'event', event: event(i) }));
  const lines = screen(dashboardAfter(...RUNNING, ...events), 60, rows);
  const shown = lines.slice(lines.findIndex((line) => line.includes('events ──')) + 1);
  expect(shown[0]).toMatch(/^ \d\d:\d\d:\d\d ✓ .*key/);
  const numbers = shown.flatMap((line) => /key(\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(numbers.length).toBeGreaterThan(2);
  expect(numbers).toEqual(Array.from(numbers, (_, i) => 60 - numbers.length + i));
});

test.each([
  [59, 20],
  [60, 19],
  [12, 3],
])('too small, %i×%i: what it needs, and that q quits', (columns, rows) => {
  const shown = screen(dashboardAfter(...RUNNING), columns, rows).join('\n');
  expect(shown).toContain('needs 60×20');
  expect(shown).toContain('q quits');
});
