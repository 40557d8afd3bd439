import { emitKeypressEvents, type Interface, type Key } from 'node:readline';

const ESC = '\x1b';
/** So many characters at once were not typed, whatever they are; on a busy machine, some may come together. */
const PASTE_MIN = 16;
/** Nor were so many as keys, unless one was held down, or the first asks something and the others answer. */
const KEYS_MAX = 3;
const ASKING = /^[WR/:]/;
const ONE_HELD = /^(.)\1*$/su;
/** Keys that come as several characters, and what a mouse says that somebody else has switched on. */
const SEQUENCES = new RegExp(`${ESC}(?:\\[[\\d;]*[A-Za-z~]|O[A-Z])`, 'g');
const MOUSE = new RegExp(`${ESC}\\[(?:<[\\d;]*[Mm]|M[^]{3})`);

/** A lone Escape may be the beginning of another key for so long, in ms. */
const ESCAPE_MS = 50;

export interface KeyListeners {
  /** A key, named as the keymap names it. */
  readonly onKey: (key: string) => void;
  /** A terminal is not asked to mark what is pasted: that would take an escape code. */
  readonly onPaste: (text: string) => void;
  /** Whether keys are text at the moment. */
  readonly isAsking: () => boolean;
}

/** Listens to the keys of a terminal; returns how to end that. */
export function listenToKeys(input: NodeJS.ReadStream, { onKey, onPaste, isAsking }: KeyListeners): () => void {
  let isNoKeys = false;
  const onData = (chunk: Buffer | string): void => {
    const text = typeof chunk === 'string' ? chunk : chunk.toString('latin1');
    const isMouse = MOUSE.test(text);
    const isPasted = !isMouse && (isAsking() ? text.length >= PASTE_MIN : isNotTyped(text));
    isNoKeys = isMouse || isPasted;
    if (isPasted) onPaste(chunk.toString());
  };
  const onKeypress = (text: string | undefined, key: Key): void => {
    const name = isNoKeys ? null : nameOf(text, key);
    if (name !== null) onKey(name);
  };
  // First, so that it is known before the keys come out of it.
  input.on('data', onData);
  // All that is read of an interface is its patience.
  emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  input.on('keypress', onKeypress);
  return () => {
    input.off('data', onData).off('keypress', onKeypress);
  };
}

/** Whether so much at once can only have been pasted. */
function isNotTyped(text: string): boolean {
  const keys = text.replace(SEQUENCES, '');
  if (text.length >= PASTE_MIN) return keys.length > 0;
  return keys.length > KEYS_MAX && !ASKING.test(keys) && !ONE_HELD.test(keys);
}

/** null: bound to nothing. Alt with a key is not that key. */
function nameOf(text: string | undefined, { name = '', ctrl, meta, shift }: Key): string | null {
  if (name === 'escape') return 'escape';
  if (meta) return null;
  if (name === 'tab') return shift ? 'shift+tab' : 'tab';
  const named = NAMES[name];
  if (named !== undefined) return named;
  if (ctrl) return name === '' ? null : `ctrl+${name}`;
  return text === undefined || text === '' ? null : text;
}

const NAMES: Readonly<Record<string, string>> = {
  return: 'enter',
  enter: 'enter',
  backspace: 'backspace',
  delete: 'delete',
  space: 'space',
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  pageup: 'page-up',
  pagedown: 'page-down',
  home: 'home',
  end: 'end',
};
