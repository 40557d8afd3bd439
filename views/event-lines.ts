import { describe, type Severity, severity } from '../core/observe/describe.ts';
import type { ClusterEvent, Happening } from '../core/observe/events.ts';
import { isWanted } from './filter.ts';

/** What one line tells: an event, or many of a kind that came together. Never empty; oldest first. */
export type EventLine = readonly ClusterEvent[];

/**
 * The events that the filter asks for, in lines. A failover settles hundreds of writes at once, and a load has its
 * snapshots every few minutes: what is of one kind in an unbroken run of such events is told in one line, where the
 * first of them would stand. Who filters looks for something, and is shown each.
 */
export function eventLines(events: readonly ClusterEvent[], filter: string): readonly EventLine[] {
  if (filter !== '') return events.filter((event) => isWanted(event, filter)).map((event) => [event]);
  const lines: ClusterEvent[][] = [];
  let topic: string | null = null;
  let run = new Map<string, ClusterEvent[]>();
  const end = (): void => {
    for (const line of run.values()) lines.push(...(line.length < TOGETHER_MIN ? line.map((one) => [one]) : [line]));
    run = new Map();
  };
  for (const event of events) {
    const kind = kindOf(event.what);
    if (kind?.topic !== topic) end();
    topic = kind?.topic ?? null;
    const others = kind && run.get(kind.name);
    if (kind === null) lines.push([event]);
    else if (others) others.push(event);
    else run.set(kind.name, [event]);
  }
  end();
  return lines;
}

export function lineWords(line: EventLine): string {
  const { first, last } = endsOf(line);
  if (line.length === 1) return describe(first);
  const { what } = first;
  const count = line.length;
  switch (what.type) {
    case 'lost':
      return `lost: ${count} writes, ${idOf(first)} … ${idOf(last)}, acknowledged under ${modesOf(line)}: the session has them all`;
    case 'settled': {
      const became = what.fate === 'committed' ? 'committed' : 'were discarded: the new history lacks them';
      return `${count} writes, ${idOf(first)} … ${idOf(last)}, unknown until now, ${became}`;
    }
    default: {
      const who = [...new Set(line.map(idOf))].sort();
      return `${count} snapshots were taken, by ${who.join(', ')}. The last: ${describe(last)}`;
    }
  }
}

export const lineSeverity = (line: EventLine): Severity => severity(endsOf(line).first);

/** The time of day at which all of it had happened. */
export const lineAt = (line: EventLine): number => endsOf(line).last.at;

/** Fewer have a line each. */
const TOGETHER_MIN = 3;

/** Events of one topic make a run; those of one kind in it, a line. null: always a line of its own. */
function kindOf(what: Happening): { readonly topic: string; readonly name: string } | null {
  if (what.type === 'lost') return { topic: 'fates', name: 'lost' };
  if (what.type === 'settled') return { topic: 'fates', name: what.fate };
  if (what.type === 'replica' && what.event.type === 'compacted') return { topic: 'snapshots', name: 'compacted' };
  return null;
}

function endsOf(line: EventLine): { readonly first: ClusterEvent; readonly last: ClusterEvent } {
  const [first] = line;
  const last = line.at(-1);
  if (first === undefined || last === undefined) throw new Error('a line without an event');
  return { first, last };
}

const idOf = ({ what }: ClusterEvent): string => ('id' in what ? what.id : '');

const modesOf = (line: EventLine): string =>
  [...new Set(line.flatMap(({ what }) => (what.type === 'lost' ? [what.mode] : [])))].join(' and ');
