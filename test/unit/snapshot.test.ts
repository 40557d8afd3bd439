import { expect, test } from 'vitest';
import { GuaranteeWatch } from '../../core/observe/guarantees.ts';
import { Ledger } from '../../core/observe/ledger.ts';
import {
  buildSnapshot,
  LINEAGE_SHOWN_MAX,
  type LinkSnapshot,
  type ReplicaFacts,
  type SnapshotParts,
} from '../../core/observe/snapshot.ts';
import { lsn, replicaId, term } from '../../core/protocol/position.ts';
import type { FollowerStatus, ReplicaStatus } from '../../core/protocol/status.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [
  ReturnType<typeof replicaId>,
  ReturnType<typeof replicaId>,
  ReturnType<typeof replicaId>,
];
const lineage = [{ term: term(2), firstLsn: lsn(1) }];

const following: ReplicaStatus = {
  ...{ id: n2, role: 'follower', term: term(2), leader: n1, lineage, inContact: false, followers: [] },
  position: { term: term(2), lsn: lsn(15) },
  ...{ baseLsn: lsn(0), standing: 'voter', diskFull: false },
  durableLsn: lsn(14),
  committedLsn: lsn(13),
};
const behind: FollowerStatus = { id: n2, lag: { entries: 2, bytes: 300, ms: 12 }, inFlight: 1 };
const unknown: FollowerStatus = { id: n3, lag: null, inFlight: 0 };
const leading: ReplicaStatus = {
  ...following,
  ...{ id: n1, role: 'leader', inContact: true, followers: [behind, unknown] },
  position: { term: term(2), lsn: lsn(17) },
};

const up = (status: ReplicaStatus): ReplicaFacts => ({
  ...{ id: status.id, reachable: true, heard: true, status, statusAgeMs: 40 },
  ...{ addr: `127.0.0.1:740${status.id.slice(1)}`, pid: 100 + Number(status.id.slice(1)), process: 'up' },
});
const started = (facts: ReplicaFacts): ReplicaFacts => ({ ...facts, heard: false, pid: 99 });
const down = (facts: ReplicaFacts): ReplicaFacts => ({ ...facts, reachable: false, process: 'down', pid: null });
const unheard: ReplicaFacts = {
  ...{ id: n3, reachable: false, heard: false, status: null, statusAgeMs: null },
  ...{ addr: null, pid: null, process: 'up' },
};

function snapshot(replicas: ReplicaFacts[], links: LinkSnapshot[] = []) {
  const [ledger, watch] = [new Ledger(), new GuaranteeWatch()];
  const parts: SnapshotParts = {
    ...{ cluster: 'c1', supervised: true, mode: 'quorum', tempo: 'normal', replicas, links },
    ...{ writes: ledger.outcomes, fates: ledger.fates, guarantees: watch.lights(ledger.kept) },
    rate: { acknowledged: 12, p50Ms: 1.5, p99Ms: 9 },
  };
  return buildSnapshot(parts);
}

test('a healthy cluster: what each says of itself, and lag as its leader has it', () => {
  const { replicas, ...rest } = snapshot([up(leading), up(following), unheard]);
  const grey = { light: 'grey', observed: 0, example: null };
  expect(rest).toEqual({
    ...{ v: 1, cluster: 'c1', supervised: true, mode: 'quorum', tempo: 'normal', term: 2, leader: 'n1', links: [] },
    writes: { ok: 0, rejected: 0, unknown: 0 },
    fates: { pending: 0, committed: 0, lost: 0, discarded: 0 },
    rate: { acknowledged: 12, p50Ms: 1.5, p99Ms: 9 },
    guarantees: { oneLeaderPerTerm: grey, noAcknowledgedWriteLost: grey, readYourWrites: grey, monotonicReads: grey },
  });
  const whole = { baseLsn: 0, standing: 'voter', diskFull: false };
  expect(replicas).toEqual([
    {
      ...{ id: 'n1', addr: '127.0.0.1:7401', pid: 101, process: 'up', role: 'leader', term: 2, position: '2:17' },
      ...{ lsn: 17, durableLsn: 14, committedLsn: 13, lag: { entries: 0, bytes: 0, ms: 0 }, heartbeatAgeMs: 40 },
      ...{ lineage: [{ term: 2, firstLsn: 1 }], inFlight: 0, ...whole },
    },
    {
      ...{ id: 'n2', addr: '127.0.0.1:7402', pid: 102, process: 'up', role: 'follower', term: 2, position: '2:15' },
      ...{ lsn: 15, durableLsn: 14, committedLsn: 13, lag: { entries: 2, bytes: 300, ms: 12 }, heartbeatAgeMs: 40 },
      ...{ lineage: [{ term: 2, firstLsn: 1 }], inFlight: 1, ...whole },
    },
    {
      ...{ id: 'n3', addr: null, pid: null, process: 'up', role: null, term: 0, position: '0:0' },
      ...{
        lsn: 0,
        durableLsn: 0,
        committedLsn: 0,
        lag: null,
        heartbeatAgeMs: null,
        lineage: [],
        inFlight: 0,
        ...whole,
      },
    },
  ]);
});

