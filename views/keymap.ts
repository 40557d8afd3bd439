import { nextMode, toggleOf } from './press.ts';
import { type Command, type Dashboard, selectedReplica } from './state.ts';

/** What a key does. Quitting is not the dashboard's state: it ends it. */
export type KeyAction = Command | { readonly type: 'quit'; readonly end: DashboardEnd };

/** How the user left: by `q`, or by Ctrl-C, which in a terminal that is not drawn on would be a signal. */
export type DashboardEnd = 'quit' | 'interrupted';

/** Keys that do one thing, and how the footer tells it. */
export interface Binding {
  /** As `keysOf` names them. No key is in two bindings. */
  readonly keys: readonly string[];
  readonly action: (key: string) => KeyAction;
  /** What it would do now; null if nothing. */
  readonly hint: (dashboard: Dashboard) => Hint | null;
}

export interface Hint {
  readonly keys: string;
  readonly words: string;
}

/**
 * The one list of keys. `j` is bound to nothing: `k` is not up here, so hands that know vi must not think that `j` is
 * down.
 */
export const KEYMAP: readonly Binding[] = [
  {
    keys: ['w'],
    action: () => ({ type: 'write' }),
    hint: whenConnected(() => ({ keys: 'w', words: 'write' })),
  },
  {
    keys: ['r'],
    action: () => ({ type: 'read', level: 'any' }),
    hint: whenConnected(() => ({ keys: 'r', words: 'read any' })),
  },
  {
    keys: ['t'],
    action: () => ({ type: 'read', level: 'token' }),
    hint: whenConnected(() => ({ keys: 't', words: 'token read' })),
  },
  {
    keys: ['m'],
    action: () => ({ type: 'next-mode' }),
    hint: whenConnected((dashboard) => {
      const mode = nextMode(dashboard);
      return mode && { keys: 'm', words: `mode → ${mode}` };
    }),
  },
  {
    keys: ['k'],
    action: () => ({ type: 'kill-leader' }),
    hint: whenConnected(({ snapshot }) =>
      snapshot?.leader ? { keys: 'k', words: `kill -9 ${snapshot.leader}` } : null,
    ),
  },
  {
    keys: ['s'],
    action: () => ({ type: 'toggle' }),
    hint: whenConnected((dashboard) => {
      const replica = selectedReplica(dashboard);
      return replica && { keys: 's', words: `${toggleOf(replica)} ${replica.id}` };
    }),
  },
  { keys: ['up'], action: () => ({ type: 'move', by: -1 }), hint: () => null },
  { keys: ['down'], action: () => ({ type: 'move', by: 1 }), hint: () => null },
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    action: (key) => ({ type: 'select', digit: Number(key) }),
    hint: ({ snapshot }) => {
      const count = snapshot?.replicas.length ?? 0;
      return count > 1 ? { keys: `↑↓ 1-${count}`, words: 'select' } : null;
    },
  },
  { keys: ['q'], action: () => ({ type: 'quit', end: 'quit' }), hint: () => ({ keys: 'q', words: 'quit' }) },
  { keys: ['ctrl+c'], action: () => ({ type: 'quit', end: 'interrupted' }), hint: () => null },
];

/** What `key` does; null if it is bound to nothing. */
export function actionOf(key: string): KeyAction | null {
  return KEYMAP.find((binding) => binding.keys.includes(key))?.action(key) ?? null;
}

/** The keys that do something now, for the footer. */
export const hintsOf = (dashboard: Dashboard): readonly Hint[] =>
  KEYMAP.map((binding) => binding.hint(dashboard)).filter((hint) => hint !== null);

/** Without a connection nothing can be asked. */
function whenConnected(hint: Binding['hint']): Binding['hint'] {
  return (dashboard) => (dashboard.connection.connected ? hint(dashboard) : null);
}
