import { expect, test } from 'vitest';
import { type ReplicaId, replicaId } from '../../core/protocol/position.ts';
import { parseRequest } from '../../core/wire/requests.ts';
import { scheduleOf } from '../faults/schedule.ts';

const members: readonly ReplicaId[] = ['n1', 'n2', 'n3'].map(replicaId);
const seeds = Array.from({ length: 100 }, (_, seed) => seed);

test('the same seed, the same faults; another seed, others', () => {
  const schedules = seeds.map((seed) => JSON.stringify(scheduleOf(seed, members, 10_000)));
  expect(seeds.map((seed) => JSON.stringify(scheduleOf(seed, members, 10_000)))).toEqual(schedules);
  expect(new Set(schedules).size).toBe(seeds.length);
});

test('in order of time, within the time, and each one a request that the router takes', () => {
  for (const seed of seeds) {
    const steps = scheduleOf(seed, members, 10_000);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.map(({ atMs }) => atMs)).toEqual(steps.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(steps.at(-1)?.atMs).toBeLessThanOrEqual(10_000);
    for (const { order } of steps) {
      expect(parseRequest(JSON.stringify(order))).toEqual({ request: order });
    }
  }
});

test('all kinds of faults come, and each is ended', () => {
  const orders = seeds.flatMap((seed) => scheduleOf(seed, members, 10_000)).map(({ order }) => order);
  const kinds = new Set(
    orders.map((order) => (order.op === 'link' ? `${order.fault.kind} ${order.oneWay}` : order.op)),
  );
  for (const kind of ['kill', 'power-cut', 'stop', 'pause', 'start', 'resume', 'heal']) expect(kinds).toContain(kind);
  for (const kind of ['cut true', 'cut false', 'delay true', 'drop false', 'restore undefined', 'restore true']) {
    expect(kinds).toContain(kind);
  }
});
