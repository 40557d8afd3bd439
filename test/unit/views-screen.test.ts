// The whole window: how it looks in a typical moment, what is laid over it, where a click goes, what is too small.
import { describe, expect, test, vi } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { clicked, panelAt } from '../../views/screen.ts';
import type { Action, Dashboard } from '../../views/state.ts';
import { screen } from './views-drawing.ts';
import { dashboardAfter, pressed, running } from './views-fakes.ts';
import { TYPICAL_ACTIONS, typical } from './views-typical.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

const shown = (dashboard: Dashboard, columns: number, rows: number): string =>
  screen(dashboard, columns, rows).join('\n');

describe('a typical moment', () => {
  test('in the smallest window', () => {
    expect(shown(typical, 60, 20)).toMatchInlineSnapshot(`
      " lockstep · 127.0.0.1:7400 · cluster brisk-he…  ● connected
       mode quorum · ● n2 leads · term 2            promises ●●▲○
      ━━ replicas ━━━━━━━━━━━━━━━━━━━━━━━━━━━ n1: as last known ━━
             role         position  durable  committed    lag
       ▸ n1  ✗ down           1:11       11         11      6
         n2  ● leader         2:17       17         17      –
         n3  ○ follower       2:15       14         14      2
      ── logs ─────────────────────────────────────── newest 17 ──
              ┊1       ┊10    ✓17 committed
       ▸ n1 ✗ 1██████████······
         n2 ● 1██████████2█████
         n3 ○ 1██████████2██▒››
      ── ▸ session │ guarantees │ links │ charts │ events ────────
       last write k1 = v1  ✓ ok at 2:17  ✓ committed · quorum
       token      2:17  t never shows anything older
       last read  k1 = v1  from n2 at 2:17, committed
       all writes 15 ok  1 rejected  1 unknown
       their fate 0 pending  16 committed  0 lost  0 discarded

       w write  t token read  s start n1  ? help  q quit"
    `);
  });

  test('in a plain terminal', () => {
    expect(shown(typical, 80, 24)).toMatchInlineSnapshot(`
      " lockstep · 127.0.0.1:7400 · cluster brisk-heron                    ● connected
       mode quorum · ● n2 leads · term 2 · 4 writes/s · tempo normal    promises ●●▲○
      ━━ replicas ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ n1: as last known ━━
             role         term  position  durable  committed    lag
       ▸ n1  ✗ down          1      1:11       11         11      6  s starts it
         n2  ● leader        2      2:17       17         17      –  delayed
         n3  ○ follower      2      2:15       14         14      2  delayed
      ── logs ─────────────────────────────────────────────────────────── newest 17 ──
              ┊1       ┊10    ✓17 committed
       ▸ n1 ✗ 1██████████······
         n2 ● 1██████████2█████
         n3 ○ 1██████████2██▒››
      ── ▸ session │ guarantees │ links │ charts ─────────────────────────────────────
       last write  k1 = v1  ✓ ok at 2:17  ✓ committed · quorum · durable on n1, n2
       token       2:17  t never shows anything older
       last read   k1 = v1  from n2 at 2:17, committed · asked: token 2:17
       all writes  15 ok  1 rejected  1 unknown · 16 committed  0 lost
      ── events ──────────────────────────────────────────────────────────────────────
       22:13:20 ! n1 was killed (process 101)
       22:13:20 ✓ n2 leads term 2, by the votes of n2, n3; its log ends at 1:11


       w write  l load  m mode → sync  r read any  t token read  k kill -9 n2
       s start n1  c cut n1  d delay n1  h heal all  1-9 select  ? help  q quit"
    `);
  });

  test('in a large one', () => {
    expect(shown(typical, 120, 40)).toMatchInlineSnapshot(`
      " lockstep · 127.0.0.1:7400 · cluster brisk-heron                                                            ● connected
       mode quorum · ● n2 leads · term 2 · 4 writes/s · tempo normal                                            promises ●●▲○
       quorum: a write is ok once it is on a majority's disks; no single death loses it
      ╭━ replicas ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ n1: as last known ━╮╭─ session ───────────────────────────────────────╮
      │       role         position  durable  committed    lag            ││ last write k1 = v1  ✓ ok at 2:17  ✓ committed   │
      │ ▸ n1  ✗ down           1:11       11         11      6  press s   ││   quorum · durable on n1, n2 · 3.4 ms           │
      │   n2  ● leader         2:17       17         17      –  delayed   ││ token      2:17  t never shows anything older   │
      │   n3  ○ follower       2:15       14         14      2  delayed   ││ last read  k1 = v1  from n2 at 2:17, committed  │
      ╰───────────────────────────────────────────────────────────────────╯│   asked: token 2:17 · waited 0 ms               │
      ╭─ logs ──────────────────────────────────────────────── newest 17 ─╮│   why: n2 has what was asked for                │
      │        ┊1       ┊10    ✓17 committed                              ││ all writes 15 ok  1 rejected  1 unknown         │
      │ ▸ n1 ✗ 1██████████······                                          ││ 0 pending  16 committed  0 lost  0 discarded    │
      │   n2 ● 1██████████2█████                                          ││                                                 │
      │   n3 ○ 1██████████2██▒››                                          │╰─────────────────────────────────────────────────╯
      │ █ committed  ▓ on disk  ▒ not on disk yet  › on its way           │╭─ guarantees ────────────────── 1 more rows, ↑↓ ─╮
      │ · missing  ▚ not in the leader's log  2 a term begins             ││ ● one leader per term   kept    2 tests         │
      ╰───────────────────────────────────────────────────────────────────╯│ ● no acknowledged loss  kept    15 tests        │
      ╭─ events ──────────────────────────────────────────────────────────╮│ ▲ reads see your writes missed  3 tests         │
      │ 22:13:20 ! n1 was killed (process 101)                            ││ ○ reads never go back   press t                 │
      │ 22:13:20 ✓ n2 leads term 2, by the votes of n2, n3; its log ends  │╰─────────────────────────────────────────────────╯
      │            at 1:11                                                │╭─ links ───────────────────────── 1 of 6 faulty ─╮
      │                                                                   ││ from ↓ to →  n1        n2        n3             │
      │                                                                   ││ ▸ n1         ·         –         –              │
      │                                                                   ││   n2         –         ·         ~200           │
      │                                                                   ││   n3         –         ✓         ·              │
      │                                                                   │╰─────────────────────────────────────────────────╯
      │                                                                   │╭─ charts ─────────────── lag, writes: 2 minutes ─╮
      │                                                                   ││ the charts are being loaded…                    │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      │                                                                   ││                                                 │
      ╰───────────────────────────────────────────────────────────────────╯╰─────────────────────────────────────────────────╯

       w write  b burst  l load  m mode → sync  r read any  t token read  L linearizable  k kill -9 n2  s start n1  c cut n1
       d delay n1  h heal all  + - tempo  1-9 select  Tab focus  z zoom  Space freeze  / filter  : command  ? help  q quit"
    `);
  });
});

