import type { Key } from 'ink';

/**
 * The keys in one input event, named as the keymap names them. Keys typed fast arrive together, `www` as one event:
 * each is its own. Alt with a key arrives as that key with `meta`, and is not that key.
 */
export function keysOf(input: string, key: Key): readonly string[] {
  if (key.eventType === 'release') return [];
  // Escape pressed twice arrives as Alt with Escape.
  if (key.escape) return ['escape'];
  if (key.meta || key.super || key.hyper) return [];
  const named = NAMED.find(([name]) => key[name]);
  if (named) return [key.shift && named[1] === 'tab' ? 'shift+tab' : named[1]];
  if (key.ctrl) return input === '' ? [] : [`ctrl+${input}`];
  if (UNKNOWN_KEY.test(input)) return [];
  return [...input].flatMap((character) => CHARACTERS[character] ?? controlled(character) ?? character);
}

/** What is left of the sequence of a key that Ink does not know. */
const UNKNOWN_KEY = /^\[[\d;<=>?]+[A-Za-z~]$/;

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const;

/** What arrives in a burst of keys as a character. */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x1b': 'escape',
  ' ': 'space',
};

/** Ctrl with a letter, which in a burst arrives as one of the first 26 control characters; the others are no keys. */
function controlled(character: string): string | readonly [] | undefined {
  const code = character.charCodeAt(0);
  if (code >= 1 && code <= 26) return `ctrl+${String.fromCharCode(code + 96)}`;
  return /\p{Cc}/u.test(character) ? [] : undefined;
}
