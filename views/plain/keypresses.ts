import { emitKeypressEvents, type Interface, type Key } from 'node:readline';

/** So many bytes at once were not typed. */
const PASTE_MIN = 16;

/** A lone Escape may be the beginning of another key for so long, in ms. */
const ESCAPE_MS = 50;

export interface KeyListeners {
  /** A key, named as the keymap names it. */
  readonly onKey: (key: string) => void;
  /** A terminal is not asked to mark what is pasted: that would take an escape code. */
  readonly onPaste: (text: string) => void;
}

/** Listens to the keys of a terminal; returns how to end that. */
export function listenToKeys(input: NodeJS.ReadStream, { onKey, onPaste }: KeyListeners): () => void {
  let isPasted = false;
  const onData = (chunk: Buffer | string): void => {
    isPasted = chunk.length >= PASTE_MIN;
    if (isPasted) onPaste(chunk.toString());
  };
  const onKeypress = (text: string | undefined, key: Key): void => {
    const name = isPasted ? null : nameOf(text, key);
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