test('a dead leader keeps its numbers, but no role; and without a leader nobody has a lag', () => {
  const { leader, term: highest, replicas } = snapshot([down(up(leading)), up(following)]);
  expect([leader, highest]).toEqual([null, 2]);
  expect(replicas[0]).toMatchObject({ process: 'down', role: null, position: '2:17', lsn: 17, lag: null });
  expect(replicas[1]).toMatchObject({ process: 'up', role: 'follower', lag: null, inFlight: 0 });
});

test('one that was just started has no role before it has said so itself: what is known is of the process before', () => {
  const { replicas } = snapshot([started(up(leading)), up(following)]);
  expect(replicas[0]).toMatchObject({ process: 'up', role: null, position: '2:17', lsn: 17 });
});

test('a dead follower lags all the more: its leader goes on counting; nothing is on its way to it', () => {
  const { replicas } = snapshot([up(leading), down(up(following))]);
  expect(replicas[1]).toMatchObject({ role: null, lag: { entries: 2, bytes: 300, ms: 12 }, inFlight: 0 });
});

test('a paused leader still plays its part, as far as it knows, but nobody leads', () => {
  const paused: ReplicaFacts = { ...up(leading), reachable: false, process: 'paused', statusAgeMs: 4000 };
  const { leader, replicas } = snapshot([paused, up(following)]);
  expect(leader).toBeNull();
  expect(replicas[0]).toMatchObject({ process: 'paused', role: 'leader', heartbeatAgeMs: 4000 });
});

test('a deposed leader that claims its term does not lead, and the highest term anyone has reached is shown', () => {
  const later: ReplicaStatus = { ...following, term: term(3), leader: n3 };
  const { leader, term: highest, replicas } = snapshot([up(leading), up(later), unheard]);
  expect([leader, highest]).toEqual([null, 3]);
  expect(replicas.map(({ lag }) => lag)).toEqual([null, null, null]);
});

test('only links with a fault are listed', () => {
  const link = (cut: boolean, delayMs: number, dropPercent: number) => ({
    from: n1,
    to: n2,
    cut,
    delayMs,
    dropPercent,
  });
  const faulty = [link(true, 0, 0), link(false, 200, 0), link(false, 0, 30)];
  expect(snapshot([], [link(false, 0, 0), ...faulty]).links).toEqual(faulty);
});

test('of a long lineage the newest branches are shown, oldest first', () => {
  const branches = Array.from({ length: LINEAGE_SHOWN_MAX + 3 }, (_, i) => ({
    term: term(i + 1),
    firstLsn: lsn(2 * i + 1),
  }));
  const { replicas } = snapshot([up({ ...leading, lineage: branches })]);
  expect(replicas[0]?.lineage).toHaveLength(LINEAGE_SHOWN_MAX);
  expect(replicas[0]?.lineage[0]).toEqual({ term: 4, firstLsn: 7 });
  expect(replicas[0]?.lineage.at(-1)).toEqual(branches.at(-1));
});