const SIZES = [
  [60, 20],
  [80, 24],
  [120, 40],
  [250, 70],
] as const;

const then = (...actions: Action[]): Dashboard => dashboardAfter(...TYPICAL_ACTIONS, ...actions);
const key = (name: string): Action => ({ type: 'key', key: name });

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  const lines = (dashboard: Dashboard) => screen(dashboard, columns, rows);
  const headerRows = rows >= 32 ? 3 : 2;
  const footerRows = rows >= 24 ? 3 : 2;

  /** What is laid over: its rows, and that nothing but panels is under it. */
  function overlay(dashboard: Dashboard): string[] {
    const [under, over] = [lines({ ...dashboard, overlay: null }), lines(dashboard)];
    const top = over.findIndex((line) => line.includes('╭━'));
    const left = over[top]?.indexOf('╭━') ?? -1;
    const right = over[top]?.indexOf('━╮') ?? -1;
    const bottom = over.findIndex((line, y) => y > top && line[left] === '╰' && line[right + 1] === '╯');
    expect(over.slice(0, headerRows)).toEqual(under.slice(0, headerRows));
    expect(top).toBeGreaterThanOrEqual(headerRows);
    expect(bottom).toBeLessThan(rows - footerRows);
    expect(right - left + 2).toBe(Math.min(columns, 110));
    return over.slice(top, bottom + 1).map((line) => line.slice(left, right + 2));
  }

  test('each panel has its title; the one that has the focus a heavy line', () => {
    const titles = lines(typical).filter((line) => /replicas|logs|session|events/.test(line) && /[─━]/.test(line));
    expect(titles.join('\n')).toMatch(/━ replicas ━/);
    expect(titles.join('\n')).not.toMatch(/━ logs|━ (▸ )?session|━ events/);
    const moved = lines(then(key('tab'))).join('\n');
    expect(moved).toMatch(/━ logs ━/);
    expect(moved).not.toMatch(/━ replicas ━/);
  });

  test('zoomed, one panel has the room of all', () => {
    const zoomed = lines(then(key('z')));
    expect(zoomed[headerRows]).toMatch(/^.━ replicas ━+ n1: as last known ━.$/);
    expect(zoomed.join('\n')).not.toMatch(/logs|session/);
    expect(zoomed.slice(0, headerRows)).toEqual(lines(typical).slice(0, headerRows));
  });

  test('help lies over the panels', () => {
    const help = overlay(then(key('?')));
    expect(help[0]).toMatch(/^╭━ help ━.*Esc closes ━╮$/);
    expect(help[1]).toMatch(/^│ ▸ keys {3}looking {3}signs {3}glossary {3}Tab: next topic/);
    expect(lines(then(key('?'))).join('\n')).not.toMatch(/━ replicas/);
  });

  test('so does the output of a command, as large as it must be, then its end', () => {
    const size: Action = { type: 'resized', size: { columns, rows } };
    const run = [size, key(':'), ...[...'status'].map(key), key('enter')];
    const running = overlay(then(...run));
    expect(running).toHaveLength(3);
    expect(running[0]).toMatch(/^╭━ : status ━.*running: Esc stops it ━╮$/);
    expect(running[1]).toMatch(/^│ … +│$/);
    const printed = Array.from(
      { length: 99 },
      (_, i): Action => ({ type: 'output', line: `line ${i} ${'x'.repeat(300)}` }),
    );
    // While it runs, its end is shown; what has ended is read from its beginning.
    expect(overlay(then(...run, ...printed)).at(-2)).toMatch(/^│ line 98 x+… │$/);
    const ended = overlay(then(...run, ...printed, { type: 'ended', exit: 3 }));
    expect(ended[0]).toMatch(/\d+ more below · ✗ exit 3 · Esc closes ━╮$/);
    expect(ended[1]).toMatch(/^│ line 0 x+… │$/);
    const done = overlay(then(...run, ...printed, { type: 'ended', exit: 3 }, key('end')));
    expect(done[0]).toMatch(/✗ exit 3 · Esc closes ━╮$/);
    expect(done.at(-2)).toMatch(/^│ line 98 x+… │$/);
    expect(done).toHaveLength(rows - headerRows - footerRows);
    const back = overlay(then(...run, ...printed, { type: 'ended', exit: 0 }, key('home')));
    expect(back[0]).toMatch(/\d+ more below · ✓ · Esc closes ━╮$/);
    expect(back[1]).toMatch(/^│ line 0 x+… │$/);
    expect(overlay(then(...run, { type: 'ended', exit: 0 }))[1]).toMatch(/^│ it said nothing +│$/);
  });

  test('a long command line makes way for what closes it', () => {
    const output = overlay({
      ...typical,
      overlay: { type: 'output', line: 'write '.repeat(60), lines: [], exit: 0, scrolled: 0 },
    });
    expect(output[0]).toMatch(/^╭━ : write .*… ━ ✓ · Esc closes ━╮$/);
  });

  test('so does an entry', () => {
    const entry = overlay(then(key('tab'), key('2'), key('enter')));
    expect(entry[0]).toMatch(/^╭━ entry 2:17 of n2 ━.*Esc closes ━╮$/);
    const value = 'v'.repeat(5000);
    const answered = then(key('tab'), key('2'), key('enter'), {
      type: 'entry-answered',
      of: replicaId('n2'),
      position: '2:17',
      message: null,
      entry: {
        position: '2:17',
        id: 'w-1',
        op: 'put',
        key: 'k1',
        value,
        mode: 'quorum',
        committed: true,
        durable: true,
      },
    });
    expect(overlay(answered).join('\n')).toMatch(/key +k1 /);
  });
});

