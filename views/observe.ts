import type { ClusterChange } from '../core/observe/cluster.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import { eventLines } from './event-lines.ts';
import { hearFate, keepFate } from './fates.ts';
import { quieten, sameSnapshot } from './quiet.ts';
import {
  actual,
  type Dashboard,
  type Effect,
  EVENTS_KEPT,
  INITIAL,
  learn,
  only,
  type Seen,
  type Step,
} from './state.ts';

/** What the cluster tells, taken in. */
export function observe(dashboard: Dashboard, change: ClusterChange): Step {
  switch (change.type) {
    case 'connection': {
      const { connected, message } = change;
      return only(learn(dashboard, (seen) => ({ ...seen, connection: { connected, message } })));
    }
    case 'event':
      return only(happened(dashboard, change.event));
    case 'snapshot': {
      const snapshot = quieten(change.snapshot);
      const before = actual(dashboard).snapshot;
      if (before !== null && before.cluster !== snapshot.cluster) return withLedger(meet(dashboard, snapshot));
      const next = learn(dashboard, (seen) =>
        sameSnapshot(seen.snapshot, snapshot) ? seen : keepFate({ ...seen, snapshot }),
      );
      if (next === dashboard) return only(dashboard);
      return withLedger({ ...next, selected: next.selected ?? snapshot.replicas[0]?.id ?? null });
    }
    default:
      throw new Error(`no such change: ${JSON.stringify(change satisfies never)}`);
  }
}

/** Another cluster answers at the same address: what was known of the one before, and the token, mean nothing here. */
function meet(dashboard: Dashboard, snapshot: ClusterSnapshot): Dashboard {
  const { connection } = actual(dashboard);
  const text = `another cluster answers here now, ${snapshot.cluster}: this session begins anew`;
  const seen = { ...INITIAL.seen, connection, snapshot };
  const fresh = { cursor: null, faults: [], modeAsked: null, tempoAsked: null, tokenReadDue: null };
  return { ...dashboard, ...fresh, seen, behind: null, notice: { tone: 'bad', text } };
}

/** Fetches the ledger when its counts have changed; one fetch at a time. */
export function withLedger(dashboard: Dashboard): Step {
  const { snapshot, ledger, connection } = actual(dashboard);
  if (snapshot === null || dashboard.ledgerAsked || !connection.connected) return only(dashboard);
  const counts = countsOf(snapshot);
  if (counts === ledger.counts) return only(dashboard);
  const effect: Effect = { type: 'ledger', counts, withLosses: snapshot.fates.lost > 0 };
  return { dashboard: { ...dashboard, ledgerAsked: true }, effects: [effect] };
}

const countsOf = ({ writes, fates }: ClusterSnapshot): string =>
  [...Object.values(writes), ...Object.values(fates)].join(' ');

function happened(dashboard: Dashboard, event: ClusterEvent): Dashboard {
  const { events: back } = dashboard.scrolled;
  // What is being read stays where it is.
  const more = back > 0 && dashboard.behind === null ? linesMore(dashboard, event) : 0;
  const scrolled = more === 0 ? dashboard.scrolled : { ...dashboard.scrolled, events: back + more };
  return learn({ ...dashboard, scrolled }, (seen) => ({
    ...hearFate(seen, event),
    events: [...seen.events, event].slice(-EVENTS_KEPT),
    dropped: droppedBy(seen, event),
  }));
}

/** How many lines more there are with this event: none if it is one of many that are told together. */
const linesMore = ({ seen: { events }, filter }: Dashboard, event: ClusterEvent): number =>
  eventLines([...events, event], filter).length - eventLines(events, filter).length;

function droppedBy({ dropped }: Seen, { what }: ClusterEvent): Seen['dropped'] {
  if (what.type !== 'replica' || what.event.type !== 'rolled-back') return dropped;
  const { firstLsn, lastLsn } = what.event;
  return [...dropped.filter(({ id }) => id !== what.id), { id: what.id, firstLsn, lastLsn }];
}
