import { timingOf } from '../../core/protocol/timing.ts';
import { nextTempo } from '../asks.ts';
import { isAlone, isCutOff, isDelayed, pauseOf, toggleOf } from '../breaks.ts';
import { actual, type Dashboard, selectedReplica } from '../state.ts';
import { type Binding, connected, nothing, supervised } from './binding.ts';

/** What breaks the cluster, and what mends it. */
export const BREAKING: readonly Binding[] = [
  {
    keys: ['k'],
    topic: 'break',
    label: 'k',
    help: 'kill -9 the leader. k is not up here, and j does nothing',
    command: () => ({ type: 'kill-leader' }),
    hint: supervised((dashboard) => {
      const leader = actual(dashboard).snapshot?.leader;
      return leader ? { words: `kill -9 ${leader}`, rank: 4 } : null;
    }),
  },
  {
    keys: ['K'],
    topic: 'break',
    label: 'K',
    help: 'kill -9 the selected replica',
    command: () => ({ type: 'process', action: 'kill' }),
    hint: nothing,
  },
  {
    keys: ['s'],
    topic: 'break',
    label: 's',
    help: 'stop the selected replica in good order, or start it',
    command: () => ({ type: 'process', action: 'toggle' }),
    hint: supervised((dashboard) => {
      const replica = selectedReplica(dashboard);
      return replica && { words: `${toggleOf(replica)} ${replica.id}`, rank: replica.process === 'up' ? 10 : 0 };
    }),
  },
  {
    keys: ['p'],
    topic: 'break',
    label: 'p',
    help: 'pause the selected replica (it hears nothing, and does not know it), or resume it',
    command: () => ({ type: 'process', action: 'pause' }),
    hint: supervised((dashboard) => {
      const replica = selectedReplica(dashboard);
      const does = replica && pauseOf(replica);
      return replica && does && { words: `${does} ${replica.id}`, rank: 12 };
    }),
  },
  {
    keys: ['x'],
    topic: 'break',
    label: 'x',
    help: 'power cut of the selected replica: dead at once, and what was not fsynced is gone',
    command: () => ({ type: 'process', action: 'power-cut' }),
    hint: nothing,
  },
  {
    keys: ['c'],
    topic: 'break',
    label: 'c',
    help: 'cut the links of the selected replica, or restore them',
    command: () => ({ type: 'cut' }),
    hint: supervised((dashboard) => {
      const replica = isAlone(dashboard) ? null : selectedReplica(dashboard);
      return replica && { words: `${isCutOff(dashboard) ? 'restore' : 'cut'} ${replica.id}`, rank: 11 };
    }),
  },
  {
    keys: ['d'],
    topic: 'break',
    label: 'd',
    help: 'delay the links of the selected replica by two heartbeats, or no more',
    command: () => ({ type: 'delay' }),
    hint: supervised((dashboard) => {
      const replica = isAlone(dashboard) ? null : selectedReplica(dashboard);
      return replica && { words: `${isDelayed(dashboard) ? 'end delay of' : 'delay'} ${replica.id}`, rank: 9 };
    }),
  },
  {
    keys: ['h'],
    topic: 'mend',
    label: 'h',
    help: 'heal all: links whole, paused replicas resumed, dead ones started',
    command: () => ({ type: 'heal' }),
    hint: supervised((dashboard) => (isHurt(dashboard) ? { words: 'heal all', rank: 5 } : null)),
  },
  {
    keys: ['u'],
    topic: 'mend',
    label: 'u',
    help: 'undo the last fault that a key of yours has set',
    command: () => ({ type: 'undo' }),
    hint: connected(({ faults }) => (faults[0] ? { words: `undo: ${faults[0].name}`, rank: 13 } : null)),
  },
  {
    keys: ['+', '='],
    topic: 'mend',
    label: '+',
    help: `a faster tempo: heartbeats every ${heartbeats()} ms`,
    command: () => ({ type: 'tempo', by: 1 }),
    hint: nothing,
  },
  {
    keys: ['-'],
    topic: 'mend',
    label: '-',
    help: 'a slower tempo, for eyes',
    command: () => ({ type: 'tempo', by: -1 }),
    hint: supervised((dashboard) =>
      nextTempo(dashboard, -1) || nextTempo(dashboard, 1) ? { keys: '+ -', words: 'tempo', rank: 18 } : null,
    ),
  },
];

function isHurt(dashboard: Dashboard): boolean {
  const { snapshot } = actual(dashboard);
  return snapshot !== null && (snapshot.links.length > 0 || snapshot.replicas.some(({ process }) => process !== 'up'));
}

function heartbeats(): string {
  return (['slow', 'normal', 'fast'] as const).map((tempo) => timingOf(tempo).heartbeatMs).join(', ');
}
