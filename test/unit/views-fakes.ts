import type { ClientRequest, ReadResult, WriteResult } from '../../core/observe/api.ts';
import type { Cluster, ClusterChange, ClusterReply } from '../../core/observe/cluster.ts';
import type { ClusterEvent, Happening } from '../../core/observe/events.ts';
import type { Light } from '../../core/observe/guarantees.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { type PositionText, replicaId } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import { type Action, type Dashboard, INITIAL } from '../../views/state.ts';

/** A cluster that only notes what it is asked; the test gives the answers. */
export class FakeCluster implements Cluster {
  readonly requests: ClientRequest[] = [];
  private readonly replies: ((reply: never) => void)[] = [];
  private readonly listeners = new Set<(change: ClusterChange) => void>();

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  request<R extends ClientRequest>(request: R, onReply: (reply: ClusterReply<R>) => void): void {
    this.requests.push(request);
    this.replies.push(onReply);
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.listeners.add(listener);
    listener(CONNECTED);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.listeners.clear();
  }

  emit(...changes: readonly ClusterChange[]): void {
    for (const change of changes) for (const listener of this.listeners) listener(change);
  }

  /** Answers the request of this index. */
  answer(index: number, result: object): void {
    this.replies[index]?.({ type: 'result', result } as never);
  }
}

export const CONNECTED: ClusterChange = { type: 'connection', connected: true, message: 'connected' };

/** Three replicas, n1 leading term 1; what differs is given, for replicas by id. */
export function snapshotOf(
  changes: Partial<ClusterSnapshot> = {},
  replicas: Readonly<Record<string, Partial<ReplicaSnapshot>>> = {},
  count = 3,
): ClusterSnapshot {
  return {
    v: 1,
    cluster: 'brisk-heron',
    supervised: true,
    mode: 'quorum',
    tempo: 'normal',
    term: 1,
    leader: replicaId('n1'),
    replicas: Array.from({ length: count }, (_, i) => ({ ...replicaOf(i + 1), ...replicas[`n${i + 1}`] })),
    links: [],
    writes: { ok: 0, rejected: 0, unknown: 0 },
    fates: { pending: 0, committed: 0, lost: 0, discarded: 0 },
    rate: { acknowledged: 0, p50Ms: null, p99Ms: null },
    guarantees: { oneLeaderPerTerm: GREY, noAcknowledgedWriteLost: GREY, readYourWrites: GREY, monotonicReads: GREY },
    ...changes,
  };
}

export const snapshotChange = (...of: Parameters<typeof snapshotOf>): ClusterChange => ({
  type: 'snapshot',
  snapshot: snapshotOf(...of),
});

export const eventOf = (n: number, what: Happening): ClusterEvent => ({ n, at: 1_700_000_000_000 + n, what });

export const okWrite = (position: PositionText): WriteResult => ({
  v: 1,
  writeId: `w${position}`,
  outcome: 'ok',
  position,
  token: position,
  mode: 'quorum',
  durableOn: [replicaId('n1'), replicaId('n2')],
  ms: 3.4,
});

export const readOf = (changes: Partial<ReadResult>): ReadResult => ({
  v: 1,
  found: true,
  value: 'v1',
  servedBy: replicaId('n2'),
  position: '1:1',
  committed: true,
  token: null,
  waitedMs: 0,
  why: 'n2 has what was asked for',
  candidates: [],
  ...changes,
});

/** The dashboard after these actions, from the beginning; effects are not carried out. */
export const dashboardAfter = (...actions: readonly Action[]): Dashboard =>
  actions.reduce((dashboard, action) => step(dashboard, action).dashboard, INITIAL);

/** The dashboard after these keys, from `dashboard`; effects are not carried out. */
export const pressed = (dashboard: Dashboard, ...keys: readonly string[]): Dashboard =>
  keys.reduce((before, key) => step(before, { type: 'key', key }).dashboard, dashboard);

/** A dashboard that is connected to a cluster of three. */
export const running = (...of: Parameters<typeof snapshotOf>): Dashboard =>
  dashboardAfter(changed(CONNECTED), changed(snapshotChange(...of)));

export const changed = (change: ClusterChange): Action => ({ type: 'change', change });

const GREY: Light = { light: 'grey', observed: 0, example: null };

function replicaOf(number: number): ReplicaSnapshot {
  return {
    id: replicaId(`n${number}`),
    addr: `127.0.0.1:${7400 + number}`,
    pid: 100 + number,
    process: 'up',
    role: number === 1 ? 'leader' : 'follower',
    term: 1,
    position: '1:1',
    lsn: 1,
    durableLsn: 1,
    committedLsn: 1,
    lineage: [{ term: 1, firstLsn: 1 }],
    baseLsn: 0,
    standing: 'voter',
    diskFull: false,
    inFlight: 0,
    lag: { entries: 0, bytes: 0, ms: 0 },
    heartbeatAgeMs: 0,
  };
}
