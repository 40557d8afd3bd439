// The dashboard on a terminal that is fed by hand: how it gets keys and the mouse, draws, and gives the terminal back.
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Commander } from '../../views/commander.ts';
import { type DashboardOptions, openDashboard } from '../../views/open.tsx';
import { eventOf, FakeCluster, okWrite, snapshotChange } from './views-fakes.ts';

const ENTER_ALTERNATE = '\x1b[?1049h';
const LEAVE_ALTERNATE = '\x1b[?1049l';
const SHOW_CURSOR = '\x1b[?25h';
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

// Ink makes a console of its own, and the one that vitest puts in place has no constructor.
Object.assign(console, { Console });

/** A terminal that keeps what is written to it. */
function terminal(columns: number, rows: number) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode, ref: noop, unref: noop });
  function setRawMode(isRaw: boolean): void {
    stdin.isRaw = isRaw;
  }
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  let written = '';
  stdout.on('data', (data) => {
    written += data;
  });
  const streams = { stdin, stdout } as unknown as Pick<DashboardOptions, 'stdin' | 'stdout'>;
  const resize = (size: { readonly columns: number; readonly rows: number }): void => {
    Object.assign(stdout, size);
    stdout.emit('resize');
  };
  return { stdin, streams, resize, written: () => written };
}

const noop = (): void => {};
const commander: Commander = { run: () => noop, complete: () => [] };
const looks = { theme: 'dark', ascii: false, mouse: true, noColor: true } as const;
const DEFAULTS = { title: 'here', looks, commander };

/** What ends the dashboards of this test, and waits for that. */
const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function opened(options: Partial<DashboardOptions> = {}, columns = 100, rows = 40) {
  const cluster = new FakeCluster();
  const { stdin, streams, resize, written } = terminal(columns, rows);
  const closing = new AbortController();
  const done = openDashboard(cluster, { ...DEFAULTS, ...streams, signal: closing.signal, ...options });
  closings.push(() => {
    closing.abort();
    return done.catch(() => {});
  });
  cluster.emit(snapshotChange());
  const shows = (words: string | RegExp): Promise<void> => vi.waitFor(() => expect(written()).toMatch(words));
  await shows('n1 leads');
  await vi.waitFor(() => expect(stdin.isRaw).toBe(true));
  return { cluster, stdin, resize, written, shows, done };
}

/** What is left behind: the screen as it was, the cursor, cooked input, the mouse, no subscription. */
function expectRestored({ cluster, stdin, written }: Awaited<ReturnType<typeof opened>>): void {
  expect(written().split(ENTER_ALTERNATE)).toHaveLength(2);
  const after = written().slice(written().lastIndexOf(LEAVE_ALTERNATE));
  expect(after).toContain(LEAVE_ALTERNATE);
  expect(after).toContain(SHOW_CURSOR);
  expect(after).toContain(MOUSE_OFF);
  expect(stdin.isRaw).toBe(false);
  expect(cluster.watched).toBe(false);
}

describe('the terminal is given back', () => {
  test.each([
    ['q', 'q', 'quit'],
    ['Ctrl-C', '\x03', 'interrupted'],
  ])('on %s', async (_name, keys, end) => {
    const dashboard = await opened();
    dashboard.stdin.write(keys);
    expect(await dashboard.done).toBe(end);
    expectRestored(dashboard);
  });

  test('when its signal is aborted', async () => {
    const controller = new AbortController();
    const dashboard = await opened({ signal: controller.signal });
    controller.abort();
    expect(await dashboard.done).toBe('quit');
    expectRestored(dashboard);
  });

  test.each([
    ['ends', (stdin: PassThrough) => stdin.end()],
    ['fails', (stdin: PassThrough) => stdin.destroy(new Error('EIO'))],
  ])('when its input %s, for then the window is closed', async (_name, close) => {
    const dashboard = await opened();
    close(dashboard.stdin);
    expect(await dashboard.done).toBe('hung-up');
    expectRestored(dashboard);
  });

  test('on an error while drawing, and that is told', async () => {
    const dashboard = await opened();
    dashboard.cluster.emit(snapshotChange({}, { n2: { role: 'king' as never } }));
    await expect(dashboard.done).rejects.toThrow('no such role: king');
    expectRestored(dashboard);
  });
});

test('a signal that is aborted already: nothing is opened', async () => {
  const { streams, written } = terminal(80, 24);
  await openDashboard(new FakeCluster(), { ...DEFAULTS, ...streams, signal: AbortSignal.abort() });
  expect(written()).toBe('');
});

