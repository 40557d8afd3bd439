import { type Direction, focusOf } from '../state.ts';
import { type Binding, nothing } from './binding.ts';

/** What changes the screen alone, and what leaves it. */
export const LOOKING: readonly Binding[] = [
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    topic: 'look',
    label: '1-9',
    help: 'select a replica; the arrows do, too',
    command: (key) => ({ type: 'select', digit: Number(key) }),
    hint: ({ seen }) => ((seen.snapshot?.replicas.length ?? 0) > 1 ? { words: 'select', rank: 7 } : null),
  },
  ...arrows(),
  {
    keys: ['tab'],
    topic: 'look',
    label: 'Tab',
    help: 'the next panel gets the focus: arrows act in it. Shift-Tab: the one before',
    command: () => ({ type: 'focus', by: 1 }),
    hint: () => ({ words: 'focus', rank: 16 }),
  },
  {
    keys: ['shift+tab'],
    topic: 'look',
    label: 'Shift-Tab',
    help: 'the panel before',
    command: () => ({ type: 'focus', by: -1 }),
    hint: nothing,
  },
  {
    keys: ['enter'],
    topic: 'look',
    label: 'Enter',
    help: 'in the logs: open the entry under the cursor',
    command: () => ({ type: 'open' }),
    hint: (dashboard) =>
      focusOf(dashboard) === 'logs' && dashboard.overlay === null ? { words: 'open entry', rank: 1 } : null,
  },
  {
    keys: ['z'],
    topic: 'look',
    label: 'z',
    help: 'zoom: the panel in focus has the window for itself',
    command: () => ({ type: 'zoom' }),
    hint: ({ zoomed }) => ({ words: zoomed ? 'all panels' : 'zoom', rank: zoomed ? 1 : 17 }),
  },
  {
    keys: ['space'],
    topic: 'look',
    label: 'Space',
    help: 'freeze the screen, or go on. The replicas go on anyway',
    command: () => ({ type: 'freeze' }),
    hint: ({ behind }) => ({ words: behind ? 'go on' : 'freeze', rank: behind ? 0 : 19 }),
  },
  {
    keys: ['/'],
    topic: 'look',
    label: '/',
    help: 'filter events and the ledger: only what contains the text',
    command: () => ({ type: 'ask', what: 'filter' }),
    hint: () => ({ words: 'filter', rank: 20 }),
  },
  {
    keys: [':'],
    topic: 'look',
    label: ':',
    help: 'a command line: the commands of lockstep itself. Tab completes, ↑ recalls',
    command: () => ({ type: 'ask', what: 'command' }),
    hint: () => ({ words: 'command', rank: 21 }),
  },
  {
    keys: ['M'],
    topic: 'look',
    label: 'M',
    help: 'the mouse selects here, or is the terminal’s own (to mark text)',
    command: () => ({ type: 'mouse' }),
    hint: nothing,
  },
  {
    keys: ['?'],
    topic: 'leave',
    label: '?',
    help: 'this help: Tab for the next topic',
    command: () => ({ type: 'help' }),
    hint: () => ({ words: 'help', rank: -2 }),
  },
  {
    keys: ['escape'],
    topic: 'leave',
    label: 'Esc',
    help: 'back: closes what is open, ends a zoom, a filter, a freeze',
    command: () => ({ type: 'back' }),
    hint: ({ overlay, zoomed, filter, cursor }) =>
      overlay || zoomed || filter !== '' || cursor !== null ? { words: 'back', rank: 0 } : null,
  },
  {
    keys: ['q'],
    topic: 'leave',
    label: 'q',
    help: 'quit. What this dashboard started ends with it; a cluster that it is attached to does not',
    command: () => ({ type: 'quit', end: 'quit' }),
    hint: () => ({ words: 'quit', rank: -1 }),
  },
  {
    keys: ['ctrl+c'],
    topic: 'leave',
    label: 'Ctrl-C',
    help: 'quit, also while something is typed',
    command: () => ({ type: 'quit', end: 'interrupted' }),
    hint: nothing,
  },
  {
    keys: ['ctrl+z'],
    topic: 'leave',
    label: 'Ctrl-Z',
    help: 'suspend: back to the shell. fg brings the dashboard back; the replicas go on meanwhile',
    command: () => ({ type: 'suspend' }),
    hint: nothing,
  },
];

function arrows(): Binding[] {
  const words: readonly (readonly [Direction, string, string])[] = [
    ['up', '↑', 'in the panel that has the focus: the replica before, or scroll back'],
    ['down', '↓', 'the replica after, or scroll on'],
    ['left', '←', 'in the logs: the entry before'],
    ['right', '→', 'in the logs: the entry after'],
    ['page-up', 'PgUp', 'ten at once'],
    ['page-down', 'PgDn', 'ten at once'],
    ['home', 'Home', 'to the beginning'],
    ['end', 'End', 'to the newest, and follow'],
  ];
  return words.map(([direction, label, help]) => ({
    keys: [direction],
    topic: 'look',
    label,
    help,
    command: () => ({ type: 'move', direction }),
    hint: nothing,
  }));
}
