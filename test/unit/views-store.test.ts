import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LedgerWriteView } from '../../core/observe/api.ts';
import type { ClusterChange } from '../../core/observe/cluster.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { LOAD_RATE } from '../../views/load.ts';
import { createStore, type Store } from '../../views/store.ts';
import { eventOf, FakeCluster, okWrite, snapshotChange } from './views-fakes.ts';

let cluster: FakeCluster;
let store: Store;
let ends: string[];
let lines: string[];
let stops: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  cluster = new FakeCluster();
  ends = [];
  lines = [];
  stops = 0;
  store = createStore({
    cluster,
    mouse: true,
    terminal: {
      quit: (end) => ends.push(end),
      suspend: () => ends.push('suspended'),
      mouse: (on) => ends.push(`mouse ${on}`),
      columns: () => 80,
    },
    commander: {
      run: (line, onLine, onEnd) => {
        lines.push(line);
        onLine('said');
        return () => {
          stops += 1;
          onEnd(130);
        };
      },
      complete: (line) => [{ word: `${line}!`, words: '' }],
    },
  });
});

afterEach(() => {
  store.close();
  vi.useRealTimers();
});

/** How often a listener is told while this happens. */
async function told(happens: () => void): Promise<number> {
  let times = 0;
  await settled();
  const end = store.subscribe(() => {
    times += 1;
  });
  happens();
  await settled();
  end();
  return times;
}
/** Lets what is due be drawn and fetched, and its consequences. */
const settled = async () => {
  for (let i = 0; i < 3; i += 1) {
    vi.advanceTimersByTime(100);
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  }
};
const event = (n: number): ClusterChange => ({ type: 'event', event: eventOf(n, { type: 'healed' }) });
const keys = (...names: string[]) => {
  for (const name of names) store.press(name);
};

describe('who watches is told', () => {
  test('of what a key does at once, of what the cluster does some times a second', async () => {
    await settled();
    let times = 0;
    store.subscribe(() => {
      times += 1;
    });
    for (let i = 0; i < 100; i += 1) {
      cluster.emit(event(i));
      vi.advanceTimersByTime(10);
      await Promise.resolve();
    }
    expect(times).toBeGreaterThanOrEqual(7);
    expect(times).toBeLessThanOrEqual(10);
    const before = times;
    keys('z');
    await Promise.resolve();
    expect(times).toBe(before + 1);
  });

  test('once for all that changed in one turn', async () => {
    expect(await told(() => cluster.emit(snapshotChange(), event(1), event(2)))).toBe(1);
    expect(store.get().seen.events).toHaveLength(2);
  });

  test('nothing when nothing to be drawn changed', async () => {
    cluster.emit(snapshotChange());
    expect(await told(() => cluster.emit(snapshotChange({}, { n1: { heartbeatAgeMs: 9 } })))).toBe(0);
    expect(await told(() => vi.advanceTimersByTime(200_000))).toBe(1);
    expect(await told(() => vi.advanceTimersByTime(10_000))).toBe(0);
  });

  test('nothing of what happens behind a frozen screen', async () => {
    cluster.emit(snapshotChange());
    keys('space');
    expect(await told(() => cluster.emit(snapshotChange({ mode: 'sync' }), event(1)))).toBe(0);
    expect(await told(() => vi.advanceTimersByTime(5000))).toBe(0);
    expect(await told(() => keys('space'))).toBe(1);
    expect(store.get().seen.snapshot?.mode).toBe('sync');
  });
});

describe('requests', () => {
  test('www is three writes, in order', () => {
    keys('w', 'w', 'w');
    expect(cluster.requests).toMatchObject([{ key: 'k1' }, { key: 'k2' }, { key: 'k3' }]);
  });

  test('b is a hundred writes at once, whose answers raise the token', async () => {
    keys('b');
    expect(cluster.requests).toHaveLength(100);
    cluster.answer(57, okWrite('1:58'));
    await settled();
    expect(store.get().seen.token).toBe('1:58');
    expect(store.get().seen.write).toBeNull();
  });

  test('l writes at its rate, and l again ends it', () => {
    keys('l');
    vi.advanceTimersByTime(2000);
    expect(cluster.requests.length).toBeGreaterThanOrEqual(2 * LOAD_RATE - 4);
    expect(cluster.requests.length).toBeLessThanOrEqual(2 * LOAD_RATE);
    keys('l');
    const { length } = cluster.requests;
    vi.advanceTimersByTime(2000);
    expect(cluster.requests).toHaveLength(length);
  });

  test('without answers the load does not go on for ever', () => {
    keys('l');
    vi.advanceTimersByTime(60_000);
    expect(cluster.requests).toHaveLength(500);
  });
});

