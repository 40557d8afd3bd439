import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { type DashboardOptions, openDashboard } from '../../views/open.tsx';
import { FakeCluster, snapshotChange } from './views-fakes.ts';

const ENTER_ALTERNATE = '\x1b[?1049h';
const LEAVE_ALTERNATE = '\x1b[?1049l';
const SHOW_CURSOR = '\x1b[?25h';

// Ink makes a console of its own, and the one that vitest puts in place has no constructor.
Object.assign(console, { Console });

/** A terminal of 80×24 that keeps what is written to it. */
function terminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode, ref: noop, unref: noop });
  function setRawMode(isRaw: boolean): void {
    stdin.isRaw = isRaw;
  }
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  let written = '';
  stdout.on('data', (data) => {
    written += data;
  });
  const streams = { stdin, stdout } as unknown as Pick<DashboardOptions, 'stdin' | 'stdout'>;
  return { stdin, streams, written: () => written };
}

const noop = (): void => {};

async function opened(options: Partial<DashboardOptions> = {}) {
  const cluster = new FakeCluster();
  const { stdin, streams, written } = terminal();
  const done = openDashboard(cluster, { title: 'here', noColor: true, ...streams, ...options });
  cluster.emit(snapshotChange());
  await vi.waitFor(() => expect(written()).toContain('n1 leads'));
  await vi.waitFor(() => expect(stdin.isRaw).toBe(true));
  return { cluster, stdin, written, done };
}

/** What is left behind: the screen as it was, the cursor, cooked input, no subscription. */
function expectRestored({ cluster, stdin, written }: Awaited<ReturnType<typeof opened>>): void {
  expect(written().split(ENTER_ALTERNATE)).toHaveLength(2);
  const after = written().slice(written().lastIndexOf(LEAVE_ALTERNATE));
  expect(after).toContain(LEAVE_ALTERNATE);
  expect(after).toContain(SHOW_CURSOR);
  expect(stdin.isRaw).toBe(false);
  expect(cluster.watched).toBe(false);
}

describe('openDashboard gives the terminal back', () => {
  test.each([
    ['q', 'q'],
    ['Ctrl-C', '\x03'],
  ])('on %s', async (_name, keys) => {
    const dashboard = await opened();
    dashboard.stdin.write(keys);
    await dashboard.done;
    expectRestored(dashboard);
  });

  test('when its signal is aborted', async () => {
    const controller = new AbortController();
    const dashboard = await opened({ signal: controller.signal });
    controller.abort();
    await dashboard.done;
    expectRestored(dashboard);
  });

  test('on an error in a component, and rejects with it', async () => {
    const dashboard = await opened();
    dashboard.cluster.emit(snapshotChange({}, { n2: { role: 'king' as never } }));
    await expect(dashboard.done).rejects.toThrow('no such role: king');
    expectRestored(dashboard);
  });
});

test('keys typed after q are not obeyed', async () => {
  const { cluster, stdin, done } = await opened();
  stdin.write('wqk');
  await done;
  expect(cluster.requests.map(({ op }) => op)).toEqual(['write']);
});

test('a signal that is aborted already: nothing is opened', async () => {
  const { streams, written } = terminal();
  await openDashboard(new FakeCluster(), { title: '', noColor: true, ...streams, signal: AbortSignal.abort() });
  expect(written()).toBe('');
});
