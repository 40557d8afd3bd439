import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WatchRecord } from '../../core/observe/api.ts';
import { GuaranteeWatch } from '../../core/observe/guarantees.ts';
import { Ledger } from '../../core/observe/ledger.ts';
import { WriteRate } from '../../core/observe/rate.ts';
import { buildSnapshot } from '../../core/observe/snapshot.ts';
import { Publisher } from '../../core/router/publisher.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a cluster at rest publishes the fall of its rate once, and then nothing', () => {
  const rate = new WriteRate();
  const publisher = publisherOf(rate);
  const told = watch(publisher);
  vi.advanceTimersByTime(1000);
  for (let n = 0; n < 3; n++) rate.add(1, performance.now());
  vi.advanceTimersByTime(60_000);
  const rates = told.flatMap((record) => (record.type === 'snapshot' ? record.snapshot.rate.acknowledged : []));
  // The first two as it begins to watch.
  expect(rates).toEqual([0, 0, 3, 0]);
});

test('who comes late is told the router’s start, by which it knows this router, and the last events', () => {
  const publisher = publisherOf(new WriteRate());
  publisher.event({ type: 'router', restarts: 0 });
  for (let n = 2; n <= 1000; n++) publisher.event({ type: 'mode', mode: 'sync' });
  const events = watch(publisher).flatMap((record) => (record.type === 'event' ? record.event : []));
  const [start, ...last] = events;
  expect(start).toMatchObject({ n: 1, what: { type: 'router' } });
  expect(last.length).toBeGreaterThanOrEqual(200);
  expect(last.length).toBeLessThanOrEqual(400);
  expect(last.map(({ n }) => n)).toEqual(last.map((_, index) => 1001 - last.length + index));
});

function publisherOf(rate: WriteRate): Publisher {
  const [ledger, guarantees] = [new Ledger(), new GuaranteeWatch()];
  return new Publisher(() =>
    buildSnapshot({
      ...{ cluster: 'c', supervised: true, mode: 'quorum', tempo: 'normal', replicas: [], links: [] },
      ...{ writes: ledger.outcomes, fates: ledger.fates, guarantees: guarantees.lights(0) },
      rate: rate.read(performance.now()),
    }),
  );
}

/** All that a new watcher is told, from now on. */
function watch(publisher: Publisher): readonly WatchRecord[] {
  const told: WatchRecord[] = [];
  publisher.watch({
    send: (record) => {
      told.push(record);
      return true;
    },
  });
  return told;
}
