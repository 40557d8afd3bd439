import { READ_LEVELS, type ReadLevel } from '../core/protocol/requests.ts';
import { readKey, writeKey } from './asks.ts';
import type { Completion } from './commander.ts';
import { type Edit, EMPTY_EDIT, edited, editOf, textOfEdit, typed } from './edit.ts';
import { type Dashboard, HISTORY_KEPT, only, type Step } from './state.ts';

/** A question at the bottom of the screen, and the answer as far as it is typed. */
export interface Prompt {
  readonly asks: 'write-key' | 'write-value' | 'read-key' | 'read-level' | 'filter' | 'command';
  readonly edit: Edit;
  /** The key that was given before, where a second answer follows. */
  readonly key: string;
  /** The filter as it was when this was asked: Escape brings it back. */
  readonly filter: string;
  /** Of the command line: what could stand where the cursor is, as Tab found it. */
  readonly completions: readonly Completion[];
  /** Of the command line: which one of the earlier lines is shown, 0 the last; −1 none. */
  readonly recalled: number;
}

/** Asks something. */
export function ask(dashboard: Dashboard, what: 'write' | 'read' | 'filter' | 'command'): Dashboard {
  const asks = what === 'write' ? 'write-key' : what === 'read' ? 'read-key' : what;
  const { filter } = dashboard;
  const edit = what === 'filter' ? editOf(filter) : EMPTY_EDIT;
  return { ...dashboard, notice: null, prompt: { asks, edit, key: '', filter, completions: [], recalled: -1 } };
}

/** A key while something is asked. */
export function answerWith(dashboard: Dashboard, prompt: Prompt, key: string): Step {
  switch (key) {
    case 'escape':
      return only({ ...dashboard, prompt: null, filter: prompt.filter });
    case 'ctrl+c':
      return { dashboard, effects: [{ type: 'quit', end: 'interrupted' }] };
    case 'enter':
      return submit(dashboard, prompt);
    case 'tab':
      if (prompt.asks !== 'command') return only(dashboard);
      return { dashboard, effects: [{ type: 'complete', line: prompt.edit.before }] };
    case 'up':
      return only(recall(dashboard, prompt, prompt.recalled + 1));
    case 'down':
      return only(recall(dashboard, prompt, prompt.recalled - 1));
    default: {
      const edit = edited(prompt.edit, key === 'space' ? ' ' : key);
      return only(edit === null ? dashboard : write(dashboard, prompt, edit));
    }
  }
}

/** Text that was pasted while something is asked. */
export const pasteInto = (dashboard: Dashboard, prompt: Prompt, text: string): Dashboard =>
  write(dashboard, prompt, typed(prompt.edit, text));

/** What the command line can go on with: taken as far as there is no choice, and shown where there is one. */
export function completeWith(dashboard: Dashboard, prompt: Prompt, completions: readonly Completion[]): Dashboard {
  const common = commonBeginning(completions.map(({ word }) => word));
  const { before, after } = prompt.edit;
  const last = /\S*$/.exec(before)?.[0] ?? '';
  if (completions.length === 0) return dashboard;
  const alone = common.endsWith('=') ? common : `${common} `;
  const word = completions.length === 1 ? alone : common.length > last.length ? common : last;
  const edit = { before: before.slice(0, before.length - last.length) + word, after };
  return { ...dashboard, prompt: { ...prompt, edit, completions: completions.length === 1 ? [] : completions } };
}

/** The level that someone means by what they typed; nothing typed: a token read. */
export function levelOf(text: string): ReadLevel | null {
  const word = text.trim().toLowerCase();
  return word === '' ? 'token' : (READ_LEVELS.find((level) => level.startsWith(word)) ?? null);
}

function submit(dashboard: Dashboard, prompt: Prompt): Step {
  const text = textOfEdit(prompt.edit);
  const closed = { ...dashboard, prompt: null };
  switch (prompt.asks) {
    case 'write-key':
    case 'read-key':
      if (text === '') return only({ ...closed, notice: { tone: 'bad', text: 'a key needs at least one character' } });
      return only({ ...dashboard, prompt: { ...prompt, ...SECOND[prompt.asks], key: text, edit: EMPTY_EDIT } });
    case 'write-value':
      return writeKey(closed, prompt.key, text);
    case 'read-level': {
      const level = levelOf(text);
      if (level !== null) return readKey(closed, prompt.key, level);
      const notice = { tone: 'bad', text: `a level is any, token or linearizable, not ${text}` } as const;
      return only({ ...dashboard, notice, prompt: { ...prompt, edit: EMPTY_EDIT } });
    }
    case 'filter':
      return only(closed);
    case 'command':
      return run(closed, text.trim());
    default:
      throw new Error(`asks nothing: ${prompt.asks satisfies never}`);
  }
}

const SECOND = { 'write-key': { asks: 'write-value' }, 'read-key': { asks: 'read-level' } } as const;

function run(dashboard: Dashboard, line: string): Step {
  if (line === '') return only(dashboard);
  // As in many a program with such a line.
  if (line === 'q' || line === 'quit') return { dashboard, effects: [{ type: 'quit', end: 'quit' }] };
  const commands = [line, ...dashboard.commands.filter((before) => before !== line)].slice(0, HISTORY_KEPT);
  const overlay = { type: 'output', line, lines: [], exit: null, scrolled: 0 } as const;
  return { dashboard: { ...dashboard, commands, overlay }, effects: [{ type: 'run', line }] };
}

/** Shows an earlier command line; before the last one there is an empty one. */
function recall(dashboard: Dashboard, prompt: Prompt, index: number): Dashboard {
  if (prompt.asks !== 'command' || index < -1 || index >= dashboard.commands.length) return dashboard;
  const edit = editOf(dashboard.commands[index] ?? '');
  return { ...dashboard, prompt: { ...prompt, edit, recalled: index, completions: [] } };
}

/** A filter is obeyed while it is typed. */
function write(dashboard: Dashboard, prompt: Prompt, edit: Edit): Dashboard {
  const filter = prompt.asks === 'filter' ? textOfEdit(edit) : dashboard.filter;
  return { ...dashboard, filter, prompt: { ...prompt, edit, completions: [] } };
}

function commonBeginning(words: readonly string[]): string {
  const [first = '', ...others] = words;
  let length = first.length;
  for (const word of others) while (!word.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
