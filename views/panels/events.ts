import type { Severity } from '../../core/observe/describe.ts';
import { type EventLine, eventLines, lineAt, lineSeverity, lineWords } from '../event-lines.ts';
import { clip, formatClock } from '../format.ts';
import { fitRow, wrapRow } from '../row.ts';
import { quiet, type Row, toned } from '../span.ts';
import type { Dashboard } from '../state.ts';
import type { Tone } from '../theme.ts';
import type { Panel } from './panel.ts';

/** What happened, and why: newest last. Scrolled back, it stays where it is as more happens. */
export const eventsPanel: Panel = ({ seen, filter, scrolled }, width, height) => {
  const events = eventLines(seen.events, filter);
  if (events.length === 0) {
    return {
      rows: [[quiet(filter === '' ? 'nothing has happened yet' : 'no event contains this')]],
      aside: aside(filter, 0),
    };
  }
  const back = Math.min(scrolled.events, backMax(events, width, height));
  return { rows: lastRows(events.slice(0, events.length - back), width, height), aside: aside(filter, back) };
};

/** How far it can be scrolled back in this room, in lines. */
export const eventsHidden = ({ seen, filter }: Dashboard, width: number, height: number): number =>
  backMax(eventLines(seen.events, filter), width, height);

/** Scrolled back as far as it goes, the panel is full of the first events. */
function backMax(events: readonly EventLine[], width: number, height: number): number {
  let rows = 0;
  const shown = events.findIndex((event) => {
    rows += eventRows(event, width).length;
    return rows > height;
  });
  return shown === -1 ? 0 : events.length - Math.max(shown, 1);
}

/** An event can name a thousand writes; a screen cannot. */
const EVENT_MAX = 600;

/** The last events in at most `height` rows: of the first one perhaps only the end; of the last one the beginning. */
function lastRows(events: readonly EventLine[], width: number, height: number): Row[] {
  const rows: Row[] = [];
  for (const event of events.toReversed()) {
    if (rows.length >= height) break;
    const own = eventRows(event, width);
    const shown = rows.length === 0 && own.length > height ? cutAfter(own, height, width) : own;
    rows.unshift(...shown);
  }
  return rows.slice(-height);
}

/** Its first rows; that there is more is told by an ellipsis. */
function cutAfter(rows: readonly Row[], height: number, width: number): Row[] {
  const last = rows[height - 1] ?? [];
  return [...rows.slice(0, height - 1), fitRow([...last, quiet(' '.repeat(width))], width)];
}

function eventRows(event: EventLine, width: number): Row[] {
  const { mark, tone } = MARKS[lineSeverity(event)];
  const clock = formatClock(lineAt(event));
  const row = [quiet(`${clock} `), toned(tone, `${mark} `), toned(tone, clip(lineWords(event), EVENT_MAX))];
  return wrapRow(row, width, clock.length + 3);
}

function aside(filter: string, back: number): Row {
  const filtered = filter === '' ? [] : [toned('key', `/${clip(filter, 16)}`)];
  const past = back === 0 ? [] : [toned('doubt', `${filter === '' ? '' : ' '}${back} newer, End follows`)];
  return [...filtered, ...past];
}

/** Good and bad news have a mark beside their colour. */
const MARKS: Readonly<Record<Severity, { readonly mark: string; readonly tone: Tone }>> = {
  info: { mark: '·', tone: 'plain' },
  good: { mark: '✓', tone: 'good' },
  warn: { mark: '!', tone: 'warn' },
  bad: { mark: '✗', tone: 'bad' },
};
