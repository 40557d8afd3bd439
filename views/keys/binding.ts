import { actual, type Command, type Dashboard, isSupervised } from '../state.ts';

/** What a key is about: the help has a topic for each. */
export type Topic = 'write' | 'read' | 'break' | 'mend' | 'look' | 'leave';

/** Keys that do one thing. */
export interface Binding {
  /** As `keysOf` names them. No key is in two bindings. */
  readonly keys: readonly string[];
  readonly topic: Topic;
  /** How the help and the footer name the keys. */
  readonly label: string;
  /** What they do, in the help. */
  readonly help: string;
  readonly command: (key: string) => Command;
  /** What they would do now, in the footer; null if nothing, or nothing worth a place there. */
  readonly hint: (dashboard: Dashboard) => Hint | null;
}

export interface Hint {
  readonly words: string;
  /** How the keys are named there; default: the binding's label. */
  readonly keys?: string;
  /** The lower, the sooner it gets a place in the footer. */
  readonly rank: number;
}

/** Never in the footer. */
export function nothing(): null {
  return null;
}

/** Without a supervisor nothing can be broken from here: the keys only say where it can. */
export function supervised(hint: Binding['hint']): Binding['hint'] {
  return connected((dashboard) => (isSupervised(dashboard) ? hint(dashboard) : null));
}

/** Without a connection nothing can be asked. */
export function connected(hint: Binding['hint']): Binding['hint'] {
  return (dashboard) => (actual(dashboard).connection.connected ? hint(dashboard) : null);
}
