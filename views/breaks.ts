import type { ReplicaSnapshot } from '../core/observe/snapshot.ts';
import { timingOf } from '../core/protocol/timing.ts';
import { cutOf, delayOf, type Fault, linksOf } from './faults.ts';
import { actual, type Control, type Dashboard, isSupervised, only, type Step, selectedReplica } from './state.ts';

/** `d` delays what a replica sends and gets by so many heartbeats. */
const DELAY_HEARTBEATS = 2;

export function killLeader(dashboard: Dashboard): Step {
  const leader = actual(dashboard).snapshot?.leader ?? null;
  if (leader === null) return only({ ...dashboard, notice: { tone: 'bad', text: 'nobody leads: no one to kill' } });
  return control({ ...dashboard, selected: leader }, { op: 'kill', target: 'leader' });
}

/** What `s` does to a replica. One that is paused still runs: it is let go on. */
export const toggleOf = (replica: ReplicaSnapshot): 'start' | 'stop' | 'resume' =>
  (({ up: 'stop', paused: 'resume', down: 'start' }) as const)[replica.process];

/** What `p` does to a replica; null if it is down. */
export const pauseOf = (replica: ReplicaSnapshot): 'pause' | 'resume' | null =>
  (({ up: 'pause', paused: 'resume', down: null }) as const)[replica.process];

export function changeProcess(dashboard: Dashboard, action: 'kill' | 'toggle' | 'pause' | 'power-cut'): Step {
  const replica = selectedReplica(dashboard);
  if (replica === null) return only(dashboard);
  const op = action === 'toggle' ? toggleOf(replica) : action === 'pause' ? pauseOf(replica) : action;
  if (op !== null) return control(dashboard, { op, target: replica.id });
  // What to do instead, the router says.
  if (!isSupervised(dashboard)) return control(dashboard, { op: 'pause', target: replica.id });
  return only({ ...dashboard, notice: { tone: 'bad', text: `${replica.id} is down: s starts it` } });
}

/** Whether all links of the selected replica are cut, so that `c` restores them. */
export function isCutOff(dashboard: Dashboard): boolean {
  const links = selectedLinks(dashboard);
  return links.length > 0 && links.every(({ cut }) => cut);
}

/** Whether a link of the selected replica is delayed, so that `d` ends it. */
export const isDelayed = (dashboard: Dashboard): boolean => selectedLinks(dashboard).some(({ delayMs }) => delayMs > 0);

export function toggleCut(dashboard: Dashboard): Step {
  const id = selectedReplica(dashboard)?.id;
  if (id === undefined) return only(dashboard);
  if (isAlone(dashboard)) return only({ ...dashboard, notice: NO_LINKS });
  const link = { op: 'link', from: id, to: 'all' } as const;
  if (isCutOff(dashboard)) return control(dashboard, { ...link, fault: { kind: 'restore' } });
  return control(dashboard, { ...link, fault: { kind: 'cut' } }, cutOf(id, actual(dashboard)));
}

export function toggleDelay(dashboard: Dashboard): Step {
  const id = selectedReplica(dashboard)?.id;
  const tempo = actual(dashboard).snapshot?.tempo;
  if (id === undefined || tempo === undefined) return only(dashboard);
  if (isAlone(dashboard)) return only({ ...dashboard, notice: NO_LINKS });
  const link = { op: 'link', from: id, to: 'all' } as const;
  if (isDelayed(dashboard)) return control(dashboard, { ...link, fault: { kind: 'delay', ms: 0 } });
  const ms = DELAY_HEARTBEATS * timingOf(tempo).heartbeatMs;
  return control(dashboard, { ...link, fault: { kind: 'delay', ms } }, delayOf(id, actual(dashboard)));
}

export const heal = (dashboard: Dashboard): Step => control(dashboard, { op: 'heal' });

/** Takes the last fault back that a key has set. */
export function undo(dashboard: Dashboard): Step {
  const [last, ...others] = dashboard.faults;
  if (last === undefined) return only({ ...dashboard, notice: { tone: 'bad', text: 'no fault of yours to undo' } });
  return {
    dashboard: { ...dashboard, faults: others, notice: { tone: 'good', text: `undone: ${last.name}` } },
    effects: last.undo.map((request) => ({ type: 'control', request, fault: null, said: `undone: ${last.name}` })),
  };
}

const NO_LINKS = { tone: 'bad', text: 'one replica alone has no links' } as const;

const selectedLinks = (dashboard: Dashboard) => {
  const id = selectedReplica(dashboard)?.id;
  return id === undefined ? [] : linksOf(id, actual(dashboard));
};

/** Whether there is nobody whom a replica could have a link to. */
export const isAlone = (dashboard: Dashboard): boolean => (actual(dashboard).snapshot?.replicas.length ?? 0) < 2;

const control = (dashboard: Dashboard, request: Control, fault: Fault | null = null): Step => ({
  dashboard: { ...dashboard, notice: null },
  effects: [{ type: 'control', request, fault }],
});
