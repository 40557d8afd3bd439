import fc from 'fast-check';
import type { LedgerWriteView, LogEntryView } from '../../core/observe/api.ts';
import type { Happening } from '../../core/observe/events.ts';
import type { Light } from '../../core/observe/guarantees.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { STANDINGS } from '../../core/protocol/entry.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { KEYMAP } from '../../views/keymap.ts';
import type { Action } from '../../views/state.ts';
import { eventOf, okWrite, readOf, snapshotOf } from './views-fakes.ts';
import { hostileTexts } from './views-texts.ts';

/** What can come to the dashboard, in any order, from a cluster of `count`: keys, changes and answers, with any text. */
export const actionsOf = (count: number): fc.Arbitrary<readonly Action[]> =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: keys },
      { weight: 5, arbitrary: changesOf(count) },
      { weight: 4, arbitrary: answersOf(count) },
      { weight: 2, arbitrary: others },
    ),
    { maxLength: 30 },
  );

const MODES = ['async', 'quorum', 'sync'] as const;
const FATES = ['pending', 'committed', 'lost', 'discarded'] as const;

const keys: fc.Arbitrary<Action> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...KEYMAP.flatMap((binding) => binding.keys)) },
    { weight: 1, arbitrary: fc.constantFrom('a', '漢', 'x\u0301', 'backspace', 'delete', 'ctrl+a', 'ctrl+w') },
  )
  .map((key) => ({ type: 'key', key }));

const figures = fc.oneof(fc.nat(20), fc.nat(10_000_000));
const positions = fc.tuple(fc.nat(40), figures).map(([term, lsn]): PositionText => `${term}:${lsn}`);
const idsOf = (count: number) => fc.integer({ min: 1, max: count }).map((n) => replicaId(`n${n}`));
const lights: fc.Arbitrary<Light> = fc.record({
  light: fc.constantFrom('grey', 'green', 'amber', 'red'),
  observed: figures,
  example: fc.option(hostileTexts),
});
const outcomes = fc.record({ ok: figures, rejected: figures, unknown: figures });

const replicas: fc.Arbitrary<Partial<ReplicaSnapshot>> = fc
  .record({
    process: fc.constantFrom('up', 'up', 'paused', 'down'),
    role: fc.constantFrom('leader', 'follower', 'candidate', null),
    term: fc.nat(40),
    lsn: figures,
    durableLsn: figures,
    committedLsn: figures,
    branches: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
    inFlight: fc.nat(50),
    lag: fc.option(fc.record({ entries: figures, bytes: figures, ms: figures })),
    heartbeatAgeMs: fc.option(figures),
    baseLsn: fc.oneof(fc.constant(0), figures),
    standing: fc.constantFrom(...STANDINGS),
    diskFull: fc.boolean(),
  })
  .map(({ branches, ...replica }) => ({
    ...replica,
    position: `${replica.term}:${replica.lsn}` as const,
    lineage: branches.toSorted((a, b) => a - b).map((firstLsn, i) => ({ term: i + 1, firstLsn })),
  }));

function snapshotsOf(count: number): fc.Arbitrary<ClusterSnapshot> {
  const links = fc.record({
    from: idsOf(count),
    to: idsOf(count),
    cut: fc.boolean(),
    delayMs: fc.constantFrom(0, 200, 70_000),
    dropPercent: fc.constantFrom(0, 30, 100),
  });
  const changes = fc.record({
    cluster: hostileTexts,
    supervised: fc.boolean(),
    mode: fc.constantFrom(...MODES),
    tempo: fc.constantFrom('slow', 'normal', 'fast'),
    term: fc.nat(1000),
    leader: fc.option(idsOf(count)),
    links: fc.array(links, { maxLength: 12 }),
    writes: outcomes,
    fates: fc.record({ pending: figures, committed: figures, lost: figures, discarded: figures }),
    rate: fc.record({ acknowledged: figures, p50Ms: fc.option(figures), p99Ms: fc.option(figures) }),
    guarantees: fc.record({
      oneLeaderPerTerm: lights,
      noAcknowledgedWriteLost: lights,
      readYourWrites: lights,
      monotonicReads: lights,
    }),
  });
  return fc
    .tuple(changes, fc.array(replicas, { minLength: count, maxLength: count }))
    .map(([change, each]) =>
      snapshotOf(change, Object.fromEntries(each.map((replica, i) => [`n${i + 1}`, replica])), count),
    );
}