describe('the ledger', () => {
  const write: LedgerWriteView = {
    id: 'w1',
    key: 'k1',
    mode: 'async',
    outcome: 'ok',
    position: '1:2',
    durableOn: [replicaId('n1')],
    ms: 1,
    fate: 'pending',
    leader: replicaId('n1'),
  };
  const counted = (ok: number, lost = 0) =>
    snapshotChange({
      writes: { ok, rejected: 0, unknown: 0 },
      fates: { pending: 0, committed: ok - lost, lost, discarded: 0 },
    });
  const fetches = () => cluster.requests.filter(({ op }) => op === 'ledger');

  test('is fetched when its counts change, once at a time, and again if more was written meanwhile', async () => {
    cluster.emit(counted(1), counted(2));
    await settled();
    expect(fetches()).toHaveLength(1);
    cluster.answer(0, { v: 1, writes: [write] });
    await settled();
    expect(fetches()).toHaveLength(2);
    cluster.answer(1, { v: 1, writes: [write, write] });
    await settled();
    expect(fetches()).toHaveLength(2);
    expect(store.get().seen.ledger.writes).toHaveLength(2);
    cluster.emit(counted(2));
    await settled();
    expect(fetches()).toHaveLength(2);
  });

  test('the losses are fetched with it, once there are some', async () => {
    cluster.emit(counted(3, 1));
    await settled();
    cluster.answer(0, { v: 1, writes: [] });
    expect(cluster.requests[1]).toEqual({ op: 'ledger', limit: 1000, fate: 'lost' });
    cluster.answer(1, { v: 1, writes: [{ ...write, fate: 'lost' }] });
    await settled();
    expect(store.get().seen.ledger.losses).toHaveLength(1);
  });
});

describe('an entry', () => {
  const open = () => {
    cluster.emit(snapshotChange());
    store.command({ type: 'focus-on', panel: 'logs' });
    keys('enter');
    const at = cluster.requests.findIndex(({ op }) => op === 'log');
    expect(cluster.requests[at]).toEqual({ op: 'log', replica: 'n1', from: 1, limit: 1 });
    return at;
  };

  test('is fetched from the replica that has it', async () => {
    const entry = { position: '1:1', id: null, op: 'noop', key: null, value: null, mode: null };
    cluster.answer(open(), { v: 1, replica: 'n1', entries: [entry], lastLsn: 1 });
    await settled();
    expect(store.get().overlay).toMatchObject({ entry, message: null });
  });

  test('if another is there by now, that is said', async () => {
    cluster.answer(open(), { v: 1, replica: 'n1', entries: [{ position: '2:1' }], lastLsn: 1 });
    await settled();
    expect(store.get().overlay).toMatchObject({ entry: null, message: 'n1 has 2:1 there now' });
  });

  test('if its log begins later by now, so is that', async () => {
    cluster.answer(open(), { v: 1, replica: 'n1', entries: [{ position: '1:9' }], lastLsn: 12 });
    await settled();
    expect(store.get().overlay).toMatchObject({ message: "n1's entries up to 8 are in its snapshot" });
  });
});

describe('the command line', () => {
  test('is run and completed by the commander, and stopped by Esc', async () => {
    keys(':', 'l', 'o', 'tab');
    await settled();
    expect(store.get().prompt?.edit.before).toBe('lo! ');
    keys('enter');
    await settled();
    expect(lines).toEqual(['lo!']);
    expect(store.get().overlay).toMatchObject({ lines: ['said'], exit: null });
    keys('escape');
    await settled();
    expect([stops, store.get().overlay]).toMatchObject([1, { exit: 130 }]);
  });
});

test('quitting, suspending and the mouse are the terminal’s', () => {
  keys('q', 'ctrl+c', 'ctrl+z', 'M', 'M');
  expect(ends).toEqual(['quit', 'interrupted', 'suspended', 'mouse false', 'mouse true']);
});

test('closed, it watches no more, writes no more, and late answers change nothing', async () => {
  keys('w', 'l');
  await settled();
  store.close();
  expect(cluster.watched).toBe(false);
  const before = store.get();
  const { length } = cluster.requests;
  cluster.answer(0, okWrite('1:1'));
  vi.advanceTimersByTime(5000);
  await settled();
  expect(store.get()).toBe(before);
  expect(cluster.requests).toHaveLength(length);
});
