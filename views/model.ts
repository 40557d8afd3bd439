import type { ClusterChange } from '../core/observe/cluster.ts';
import { answered } from './answers.ts';
import { press } from './press.ts';
import { quieten, sameSnapshot } from './quiet.ts';
import { type Action, type Dashboard, EVENTS_KEPT, type Step } from './state.ts';

/** The whole behaviour of the dashboard. What does not change anything returns the very same dashboard. */
export function step(dashboard: Dashboard, action: Action): Step {
  switch (action.type) {
    case 'change':
      return { dashboard: observe(dashboard, action.change), effects: [] };
    case 'press':
      return press(dashboard, action.command);
    case 'write-answered': {
      const next = answered(dashboard, action);
      if (!next.tokenReadDue || next.write?.answer === null) return { dashboard: next, effects: [] };
      return press({ ...next, tokenReadDue: false }, { type: 'read', level: 'token' });
    }
    case 'read-answered':
    case 'control-answered':
      return { dashboard: answered(dashboard, action), effects: [] };
    default:
      throw new Error(`no such action: ${JSON.stringify(action satisfies never)}`);
  }
}

function observe(dashboard: Dashboard, change: ClusterChange): Dashboard {
  switch (change.type) {
    case 'connection':
      return { ...dashboard, connection: { connected: change.connected, message: change.message } };
    case 'event': {
      // Good news is old as soon as something else happens; bad news stays until the next key.
      const notice = dashboard.notice?.tone === 'good' ? null : dashboard.notice;
      return { ...dashboard, notice, events: [...dashboard.events, change.event].slice(-EVENTS_KEPT) };
    }
    case 'snapshot': {
      const snapshot = quieten(change.snapshot);
      if (sameSnapshot(dashboard.snapshot, snapshot)) return dashboard;
      return { ...dashboard, snapshot, selected: dashboard.selected ?? snapshot.replicas[0]?.id ?? null };
    }
    default:
      throw new Error(`no such change: ${JSON.stringify(change satisfies never)}`);
  }
}
