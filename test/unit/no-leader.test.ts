// Why nobody leads: an election takes a moment; too few who run, may vote or have room are for people to mend.
import { expect, test } from 'vitest';
import { statusLines } from '../../cli/status-table.ts';
import { GuaranteeWatch } from '../../core/observe/guarantees.ts';
import { Ledger } from '../../core/observe/ledger.ts';
import { buildSnapshot, type ClusterSnapshot } from '../../core/observe/snapshot.ts';
import type { ReplicaView } from '../../core/protocol/leader-of.ts';
import { nobodyToAct, whyNoLeader } from '../../core/routing/no-leader.ts';
import { route } from '../../core/routing/route.ts';
import { cluster } from './support/replica-view.ts';
import { at, Tier } from './support/tier.ts';

const n1 = 'n1 follower 3 1@1 9 d9 c9';
const n2 = 'n2 follower 3 1@1 9 d9 c9';
const n3 = 'n3 follower 3 1@1 9 d9 c9';

const CASES: readonly { readonly why: string | null; readonly rows: readonly string[] }[] = [
  { why: null, rows: [n1, n2, n3] },
  { why: null, rows: [n1, n2, `${n3} barred`] },
  { why: null, rows: [`${n1} full`, n2, n3] },
  { why: '1 of 3 up, needs 2; bring 1 of n2 n3 back', rows: [n1, 'n2! -', 'n3! -'] },
  {
    why: '1 voter, needs 2; n2 has no vote: bring n1 back',
    rows: [n1.replace('n1', 'n1!'), `${n2} barred`, n3],
  },
  {
    why: '1 voter, needs 2; n2 n3 have no vote: only their old logs, brought back whole, would help',
    rows: [n1, `${n2} barred`, `${n3} rejoining`],
  },
  {
    why: 'the disks of n1 n2 are full; make room on the disk of n1 or n2',
    rows: [`${n1} full`, `${n2} full`, n3],
  },
  {
    why: '1 voter, needs 2; n1 has no vote: bring n3 back, and make room on the disk of n2',
    rows: [`${n1} barred full`, `${n2} full`, 'n3! -'],
  },
];

/** As the router shows it. */
function snapshotOf(views: readonly ReplicaView[]): ClusterSnapshot {
  const [ledger, watch] = [new Ledger(), new GuaranteeWatch()];
  return buildSnapshot({
    ...{ cluster: 'c', supervised: true, mode: 'quorum', tempo: 'normal', links: [] },
    replicas: views.map((view) => ({
      ...{ ...view, addr: null, pid: 1, heard: view.reachable, statusAgeMs: 1 },
      process: view.reachable ? 'up' : 'down',
    })),
    ...{ writes: ledger.outcomes, fates: ledger.fates, guarantees: watch.lights(ledger.kept) },
    rate: { acknowledged: 0, p50Ms: null, p99Ms: null },
  });
}

test.each(CASES)('$why', ({ why, rows }) => {
  const views = cluster(...rows);
  const obstacle = why === null ? null : `nobody leads: ${why}`;
  expect(whyNoLeader(views)).toBe(obstacle ?? 'nobody leads now: try again in a moment');
  expect(nobodyToAct(views).message).toBe(`${whyNoLeader(views)}; or name a replica`);
  const read = route({ level: 'linearizable', token: at('0:0'), from: 'anyone' }, views, 0);
  expect(read).toMatchObject({ code: 'no-leader', why: obstacle ?? 'nobody leads now' });
  const [first] = statusLines(snapshotOf(views), 300);
  expect(first).toMatch(why === null ? /, no leader$/ : `, no leader: ${why}`);
});

test('a write is told so', () => {
  const told: (string | undefined)[] = [];
  const { tier } = new Tier().told(n1, `${n2} barred`);
  const command = { op: 'put', key: 'k', value: 'v' } as const;
  tier.write({ command, mode: 'quorum', session: null, token: null }, ({ error }) => told.push(error?.message));
  expect(told).toEqual(['nobody leads: 1 voter, needs 2; n2 has no vote: bring n3 back']);
});

test('status says who has no vote, and whose disk is full', () => {
  const snapshot = snapshotOf(cluster(n1, `${n2} rejoining`, `${n3} barred full`));
  expect(snapshot.replicas).toMatchObject([
    { standing: 'voter', diskFull: false },
    { standing: 'rejoining', diskFull: false },
    { standing: 'barred', diskFull: true },
  ]);
  const states = statusLines(snapshot, 300)
    .slice(2, 5)
    .map((line) => line.split(/ {2,}/)[1]);
  expect(states).toEqual(['○ follower', '○ follower, no vote yet', '○ follower, no vote, disk full']);
});
