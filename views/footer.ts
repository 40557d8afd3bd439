import { escapeText } from '../core/observe/escape.ts';
import type { Completion } from './commander.ts';
import { textOfEdit } from './edit.ts';
import { hintRows } from './hints.ts';
import { bodyOf } from './layout.ts';
import type { Prompt } from './prompt.ts';
import { rowWidth, skipRow } from './row.ts';
import { bold, plain, quiet, type Row, toned } from './span.ts';
import type { Dashboard } from './state.ts';
import { adviceRow } from './vacancy.ts';
import { clipTo } from './width.ts';

/** What is being asked or what the last control key came to, and the keys that do something now. */
export function footerPicture(dashboard: Dashboard, width: number, rows: number): Row[] {
  const { prompt } = dashboard;
  const hints = prompt === null ? keyRows(dashboard, width - 2, rows - 1) : promptHints(prompt, width - 2);
  // Why an answer was not taken matters more than the keys.
  if (prompt !== null && dashboard.notice?.tone === 'bad') hints.unshift(noticeRow(dashboard));
  const first = prompt === null ? noticeRow(dashboard) : promptRow(prompt, width - 2);
  return [first, ...hints].slice(0, rows).map((row) => [plain(' '), ...row]);
}

function noticeRow({ notice, behind, filter, seen, size }: Dashboard): Row {
  if (notice !== null) return [toned(notice.tone, `${notice.tone === 'good' ? '✓' : '✗'} ${notice.text}`)];
  if (behind !== null) return [toned('doubt', '‖ frozen: you see the past, keys act now. Space goes on')];
  if (filter !== '') return [quiet('filter: '), bold(filter), quiet('  Esc shows all again')];
  // Where the header has a third row, it stands there.
  const isInHeader = bodyOf(size).y > 2;
  return (seen.snapshot === null || isInHeader ? null : adviceRow(seen.snapshot)) ?? [];
}

const keyRows = (dashboard: Dashboard, width: number, rows: number): Row[] =>
  hintRows(dashboard, width, rows).map((hints) =>
    hints.flatMap(({ keys, words }, i) => [plain(i === 0 ? '' : '  '), bold(keys, 'key'), plain(` ${words}`)]),
  );

/** What is asked, with the key that was given before, where there is one: escaped. */
export function questionOf({ asks, key }: Prompt): string {
  switch (asks) {
    case 'write-key':
      return 'write: key? ';
    case 'write-value':
      return `write ${keyOf(key)} = `;
    case 'read-key':
      return 'read: key? ';
    case 'read-level':
      return `read ${keyOf(key)}: token, any or linearizable? `;
    case 'filter':
      return 'filter: ';
    case 'command':
      return ': ';
    default:
      throw new Error(`asks nothing: ${asks satisfies never}`);
  }
}

const keyOf = (key: string): string => clipTo(escapeText(key), KEY_WIDTH);
const KEY_WIDTH = 12;
const CURSOR = '▏';

/** The question, and the answer with a cursor; of a long answer the part around the cursor. */
function promptRow(prompt: Prompt, width: number): Row {
  const { before, after } = prompt.edit;
  const question = bold(questionOf(prompt), 'key');
  const typed: Row = [plain(before), bold(CURSOR, 'key')];
  const room = width - rowWidth([question]);
  const ahead = Math.min(rowWidth([plain(after)]), Math.floor(room / 3));
  const hidden = rowWidth(typed) + ahead - room;
  // Where there is more before it, there is an ellipsis instead.
  const shown = hidden > 0 ? [quiet('…'), ...skipRow(typed, hidden + 1)] : typed;
  return [question, ...shown, plain(after)];
}

function promptHints({ asks, completions, edit }: Prompt, width: number): Row[] {
  const keys = (...pairs: readonly (readonly [string, string])[]): Row =>
    pairs.flatMap(([key, words], i) => [plain(i === 0 ? '' : '  '), bold(key, 'key'), plain(` ${words}`)]);
  if (asks !== 'command') return [keys(['Enter', asks === 'filter' ? 'keep' : 'go on'], ['Esc', 'back'])];
  if (completions.length > 0) return [completionRow(completions, width)];
  const empty = textOfEdit(edit) === '' ? ([['e.g.', 'link n1 all cut, log n2, status, help']] as const) : [];
  return [keys(['Enter', 'run'], ['Tab', 'complete'], ['↑', 'earlier'], ['Esc', 'back'], ...empty)];
}

/** What could follow, and what each is, if there is room for that. */
function completionRow(completions: readonly Completion[], width: number): Row {
  const explained = completions.flatMap(({ word, words }) => [bold(word, 'key'), quiet(` ${words}  `)]);
  return rowWidth(explained) <= width ? explained : completions.map(({ word }) => bold(`${word}  `, 'key'));
}