describe('a click', () => {
  const parts = (dashboard: Dashboard, columns: number, rows: number) => ({
    dashboard,
    size: { columns, rows },
    title: '127.0.0.1:7400',
    charts: null,
  });

  test('on a name in a title shows that panel', () => {
    const lines = screen(typical, 80, 24);
    const y = lines.findIndex((line) => line.includes('session'));
    for (const panel of ['session', 'guarantees', 'links', 'charts'] as const) {
      const x = lines[y]?.indexOf(panel) ?? -1;
      expect(clicked(parts(typical, 80, 24), x, y)).toEqual({ type: 'focus-on', panel });
      expect(clicked(parts(typical, 80, 24), x + panel.length - 1, y)).toEqual({ type: 'focus-on', panel });
    }
    // What is between two belongs to the first; the rest of the line to the one that is shown.
    const x = (lines[y]?.indexOf('guarantees') ?? 0) - 1;
    expect(clicked(parts(typical, 80, 24), x, y)).toEqual({ type: 'focus-on', panel: 'session' });
    expect(clicked(parts(typical, 80, 24), 79, y)).toEqual({ type: 'focus-on', panel: 'session' });
    // The mark moves with the panel that is shown.
    const links = dashboardAfter(...TYPICAL_ACTIONS, {
      type: 'command',
      command: { type: 'focus-on', panel: 'links' },
    });
    const charts = screen(links, 80, 24)[y]?.indexOf('charts') ?? -1;
    expect(clicked(parts(links, 80, 24), charts, y)).toEqual({ type: 'focus-on', panel: 'charts' });
  });

  test('in a panel goes to what is there, framed or not', () => {
    const replicas = (columns: number, rows: number): unknown[] => {
      const y = screen(typical, columns, rows).findIndex((line) => line.includes('n3  ○ follower'));
      return [clicked(parts(typical, columns, rows), 9, y), panelAt(parts(typical, columns, rows), 9, y)];
    };
    for (const [columns, rows] of [
      [60, 20],
      [120, 40],
    ] as const) {
      expect(replicas(columns, rows)).toEqual([{ type: 'select', digit: 3 }, 'replicas']);
    }
    expect(clicked(parts(typical, 120, 40), 9, 38)).toBeNull();
    expect(panelAt(parts(typical, 120, 40), 9, 0)).toBeNull();
    expect(clicked(parts(typical, 120, 40), 0, 5)).toEqual({ type: 'focus-on', panel: 'replicas' });
  });

  test('on what is laid over, or in a window that is too small, does nothing', () => {
    expect(clicked(parts(pressed(typical, '?'), 80, 24), 9, 4)).toBeNull();
    expect(clicked(parts(typical, 59, 24), 9, 4)).toBeNull();
    expect(panelAt(parts(typical, 59, 24), 9, 4)).toBeNull();
  });
});

test.each([
  [59, 20],
  [60, 19],
  [12, 3],
])('too small, %i×%i: what it needs, what it has, and that q quits', (columns, rows) => {
  expect(screen(typical, columns, rows).slice(0, 3)).toEqual(['needs 60×20', `has ${columns}×${rows}`, 'q quits']);
});

test('a window of almost nothing is filled all the same', () => {
  for (const [columns, rows] of [
    [1, 1],
    [0, 0],
    [5, 1],
  ] as const)
    screen(typical, columns, rows);
});

test('before anything is known, it says so and what can be done', () => {
  const lines = screen(dashboardAfter(), 80, 24).join('\n');
  for (const words of ['✗ not connected', 'connecting…', 'no replica has been heard of yet', 'q quit']) {
    expect(lines).toContain(words);
  }
});

test('a cluster of one has its place, too', () => {
  expect(screen(running({ leader: replicaId('n1') }, {}, 1), 80, 24).join('\n')).toContain('▸ n1  ● leader');
});
