// The rows above and below the panels: what is said at each width, and what makes way for what.
import { describe, expect, test } from 'vitest';
import type { Light } from '../../core/observe/guarantees.ts';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { footerPicture } from '../../views/footer.ts';
import { headerPicture } from '../../views/header.ts';
import { fitRow, rowWidth } from '../../views/row.ts';
import { textOf } from '../../views/span.ts';
import type { Action, Dashboard } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import {
  CONNECTED,
  changed,
  dashboardAfter,
  pressed,
  running,
  snapshotChange,
  type snapshotOf,
} from './views-fakes.ts';

const header = (dashboard: Dashboard, width = 60): string[] =>
  headerPicture(dashboard, '127.0.0.1:7400', width, 3).map((row) => {
    expect(rowWidth(row)).toBeLessThan(width);
    return textOf(row).trimEnd();
  });

const light = (name: Light['light']): Light => ({ light: name, observed: 1, example: null });

describe('the header', () => {
  test('in the smallest window: what leads comes before the tempo, which comes first to go', () => {
    expect(header(running(), 60)).toEqual([
      ' lockstep · 127.0.0.1:7400 · cluster brisk-he…  ● connected',
      ' mode quorum · ● n1 leads · term 1            promises ○○○○',
      " quorum: ok once on a majority's disks; no kill loses it",
    ]);
  });

  test('with room for all', () => {
    const rate = { acknowledged: 104, p50Ms: 3, p99Ms: 9 };
    expect(header(running({ rate, mode: 'sync', tempo: 'slow', term: 12 }), 100)).toEqual([
      ` lockstep · 127.0.0.1:7400 · cluster brisk-heron${' '.repeat(40)}● connected`,
      ` mode sync · ● n1 leads · term 12 · 104 writes/s · tempo slow${' '.repeat(25)}promises ○○○○`,
      ' sync: a write is ok once it is on every disk; with one replica down there are no writes',
    ]);
  });

  test('what each mode promises is said in full, or in brief, and never cut', () => {
    for (const mode of ['async', 'quorum', 'sync'] as const) {
      for (const width of [60, 80, 100]) expect(header(running({ mode }), width)[2]).not.toContain('…');
    }
    expect(header(running({ mode: 'async' }), 60)[2]).toContain('its death may lose it');
  });

  test('says why nobody leads: an election takes a moment, a missing majority the user', () => {
    const without = (count: number, replicas: Parameters<typeof snapshotOf>[1]) =>
      header(running({ leader: null }, replicas, count))[1];
    expect(without(3, { n1: { process: 'down' } })).toContain('mode quorum · no leader: electing…');
    expect(without(3, { n1: { process: 'down' }, n2: { process: 'paused' } })).toMatch(
      /mode quorum · no leader: 1 of 3 up, needs 2 {2,}promises/,
    );
    expect(without(9, { n1: { process: 'down' } })).toContain('no leader: electing…');
    expect(without(1, { n1: { process: 'down' } })).toContain('no leader: 0 of 1 up, needs 1');
    const barred = { standing: 'barred' } as const;
    expect(without(3, { n1: { process: 'down' }, n2: barred })).toContain('no leader: 1 voter, needs 2');
    const cut = (from: number, to: number) => ({
      ...{ from: replicaId(`n${from}`), to: replicaId(`n${to}`), cut: true, delayMs: 0, dropPercent: 0 },
    });
    const cutting = (...links: ReturnType<typeof cut>[]) => header(running({ leader: null, links }))[1];
    expect(cutting(cut(1, 2), cut(3, 1), cut(2, 3))).toContain('no leader: cut apart, needs 2');
    expect(cutting(cut(1, 2), cut(3, 1))).toContain('no leader: electing…');
  });

  test('as long as nobody can be elected, says what helps in place of what the mode promises', () => {
    const third = (replicas: Parameters<typeof snapshotOf>[1]) => header(running({ leader: null }, replicas))[2];
    expect(third({ n1: { process: 'down' }, n3: { standing: 'barred' } })).toBe(
      ' to have a leader: n3 has no vote: bring n1 back',
    );
    expect(third({ n1: { process: 'down' } })).toContain("a majority's disks");
    expect(header(running({}, { n3: { standing: 'barred' } }))[2]).toContain('quorum: ok once');
  });

  test('has a glyph for each light, in the order of the panel', () => {
    const guarantees: ClusterSnapshot['guarantees'] = {
      oneLeaderPerTerm: light('green'),
      noAcknowledgedWriteLost: light('amber'),
      readYourWrites: light('red'),
      monotonicReads: light('grey'),
    };
    expect(header(running({ guarantees }))[1]).toMatch(/promises ●▲✗○$/);
  });

  test('says that the connection is gone, why, and what that means for the rest', () => {
    const gone = changed({ type: 'connection', connected: false, message: `the router is gone ${'x'.repeat(99)}` });
    const lines = header(dashboardAfter(changed(CONNECTED), changed(snapshotChange()), gone));
    expect(lines[0]).toMatch(/ {2}✗ not connected$/);
    expect(lines[1]).toMatch(/^ the router is gone x+… {2}below: as last known$/);
    expect(lines[1]).not.toContain('leads');
    expect(header(dashboardAfter())[1]).toBe(' connecting…');
    expect(header(dashboardAfter(changed(CONNECTED)))[1]).toBe(' waiting for the first status…');
  });

  test('frozen, loading and cut off at once, still says each of them at 60 columns', () => {
    const gone = changed({ type: 'connection', connected: false, message: 'gone' });
    const load: Action = { type: 'key', key: 'l' };
    const freeze: Action = { type: 'key', key: 'space' };
    const dashboard = dashboardAfter(changed(CONNECTED), changed(snapshotChange()), load, gone, freeze);
    expect(header(dashboard)[0]).toBe(' locks…   ‖ FROZEN: Space goes on   ▶ load  ✗ not connected');
    expect(header(pressed(dashboard, 'space'))[0]).not.toContain('FROZEN');
  });

  test('what stands to the right is whole, whatever the title and the cluster are called', () => {
    const dashboard = running({ cluster: '漢'.repeat(99) });
    for (let width = 60; width < 70; width += 1) {
      const [first, second] = headerPicture(dashboard, 'host.example'.repeat(9), width, 2).map(textOf);
      expect(first).toMatch(/[ …] {2}● connected$/);
      expect(second).toMatch(/ {2}promises ○○○○$/);
    }
  });
});

