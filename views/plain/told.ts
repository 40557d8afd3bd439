import type { ReadResult, WriteResult } from '../../core/observe/api.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { formatMs } from '../../core/observe/words.ts';
import { parsePosition } from '../../core/protocol/position.ts';
import { goesOnFrom } from '../answers.ts';
import { dataText } from '../data.ts';
import { clip } from '../format.ts';
import { hindranceOf, roleOf } from '../role.ts';
import {
  type Action,
  type Answered,
  type AskedWrite,
  actual,
  type Dashboard,
  focusOf,
  type Overlay,
  selectedReplica,
} from '../state.ts';

/** Keys and values are told up to so many characters. */
const DATA_MAX = 200;

/** Tells what came of keys, in sentences. */
export class Teller {
  /** Writes whose answers are awaited, by their number: the dashboard keeps the last one only. */
  readonly #asked = new Map<number, AskedWrite>();

  /** What this action has to say to whoever pressed keys. Prompts are told elsewhere. */
  tell(action: Action, before: Dashboard, after: Dashboard): readonly string[] {
    const asked = actual(after).write;
    if (asked !== null && asked.number !== actual(before).write?.number) this.#asked.set(asked.number, asked);
    return [...this.#answer(action), ...changed(before, after)];
  }

  #answer(action: Action): readonly string[] {
    switch (action.type) {
      case 'write-answered': {
        const asked = this.#asked.get(action.number);
        this.#asked.delete(action.number);
        return asked === undefined ? [] : [`${data(asked.key)} = ${data(asked.value)}: ${writeText(action.reply)}`];
      }
      case 'read-answered':
        return [`${data(action.read.key)}${readText(action.reply, action.read.token ?? null)}`];
      case 'output':
        return [action.line];
      case 'ended':
        return action.exit === 0 ? [] : [`that ended with exit code ${action.exit}`];
      default:
        return [];
    }
  }
}

/** What is drawn on a screen, and is nowhere to be seen without one. */
function changed(before: Dashboard, after: Dashboard): readonly string[] {
  const lines: string[] = [];
  if (after.notice !== null && after.notice !== before.notice) lines.push(escapeText(clip(after.notice.text)));
  if (after.loading !== before.loading) {
    lines.push(after.loading ? 'load: 100 writes a second, until l again' : 'the load has ended');
  }
  if ((after.behind === null) !== (before.behind === null)) {
    lines.push(after.behind === null ? 'going on' : 'news are held back until Space; keys are not');
  }
  if (after.tokenReadDue !== null && before.tokenReadDue === null)
    lines.push('the token read waits for the answer to the last write');
  if (focusOf(after) !== focusOf(before)) lines.push(`arrows act on: ${focusOf(after)}`);
  if (after.selected !== before.selected && before.selected !== null) lines.push(selectionText(after));
  if (after.cursor !== before.cursor && after.cursor !== null) lines.push(`at entry ${after.cursor}: Enter opens it`);
  if (after.cursor === null && before.cursor !== null) lines.push('at no entry: Enter opens the newest');
  const isFilterLeft = before.prompt === null ? after.filter !== before.filter : before.prompt.asks === 'filter';
  if (after.prompt === null && isFilterLeft) lines.push(filterText(after.filter));
  if (after.overlay !== before.overlay && after.overlay?.type === 'entry')
    lines.push(...entryText(after.overlay, after));
  return lines;
}

function selectionText(dashboard: Dashboard): string {
  const replica = selectedReplica(dashboard);
  if (replica === null) return 'no replica is selected';
  const { id, term, position, lag } = replica;
  const glyph = /^\S+ /;
  const role = roleOf(replica, actual(dashboard).snapshot?.leader ?? null).text.replace(glyph, '');
  const lags = lag === null || lag.entries === 0 ? '' : `, lacks ${lag.entries}`;
  const hindered = replica.process === 'up' ? hindranceOf(replica) : null;
  const why = hindered === null ? '' : ` (${hindered[0]})`;
  return `${id} is selected: ${role}${why}, term ${term}, at ${position}${lags}`;
}

const filterText = (filter: string): string =>
  filter === '' ? 'everything is told' : `only what contains "${data(filter)}" is told: / changes that`;

function entryText(overlay: Extract<Overlay, { type: 'entry' }>, { seen }: Dashboard): readonly string[] {
  const { replica, position, entry, message } = overlay;
  if (message !== null) return [escapeText(clip(message))];
  if (entry === null) return [];
  const { op, key, value, mode, committed } = entry;
  // It may come from another replica, whose disk it is on.
  const durableLsn = seen.snapshot?.replicas.find(({ id }) => id === replica)?.durableLsn ?? 0;
  const durable = (parsePosition(position)?.lsn ?? 0) <= durableLsn;
  const what = [op, key === null ? '' : data(key), value === null ? '' : `= ${data(value)}`].filter(Boolean).join(' ');
  const standing = [mode, committed ? 'committed' : 'not committed yet', durable ? 'on disk' : 'not on disk yet'];
  return [`${position} of ${replica}: ${what}, ${standing.filter(Boolean).join(', ')}`];
}

function writeText(reply: Answered<WriteResult>): string {
  if (reply.type === 'disconnected') return `no answer, it may be done: ${escapeText(clip(reply.message))}`;
  const { outcome, position, mode, durableOn, ms, error, replaces } = reply.result;
  const durable = durableOn.length > 0 ? `durable on ${durableOn.join(', ')}` : 'durable on none yet';
  const because = escapeText(clip(error?.message ?? 'no reason was given'));
  switch (outcome) {
    case 'ok':
      return [
        `ok at ${position}`,
        mode,
        durable,
        formatMs(ms),
        ...(replaces ? [`replaces ${replaces}, which was lost`] : []),
      ].join(', ');
    case 'rejected':
      return `rejected, nothing was written: ${because}`;
    case 'unknown':
      return `unknown${position ? ` at ${position}` : ''}, it may still commit: ${because}`;
    default:
      throw new Error(`no such outcome: ${outcome satisfies never}`);
  }
}

/** What follows the key. */
function readText(reply: Answered<ReadResult>, token: Parameters<typeof goesOnFrom>[1]): string {
  if (reply.type === 'disconnected') return `: no answer: ${escapeText(clip(reply.message))}`;
  const { result } = reply;
  const { found, value, servedBy, position, committed, waitedMs, why, error } = result;
  if (error !== undefined) {
    const onwards =
      error.code === 'rolled-back' ? `; the session goes on from ${goesOnFrom(result, token) ?? 'the beginning'}` : '';
    return `: ${error.code}: ${escapeText(clip(error.message))}${onwards}`;
  }
  const what = found ? ` = ${data(value ?? '')}` : ' is not there';
  const standing = committed ? 'committed' : 'not committed yet';
  return `${what}, from ${servedBy} at ${position}, ${standing}, took ${formatMs(waitedMs)}; why: ${escapeText(clip(why))}`;
}

const data = (text: string): string => dataText(text, DATA_MAX);
