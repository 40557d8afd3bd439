// Windows of all sizes: what is in them, and that nothing is left of another size.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PANELS, type PanelName } from '../../views/panel-names.ts';
import { Running } from '../process/running.ts';
import { attach, isSelected, lightsOf, open, panel, row } from './dashboard.ts';
import { key } from './terminal.ts';

let cluster: Running;
beforeAll(async () => {
  cluster = await Running.up();
  await cluster.writeUntilOk('some', 'thing');
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** What stands in each place, in no order. */
const PLACES: readonly (readonly [columns: number, rows: number, titles: readonly string[]])[] = [
  [60, 20, ['replicas', 'logs', '▸ session │ guarantees │ links │ charts │ events']],
  [80, 24, ['replicas', 'logs', '▸ session │ guarantees │ links │ charts', 'events']],
  [70, 60, PANELS],
  [120, 40, PANELS],
  [160, 50, PANELS],
  [250, 70, PANELS],
];

/** What each panel shows of a cluster of three at any size. */
const SHOWS: Readonly<Record<PanelName, RegExp>> = {
  replicas: /n1 +[●○] (leader|follower) [\s\S]*n2 +[●○] (leader|follower) [\s\S]*n3 +[●○] (leader|follower) /,
  logs: /n1 [●○] 1█[\s\S]*n2 [●○] 1█[\s\S]*n3 [●○] 1█/,
  session: /last write +\S+ = /,
  guarantees: /● one leader per term +kept/,
  links: /n1 +· +✓ +✓[\s\S]*n2 +✓ +· +✓[\s\S]*n3 +✓ +✓ +·/,
  charts: /acknowledged/,
  events: /\d\d:\d\d:\d\d [·✓] \w+/,
};

/** The titles on the screen; the rules around them have two strokes at least. */
function titles(screen: string): string[] {
  const names = PANELS.join('|');
  const title = new RegExp(`[╭─━][─━] ((?:(?:▸ )?(?:${names})(?: │ )?)+) [─━]`, 'g');
  return [...screen.matchAll(title)].map(([, words = '']) => words).sort();
}

/** Header and footer are in their places, nothing is beyond the edges, and every frame is closed. */
function isWhole(screen: string, columns: number, rows: number): boolean {
  const lines = screen.split('\n');
  const [first = '', second = ''] = lines;
  const corners = ['╭', '╮', '╰', '╯'].map((corner) => screen.split(corner).length - 1);
  return (
    // One row of keys may do, and leave the last one blank.
    (lines.length === rows || lines.length === rows - 1) &&
    lines.every((line) => [...line].length <= columns) &&
    /^ lockstep · 127\.0\.0\.1:\d+.* ● connected *$/.test(first) &&
    /^ mode quorum · ● n\d leads · term \d+ /.test(second) &&
    lightsOf(screen) !== '' &&
    / q quit *$/.test(screen) &&
    new Set(corners).size === 1
  );
}

test.each(PLACES)('%i×%i: every panel has its place, and can be reached', async (columns, rows, places) => {
  await using terminal = attach(cluster, { columns, rows });
  await open(terminal);
  // The charts come a moment after the first frame.
  const first = await terminal.until(
    (now) => isWhole(now, columns, rows) && !now.includes('the charts are being loaded'),
  );
  expect(titles(first)).toEqual(places.toSorted());
  for (const name of PANELS) if (places.includes(name) && name !== 'session') expect(first).toMatch(SHOWS[name]);
  terminal.press('w');
  await terminal.until(/last write +k1 = v1 +✓ ok at \d+:\d+/);
  for (const name of [...PANELS.slice(1), 'replicas'] as const) {
    terminal.press(key.tab);
    await terminal.until((now) => isFocused(now, name) && SHOWS[name].test(now));
  }
});

/** Whether the title of the heavy rule has the name, as the one that is shown if there are several. */
const isFocused = (screen: string, name: PanelName): boolean =>
  new RegExp(`[╭━]━ (${name}|[^━─]*▸ ${name}[^━─]*) ━`).test(screen);

test('resized while writes go on, it fills each window, and nothing is left of the one before', async () => {
  await using terminal = attach(cluster, { columns: 160, rows: 50 });
  await open(terminal);
  terminal.press('l');
  await terminal.until('▶ load');
  const sizes = [
    [60, 20],
    [250, 70],
    [80, 24],
    [120, 40],
    [70, 60],
    [160, 50],
  ] as const;
  for (const [columns, rows] of sizes) {
    terminal.resize(columns, rows);
    const places = PLACES.find(([wide, high]) => wide === columns && high === rows)?.[2].toSorted();
    await terminal.until((now) => String(titles(now)) === String(places) && isWhole(now, columns, rows));
  }
  terminal.press('l');
  await cluster.until(({ rate }) => rate.acknowledged === 0);
  await cluster.leader();

  // It looks as one does that has had this size from the start, but for what it has asked and seen itself.
  await using fresh = attach(cluster, { columns: 160, rows: 50 });
  await open(fresh);
  const same = ['replicas', 'logs', 'links', 'events'] as const;
  const wanted = await fresh.until((now) => same.every((name) => SHOWS[name].test(now)) && !/writes\/s/.test(now));
  await terminal.until(
    (now) => isWhole(now, 160, 50) && same.every((name) => panel(now, name) === panel(wanted, name)),
  );
});

test.each([
  [59, 20],
  [60, 19],
  [20, 5],
])('%i×%i is too small: it says what it needs, grows when it can, and q works', async (columns, rows) => {
  await using terminal = attach(cluster, { columns, rows });
  const screen = await terminal.until('needs 60×20');
  expect(screen).toContain(`has ${columns}×${rows}`);
  expect(screen).toContain('q quits');
  expect(screen).not.toContain('n1');
  if (columns === 20) {
    terminal.resize(60, 20);
    await terminal.until((now) => isWhole(now, 60, 20));
    terminal.resize(columns, rows);
    await terminal.until('needs 60×20');
  }
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
});

test('nine replicas in 80×24: the selection scrolls the table, the logs and the links', async () => {
  await using nine = await Running.up(['--replicas', '9']);
  await using terminal = attach(nine, { columns: 80, rows: 24 });
  await terminal.until((now) => isSelected(now, 'n1'));
  expect(terminal.screen()).toMatch(/1-\d of 9/);
  for (const id of ['n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9']) {
    terminal.press(key.down);
    await terminal.until((now) => isSelected(now, id) && new RegExp(`▸ ${id} [●○] `).test(now));
  }
  expect(row(terminal.screen(), 'n1')).toBe('');
  expect(terminal.screen()).toMatch(/\d-9 of 9/);
  terminal.press(...Array.from({ length: PANELS.indexOf('links') }, () => key.tab));
  await terminal.until(/▸ ?n9 +(✓ +){8}·/);
  terminal.press('1');
  await terminal.until((now) => isSelected(now, 'n1') && /▸ ?n1 +· +(✓ *){8}/.test(now));
  expect(row(terminal.screen(), 'n9')).toBe('');
});
