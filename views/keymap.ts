import { ASKING } from './keys/asking.ts';
import type { Binding } from './keys/binding.ts';
import { BREAKING } from './keys/breaking.ts';
import { LOOKING } from './keys/looking.ts';
import type { Command } from './state.ts';

/**
 * The one list of keys, in the order in which they are shown. `j` is bound to nothing: `k` is not up here, so hands that
 * know vi must not think that `j` is down.
 */
export const KEYMAP: readonly Binding[] = [...ASKING, ...BREAKING, ...LOOKING];

/** What `key` does; null if it is bound to nothing. */
export const commandOf = (key: string): Command | null => bindingOf(key)?.command(key) ?? null;

/** Whether `key` acts on the cluster, and not on the screen alone. */
export function actsOnCluster(key: string): boolean {
  const topic = bindingOf(key)?.topic;
  return topic !== undefined && topic !== 'look' && topic !== 'leave';
}

const bindingOf = (key: string): Binding | undefined => KEYMAP.find(({ keys }) => keys.includes(key));
