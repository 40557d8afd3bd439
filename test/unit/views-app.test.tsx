import { setImmediate as turn } from 'node:timers/promises';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { App } from '../../views/app.tsx';
import { createStore } from '../../views/store.ts';
import { COLOURLESS } from '../../views/theme.ts';
import { eventOf, FakeCluster, okWrite, readOf, snapshotChange } from './views-fakes.ts';

afterEach(cleanup);

/** The dashboard at 100×30 on a cluster of three, ready for keys. */
async function open() {
  const cluster = new FakeCluster();
  const store = createStore(cluster);
  const { stdin, stdout, frames } = render(<App store={store} title="127.0.0.1:7400" theme={COLOURLESS} />);
  const resize = (rows: number) => {
    Object.defineProperty(stdout, 'rows', { value: rows, configurable: true });
    stdout.emit('resize');
  };
  resize(30);
  const shows = (words: string | RegExp) => vi.waitFor(() => expect(stdout.lastFrame()).toMatch(words));
  cluster.emit(snapshotChange());
  await vi.waitFor(() => expect(stdin.listenerCount('readable')).toBe(1));
  await shows('n1 leads');
  return { cluster, stdin, resize, frames, shows };
}

describe('keys', () => {
  test('w writes, and the answer is shown', async () => {
    const { cluster, stdin, shows } = await open();
    stdin.write('w');
    expect(cluster.requests).toEqual([{ op: 'write', key: 'k1', value: 'v1' }]);
    await shows(/last write {2}k1 = v1 {2}… waiting/);
    cluster.answer(0, okWrite('1:7'));
    await shows(/last write {2}k1 = v1 {2}✓ ok at 1:7/);
    await shows(/token {7}1:7/);
  });

  test('www in one event is three writes, wtr two and a read between', async () => {
    const { cluster, stdin } = await open();
    stdin.write('www');
    expect(cluster.requests.map((request) => 'key' in request && request.key)).toEqual(['k1', 'k2', 'k3']);
    stdin.write('w\rtr');
    // The token read waits for the write, whose position it must carry.
    expect(cluster.requests.slice(3).map((request) => request.op)).toEqual(['write', 'read']);
    cluster.answer(3, okWrite('1:5'));
    expect(cluster.requests.slice(5)).toEqual([{ op: 'read', key: 'k4', level: 'token', token: '1:5' }]);
  });

  test('t reads with the token, r without', async () => {
    const { cluster, stdin, shows } = await open();
    stdin.write('w');
    cluster.answer(0, okWrite('1:7'));
    stdin.write('t');
    stdin.write('r');
    expect(cluster.requests.slice(1)).toEqual([
      { op: 'read', key: 'k1', level: 'token', token: '1:7' },
      { op: 'read', key: 'k1', level: 'any' },
    ]);
    cluster.answer(2, readOf({ value: 'v1', servedBy: replicaId('n3') }));
    await shows(/last read {3}k1 = v1 {2}from n3/);
  });

  test('k kills the leader and selects its row', async () => {
    const { cluster, stdin, shows } = await open();
    cluster.emit(snapshotChange({ leader: replicaId('n2') }, { n1: { role: 'follower' }, n2: { role: 'leader' } }));
    await shows('n2 leads');
    stdin.write('k');
    expect(cluster.requests).toEqual([{ op: 'kill', target: 'leader' }]);
    await shows('▸ n2');
    cluster.answer(0, { v: 1, ok: true, message: 'n2 killed', replicas: ['n2'] });
    cluster.emit(snapshotChange({ leader: null }, { n2: { process: 'down', role: null } }));
    await shows(/▸ n2 {2}✗ down .* s to start/);
    await shows('✓ n2 killed');
    await shows('no leader: electing…');
    await shows('s start n2');
  });

  test('s stops the selected, and starts it when it is down', async () => {
    const { cluster, stdin, shows } = await open();
    stdin.write('3s');
    expect(cluster.requests).toEqual([{ op: 'stop', target: 'n3' }]);
    cluster.emit(snapshotChange({}, { n3: { process: 'down' } }));
    await shows('s start n3');
    stdin.write('s');
    expect(cluster.requests.slice(1)).toEqual([{ op: 'start', target: 'n3' }]);
  });

  test('arrows select, m asks for the next mode', async () => {
    const { cluster, stdin, shows } = await open();
    stdin.write('\x1b[B');
    await shows('▸ n2');
    stdin.write('\x1b[A');
    await shows('▸ n1');
    stdin.write('m');
    expect(cluster.requests).toEqual([{ op: 'mode', mode: 'sync' }]);
  });

  test('what is bound to nothing does nothing: j, Alt with a key, pasted text', async () => {
    const { cluster, stdin, frames } = await open();
    const before = frames.length;
    for (const keys of ['j', '\x1bk', '\x1bw', '\x1b[200~www kkk\x1b[201~', '\x1b[M !!']) stdin.write(keys);
    await turn();
    expect(cluster.requests).toEqual([]);
    expect(frames).toHaveLength(before);
  });
});

test('a window that is resized is filled anew, and one too small says so', async () => {
  const { frames, resize, shows } = await open();
  resize(40);
  await vi.waitFor(() => expect(frames.at(-1)?.split('\n')).toHaveLength(40));
  resize(10);
  await shows('needs 60×20');
});

test('nothing changed: not drawn again; many changes in one turn: drawn once', async () => {
  const { cluster, frames, shows } = await open();
  const before = frames.length;
  cluster.emit(snapshotChange({}, { n2: { heartbeatAgeMs: 90 } }), snapshotChange({}, { n2: { heartbeatAgeMs: 250 } }));
  await turn();
  expect(frames).toHaveLength(before);
  const events = Array.from({ length: 50 }, (_, i) => eventOf(i, { type: 'mode', mode: 'async' }));
  cluster.emit(...events.map((event) => ({ type: 'event', event }) as const));
  await shows('writes are async');
  expect(frames).toHaveLength(before + 1);
});

test('the store tells of many changes in one turn once, and of none after it is closed', async () => {
  const cluster = new FakeCluster();
  const store = createStore(cluster);
  const told = vi.fn();
  store.subscribe(told);
  await turn();
  told.mockClear();
  cluster.emit(snapshotChange({ term: 2 }), snapshotChange({ term: 3 }));
  expect(told).not.toHaveBeenCalled();
  await turn();
  expect(told).toHaveBeenCalledTimes(1);
  store.press({ type: 'write' });
  store.close();
  const before = store.get();
  cluster.answer(0, okWrite('1:7'));
  expect(store.get()).toBe(before);
  expect(cluster.watched).toBe(false);
});
