import { beforeEach, expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { timingOf } from '../../core/protocol/timing.ts';
import { Fleet } from '../../core/routing/fleet.ts';
import { FakeClock } from './support/fake-clock.ts';
import { statusOf } from './support/replica-view.ts';

const n1 = replicaId('n1');
const n2 = replicaId('n2');
const LEADER = 'n1 leader 2 1@1,2@15 17 d17 c16';
/** Five heartbeats at the tempo `normal`. */
const STALE_MS = 500;

let clock: FakeClock;
let cut: Set<string>;
let fleet: Fleet;

beforeEach(() => {
  clock = new FakeClock();
  cut = new Set();
  fleet = new Fleet(clock, [n1, n2], timingOf('normal'), (id) => ({
    get isConnected() {
      return !cut.has(id);
    },
    send: () => !cut.has(id),
  }));
});

test('a replica that never spoke is out of reach, and nobody leads', () => {
  expect(fleet.views()).toEqual([
    { id: 'n1', reachable: false, status: null },
    { id: 'n2', reachable: false, status: null },
  ]);
  expect(fleet.leader()).toBeNull();
  expect(fleet.statusAgeMs(n1)).toBeNull();
});

test('it is reachable while its line stands and its last status is fresh (2), and its status is kept beyond that (1)', () => {
  const status = statusOf(LEADER);
  fleet.told(n1, status);
  clock.pass(STALE_MS - 1);
  expect(fleet.leader()).toBe(status);
  expect(fleet.statusAgeMs(n1)).toBe(STALE_MS - 1);
  clock.pass(1);
  expect(fleet.isReachable(n1)).toBe(false);
  expect(fleet.leader()).toBeNull();
  fleet.told(n1, status);
  cut.add('n1');
  expect(fleet.views()[0]).toEqual({ id: 'n1', reachable: false, status });
  expect(fleet.send(n1, { type: 'read', read: { id: 'r', key: 'k', level: 'any', token: status.position } })).toBe(
    false,
  );
});

test('after a change to a faster tempo it has the time to speak at the new one (3)', () => {
  fleet.told(n1, statusOf(LEADER));
  clock.pass(STALE_MS - 150);
  fleet.retime(timingOf('fast'));
  expect(fleet.isReachable(n1)).toBe(true);
  clock.pass(149);
  expect(fleet.isReachable(n1)).toBe(true);
  fleet.told(n1, statusOf(LEADER));
  clock.pass(240);
  expect(fleet.isReachable(n1)).toBe(true);
  clock.pass(10);
  expect(fleet.isReachable(n1)).toBe(false);
});

test('after a change to a slower one it may take as long as that does, at once', () => {
  fleet.told(n1, statusOf(LEADER));
  fleet.retime(timingOf('slow'));
  clock.pass(2499);
  expect(fleet.isReachable(n1)).toBe(true);
  clock.pass(1);
  expect(fleet.isReachable(n1)).toBe(false);
});
