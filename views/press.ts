import type { ReplicaSnapshot } from '../core/observe/snapshot.ts';
import { WRITE_MODES, type WriteMode } from '../core/protocol/entry.ts';
import { formatPosition, ORIGIN, type ReplicaId } from '../core/protocol/position.ts';
import { type Command, type Control, type Dashboard, type Step, selectedReplica } from './state.ts';

/** Writes go to this many keys in turn: k1 to k9. */
const KEYS = 9;

/** What a key does: how the dashboard looks at once, and what is asked of the cluster. */
export function press(dashboard: Dashboard, command: Command): Step {
  switch (command.type) {
    case 'write':
      return write(dashboard);
    case 'read':
      return read(dashboard, command.level);
    case 'next-mode':
      return switchMode(dashboard);
    case 'kill-leader':
      return killLeader(dashboard);
    case 'toggle':
      return toggle(dashboard);
    case 'move':
      return unasked(move(dashboard, command.by));
    case 'select':
      return unasked(select(dashboard, command.digit));
    default:
      throw new Error(`no such command: ${JSON.stringify(command satisfies never)}`);
  }
}

/** The mode that `m` switches to; null while the present one is unknown. */
export function nextMode(dashboard: Dashboard): WriteMode | null {
  const present = dashboard.modeAsked ?? dashboard.snapshot?.mode;
  if (present === undefined) return null;
  return WRITE_MODES[(WRITE_MODES.indexOf(present) + 1) % WRITE_MODES.length] ?? null;
}

/** What `s` does to a replica. One that is paused still runs: it is let go on. */
export const toggleOf = (replica: ReplicaSnapshot): 'start' | 'stop' | 'resume' =>
  (({ up: 'stop', paused: 'resume', down: 'start' }) as const)[replica.process];

function write(dashboard: Dashboard): Step {
  const number = (dashboard.write?.number ?? 0) + 1;
  const key = keyOf(number);
  const value = `v${number}`;
  return {
    dashboard: { ...dashboard, write: { number, key, value, answer: null } },
    effects: [{ type: 'write', number, request: { op: 'write', key, value } }],
  };
}

/** Reads the key last written, so that the answer can be compared with it. */
function read(dashboard: Dashboard, level: 'any' | 'token'): Step {
  const isUnderWay = dashboard.write !== null && dashboard.write.answer === null;
  if (level === 'token' && isUnderWay) return unasked({ ...dashboard, tokenReadDue: true });
  const number = (dashboard.read?.number ?? 0) + 1;
  const key = keyOf(dashboard.write?.number ?? 1);
  const token = level === 'token' ? dashboard.token : null;
  // A session that has seen nothing yet asks for nothing: the position before the first entry.
  const request =
    level === 'token'
      ? ({ op: 'read', key, level, token: token ?? formatPosition(ORIGIN) } as const)
      : ({ op: 'read', key, level } as const);
  return {
    dashboard: { ...dashboard, read: { number, key, level, token, answer: null } },
    effects: [{ type: 'read', number, request }],
  };
}

function switchMode(dashboard: Dashboard): Step {
  const mode = nextMode(dashboard);
  if (mode === null) return unasked(dashboard);
  return control({ ...dashboard, modeAsked: mode }, { op: 'mode', mode });
}

function killLeader(dashboard: Dashboard): Step {
  const leader = dashboard.snapshot?.leader ?? null;
  if (leader === null) return unasked({ ...dashboard, notice: { tone: 'bad', text: 'nobody leads: no one to kill' } });
  return control({ ...dashboard, selected: leader }, { op: 'kill', target: 'leader' });
}

function toggle(dashboard: Dashboard): Step {
  const replica = selectedReplica(dashboard);
  if (replica === null) return unasked(dashboard);
  return control(dashboard, { op: toggleOf(replica), target: replica.id });
}

function move(dashboard: Dashboard, by: -1 | 1): Dashboard {
  const ids = replicaIds(dashboard);
  const at = dashboard.selected === null ? -1 : ids.indexOf(dashboard.selected);
  return selectId(dashboard, ids[Math.min(Math.max(at + by, 0), ids.length - 1)]);
}

function select(dashboard: Dashboard, digit: number): Dashboard {
  return selectId(
    dashboard,
    replicaIds(dashboard).find((id) => id === `n${digit}`),
  );
}

function selectId(dashboard: Dashboard, id: ReplicaId | undefined): Dashboard {
  return id === undefined || id === dashboard.selected ? dashboard : { ...dashboard, selected: id };
}

const keyOf = (number: number): string => `k${((number - 1) % KEYS) + 1}`;
const replicaIds = ({ snapshot }: Dashboard): readonly ReplicaId[] => snapshot?.replicas.map(({ id }) => id) ?? [];
const unasked = (dashboard: Dashboard): Step => ({ dashboard, effects: [] });

/** What the request before came to is no longer of interest. */
const control = (dashboard: Dashboard, request: Control): Step => ({
  dashboard: { ...dashboard, notice: null },
  effects: [{ type: 'control', request }],
});