const footer = (dashboard: Dashboard, width = 60, rows = 3): string[] =>
  footerPicture(dashboard, width, rows).map((row) => textOf(row).trimEnd());

describe('the footer', () => {
  test('has the keys in as many rows as there are', () => {
    expect(footer(running(), 60, 2)).toHaveLength(2);
    expect(footer(running(), 60, 3)).toHaveLength(3);
    expect(footer(running(), 60, 2)[1]).toMatch(/^ w write .* {2}\? help {2}q quit$/);
  });

  test('says what came of a control key, good or bad', () => {
    const notice = (tone: 'good' | 'bad') => footer({ ...running(), notice: { tone, text: 'so it is' } })[0];
    expect(notice('good')).toBe(' ✓ so it is');
    expect(notice('bad')).toBe(' ✗ so it is');
  });

  test('says that the screen is frozen, else what is filtered', () => {
    const filtered = pressed(running(), '/', 'n', '1', 'enter');
    expect(footer(filtered)[0]).toBe(' filter: n1  Esc shows all again');
    expect(footer(pressed(filtered, 'space'), 60)[0]).toBe(' ‖ frozen: you see the past, keys act now. Space goes on');
  });

  test('says what helps as long as nobody can be elected, if the header has no room for it', () => {
    const left = running({ leader: null }, { n1: { process: 'down' }, n2: { process: 'down' } });
    expect(footer({ ...left, size: { columns: 80, rows: 24 } })[0]).toBe(' to have a leader: bring 1 of n1 n2 back');
    expect(footer({ ...left, size: { columns: 80, rows: 40 } })[0]).toBe('');
    expect(footer(running())[0]).toBe('');
  });

  test('asks', () => {
    const asked = (...keys: string[]) => footer(pressed(running(), ...keys));
    expect(asked('W')).toEqual([' write: key? ▏', ' Enter go on  Esc back']);
    expect(asked('W', 'x', 'enter', '1')[0]).toBe(' write x = 1▏');
    expect(asked('W', ...'a-key-that-is-long', 'enter')[0]).toBe(' write a-key-that-… = ▏');
    expect(asked('R', 'x', 'enter', 'a')[0]).toBe(' read x: token, any or linearizable? a▏');
    expect(asked('/', 'x')).toEqual([' filter: x▏', ' Enter keep  Esc back']);
    expect(asked(':')).toEqual([
      ' : ▏',
      ' Enter run  Tab complete  ↑ earlier  Esc back  e.g. link n1 all cut, log n2, status, help',
    ]);
    expect(asked(':', 'l')[1]).toBe(' Enter run  Tab complete  ↑ earlier  Esc back');
  });

  test('shows the cursor where the next character goes', () => {
    expect(footer(pressed(running(), ':', 'a', 'b', '漢', 'left'))[0]).toBe(' : ab▏漢');
    expect(footer(pressed(running(), ':', 'a', 'b', '漢', 'home'))[0]).toBe(' : ▏ab漢');
  });

  test.each(['x', '漢', 'e\u0301', '\x00', '👍'])(
    'keeps the cursor in view, however long a text of %j is',
    (character) => {
      for (const width of [60, 61, 80]) {
        let dashboard = pressed(running(), 'W', ...'a-key-that-is-long', 'enter');
        for (let typed = 1; typed <= 120; typed += 1) {
          dashboard = pressed(dashboard, character);
          const row = footerPicture(dashboard, width, 2)[0] ?? [];
          expect(textOf(row)).toMatch(/^ write a-key-that-… = .*▏$/);
          expect(rowWidth(row)).toBeLessThan(width);
        }
        expect(textOf(footerPicture(dashboard, width, 2)[0] ?? [])).toContain('= …');
        for (let back = 1; back <= 120; back += 1) {
          dashboard = pressed(dashboard, 'left');
          const row = fitRow(footerPicture(dashboard, width, 2)[0] ?? [], width);
          const [before = '', behind = ''] = textOf(row).split('▏');
          expect(widthOf(before)).toBeLessThan(width - 1);
          // What comes next is seen, too: some of it, or all.
          expect(widthOf(behind.trimEnd())).toBeGreaterThanOrEqual(Math.min(back, 10));
        }
        expect(footer(dashboard, width)[0]).toMatch(/^ write a-key-that-… = ▏/);
      }
    },
  );

  test('offers completions, and says what each is if there is room', () => {
    const offered = (...words: string[]) =>
      footer(
        dashboardAfter(
          changed(CONNECTED),
          { type: 'key', key: ':' },
          { type: 'completed', completions: words.map((word) => ({ word, words: `what ${word} does` })) },
        ),
      )[1];
    expect(offered('kill', 'keep')).toBe(' kill what kill does  keep what keep does');
    expect(offered('kill', 'keep', 'key', 'kiss')).toBe(' kill  keep  key  kiss');
  });
});
