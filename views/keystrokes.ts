import type { Key } from 'ink';

/**
 * The keys in one input event, named as the keymap names them. Keys typed fast arrive together, `www` as one event:
 * each is its own. Alt with a key arrives as that key with `meta`, and is not that key.
 */
export function keysOf(input: string, key: Key): readonly string[] {
  if (key.eventType === 'release') return [];
  const named = NAMED.find(([name]) => key[name]);
  if (named) return [named[1]];
  if (key.meta || key.super || key.hyper) return [];
  if (key.ctrl) return input === '' ? [] : [`ctrl+${input}`];
  return [...input].map((character) => (character === '\r' || character === '\n' ? 'enter' : character));
}

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['return', 'enter'],
  ['escape', 'escape'],
] as const;