describe('keys', () => {
  test('in one read are as many keys; after q they are not obeyed', async () => {
    const { cluster, stdin, done } = await opened();
    stdin.write('wwtqk');
    await done;
    expect(cluster.requests.filter(({ op }) => op !== 'ledger').map(({ op }) => op)).toEqual(['write', 'write']);
  });

  test('Escape comes through, and what is bound to nothing does nothing: j, Alt with a key, pasted text', async () => {
    const { cluster, stdin, written, shows } = await opened();
    stdin.write('?');
    await shows('Esc closes');
    const asked = cluster.requests.length;
    for (const keys of ['j', '\x1bk', '\x1bw', '\x1b[200~www kkk\x1b[201~', '\x1b[M !!']) stdin.write(keys);
    const before = written().length;
    stdin.write('\x1b');
    await vi.waitFor(() => expect(written().slice(before)).toContain('replicas'));
    expect(cluster.requests).toHaveLength(asked);
  });

  test('pasted text is typed where something is asked', async () => {
    const { cluster, stdin } = await opened();
    stdin.write('W');
    stdin.write('\x1b[200~my key\x1b[201~');
    stdin.write('\r1\r');
    await vi.waitFor(() => expect(cluster.requests).toContainEqual({ op: 'write', key: 'my key', value: '1' }));
  });
});

describe('the mouse', () => {
  test('is asked for, and selects', async () => {
    const { stdin, written, shows } = await opened();
    expect(written()).toContain(MOUSE_ON);
    // The third row of the first panel's inside: n2.
    stdin.write('\x1b[<0;10;7M\x1b[<0;10;7m');
    await shows(/▸ n2/);
  });

  test('with keys before and after it in one read, in their order', async () => {
    const { cluster, stdin } = await opened();
    stdin.write('2K\x1b[<0;10;8MK');
    await vi.waitFor(() => expect(cluster.requests.filter(({ op }) => op === 'kill')).toHaveLength(2));
    expect(cluster.requests.filter(({ op }) => op === 'kill')).toEqual([
      { op: 'kill', target: 'n2' },
      { op: 'kill', target: 'n3' },
    ]);
  });

  test('is the terminal’s if that is wished, or with M', async () => {
    const without = await opened({ looks: { ...looks, mouse: false } });
    expect(without.written()).not.toContain(MOUSE_ON);
    without.stdin.write('M');
    await vi.waitFor(() => expect(without.written()).toContain(MOUSE_ON));
    without.stdin.write('M');
    await vi.waitFor(() => expect(without.written()).toContain(MOUSE_OFF));
    without.stdin.write('q');
    await without.done;
    expect(without.written().split(MOUSE_OFF)).toHaveLength(2);
  });
});

describe('drawing', () => {
  test('nothing changed: nothing is written; many changes in one turn: one frame', async () => {
    // So small that the charts, which move with time, are behind another panel.
    const { cluster, written, shows } = await opened({}, 80, 24);
    await turn();
    const before = written();
    cluster.emit(
      snapshotChange({}, { n2: { heartbeatAgeMs: 90 } }),
      snapshotChange({}, { n3: { heartbeatAgeMs: 250 } }),
    );
    await turn();
    expect(written()).toBe(before);
    cluster.emit(
      ...[1, 2, 3].map((n) => ({ type: 'event', event: eventOf(n, { type: 'mode', mode: 'async' }) }) as const),
    );
    await shows('writes are async');
    expect(written().slice(before.length).split('\x1b[?2026h')).toHaveLength(2);
  });

  test('another size: filled anew; too small: says so', async () => {
    const { resize, shows } = await opened();
    resize({ columns: 130, rows: 50 });
    await shows('quorum: a write is ok');
    resize({ columns: 40, rows: 10 });
    await shows('needs 60×20');
  });

  test('the charts come once their library is there', async () => {
    const { shows } = await opened({}, 120, 60);
    await shows('entries behind the leader');
  });

  test('in ASCII, there is nothing else', async () => {
    const { cluster, stdin, written, shows } = await opened({ looks: { ...looks, ascii: true } }, 140, 60);
    stdin.write('w');
    await vi.waitFor(() => expect(cluster.requests).toContainEqual({ op: 'write', key: 'k1', value: 'v1' }));
    cluster.answer(
      cluster.requests.findIndex(({ op }) => op === 'write'),
      okWrite('1:2'),
    );
    await shows('ok at 1:2');
    stdin.write('?');
    await shows('Esc closes');
    expect([...written()].filter((character) => character > '~')).toEqual([]);
  });
});
