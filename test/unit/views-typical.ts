import { lsn, replicaId, term } from '../../core/protocol/position.ts';
import type { Action, Dashboard } from '../../views/state.ts';
import { CONNECTED, changed, dashboardAfter, eventOf, okWrite, readOf, snapshotChange } from './views-fakes.ts';

const [n1, n2, n3] = [replicaId('n1'), replicaId('n2'), replicaId('n3')];
const end = { lsn: 17, durableLsn: 17, committedLsn: 17, position: '2:17' as const, term: 2 };
const lineage = [
  { term: 1, firstLsn: 1 },
  { term: 2, firstLsn: 12 },
];

/** A failover later: n1 was killed, n2 leads, n3 lags a little behind a delayed link; a write and a read are done. */
export const TYPICAL_ACTIONS: readonly Action[] = [
  changed(CONNECTED),
  changed(
    snapshotChange(
      {
        leader: n2,
        term: 2,
        links: [{ from: n2, to: n3, cut: false, delayMs: 200, dropPercent: 0 }],
        writes: { ok: 15, rejected: 1, unknown: 1 },
        fates: { pending: 0, committed: 16, lost: 0, discarded: 0 },
        rate: { acknowledged: 4, p50Ms: 3.4, p99Ms: 12 },
        guarantees: {
          oneLeaderPerTerm: { light: 'green', observed: 2, example: null },
          noAcknowledgedWriteLost: { light: 'green', observed: 15, example: null },
          readYourWrites: { light: 'amber', observed: 3, example: 'n3 answered at 2:12, older than 2:14' },
          monotonicReads: { light: 'grey', observed: 0, example: null },
        },
      },
      {
        n1: {
          process: 'down',
          role: null,
          lsn: 11,
          durableLsn: 11,
          committedLsn: 11,
          position: '1:11',
          lag: { entries: 6, bytes: 420, ms: 0 },
        },
        n2: { ...end, role: 'leader', lineage },
        n3: {
          ...end,
          lsn: 15,
          durableLsn: 14,
          committedLsn: 14,
          position: '2:15',
          lineage,
          lag: { entries: 2, bytes: 140, ms: 210 },
          inFlight: 2,
        },
      },
    ),
  ),
  changed({
    type: 'event',
    event: eventOf(1, { type: 'process', id: n1, change: 'killed', pid: 101 }),
  }),
  changed({
    type: 'event',
    event: eventOf(2, {
      type: 'replica',
      id: n2,
      event: { type: 'elected', term: term(2), votes: [n2, n3], last: { term: term(1), lsn: lsn(11) } },
    }),
  }),
  { type: 'key', key: 'w' },
  { type: 'write-answered', number: 1, reply: { type: 'result', result: okWrite('2:17') } },
  { type: 'key', key: 't' },
  {
    type: 'read-answered',
    number: 1,
    read: { op: 'read', key: 'k1', level: 'token', token: '2:17' },
    reply: { type: 'result', result: readOf({ servedBy: n2, position: '2:17', token: '2:17' }) },
  },
];

export const typical: Dashboard = dashboardAfter(...TYPICAL_ACTIONS);