const happenings = (count: number): fc.Arbitrary<Happening> =>
  fc.oneof(
    fc.record({
      type: fc.constant('lost'),
      id: hostileTexts,
      key: hostileTexts,
      position: positions,
      mode: fc.constantFrom(...MODES),
    }),
    fc.record({
      type: fc.constant('died'),
      id: idsOf(count),
      exit: hostileTexts,
      reason: fc.option(hostileTexts),
      output: hostileTexts,
      rebuildable: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('process'),
      id: idsOf(count),
      change: fc.constantFrom('started', 'killed', 'paused', 'power-cut'),
      pid: fc.option(figures),
    }),
    fc.record({ type: fc.constant('contact'), id: idsOf(count), heard: fc.boolean(), reason: fc.option(hostileTexts) }),
  );

const changesOf = (count: number): fc.Arbitrary<Action> =>
  fc
    .oneof(
      { weight: 3, arbitrary: snapshotsOf(count).map((snapshot) => ({ type: 'snapshot', snapshot }) as const) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(figures, happenings(count))
          .map(([n, what]) => ({ type: 'event', event: eventOf(n, what) }) as const),
      },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant('connection'), connected: fc.boolean(), message: hostileTexts }),
      },
    )
    .map((change) => ({ type: 'change', change }));

const errors = hostileTexts.map((message) => ({ code: 'leader-lost', message }) as const);

const writesOf = (count: number): fc.Arbitrary<LedgerWriteView> =>
  fc.record({
    id: hostileTexts,
    key: hostileTexts,
    mode: fc.constantFrom(...MODES),
    outcome: fc.constantFrom('ok', 'rejected', 'unknown'),
    position: fc.option(positions),
    durableOn: fc.array(idsOf(count), { maxLength: count }),
    ms: figures,
    fate: fc.option(fc.constantFrom(...FATES)),
    leader: fc.option(idsOf(count)),
  });

const entries: fc.Arbitrary<LogEntryView> = fc.record({
  position: positions,
  id: fc.option(hostileTexts),
  op: fc.constantFrom('noop', 'put', 'delete'),
  key: fc.option(hostileTexts),
  value: fc.option(hostileTexts),
  mode: fc.option(fc.constantFrom(...MODES)),
  committed: fc.boolean(),
  durable: fc.boolean(),
});

function answersOf(count: number): fc.Arbitrary<Action> {
  const disconnected = hostileTexts.map((message) => ({ type: 'disconnected', message }) as const);
  const number = fc.integer({ min: 1, max: 3 });
  const writeResult = fc
    .tuple(positions, fc.constantFrom('ok', 'rejected', 'unknown'), fc.option(errors))
    .map(([at, outcome, error]) => ({ ...okWrite(at), outcome, ...(error ? { error } : {}) }) as const);
  const readResult = fc
    .record({
      value: fc.option(hostileTexts),
      why: hostileTexts,
      position: fc.option(positions),
      committed: fc.boolean(),
    })
    .chain((read) => fc.option(errors).map((error) => readOf({ ...read, ...(error ? { error } : {}) })));
  const asResult = <R>(result: R) => ({ type: 'result', result }) as const;
  return fc.oneof(
    fc.record({
      type: fc.constant('write-answered'),
      number,
      reply: fc.oneof(writeResult.map(asResult), disconnected),
    }),
    fc.record({
      type: fc.constant('read-answered'),
      number,
      read: hostileTexts.map((key) => ({ op: 'read', key, level: 'token', token: '1:1' }) as const),
      reply: fc.oneof(readResult.map(asResult), disconnected),
    }),
    fc.record({
      type: fc.constant('control-answered'),
      control: fc.constant({ op: 'kill', target: 'leader' } as const),
      fault: fc.constant(null),
      reply: fc.oneof(
        hostileTexts.map((message) => asResult({ v: 1, ok: true, message } as const)),
        disconnected,
      ),
    }),
    fc.record({
      type: fc.constant('ledger-answered'),
      counts: fc.constant(''),
      writes: fc.option(fc.array(writesOf(count), { maxLength: 9 })),
      losses: fc.option(fc.array(writesOf(count), { maxLength: 3 })),
    }),
    fc.record({
      type: fc.constant('entry-answered'),
      of: fc.constantFrom(replicaId('n1'), replicaId('n2')),
      position: positions,
      entry: fc.option(entries),
      message: fc.option(hostileTexts),
    }),
  );
}

const others: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant('paste'), text: hostileTexts }),
  fc.record({ type: fc.constant('output'), line: hostileTexts }),
  fc.record({ type: fc.constant('ended'), exit: fc.constantFrom(0, 1) }),
  fc.constant({ type: 'second' } as const),
  fc.record({
    type: fc.constant('completed'),
    completions: fc.array(fc.record({ word: hostileTexts, words: hostileTexts }), { maxLength: 4 }),
  }),
);
