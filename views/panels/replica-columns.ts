import type { ClusterSnapshot, LinkSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { formatAge, formatBytes } from '../format.ts';
import { hindranceOf, roleOf } from '../role.ts';
import { plain, quiet, type Row, type Span, toned } from '../span.ts';
import type { Tone } from '../theme.ts';
import { padTo, widthOf } from '../width.ts';
import { columnGap, fittingColumns, type Sized } from './columns.ts';

export interface Table {
  readonly head: Row;
  /** One for each replica, in the order of the snapshot. */
  readonly rows: readonly Row[];
}

/** The replica table in at most `width` columns: the columns that matter most, as many as fit. */
export function tableOf(snapshot: ClusterSnapshot, selected: ReplicaId | null, width: number): Table {
  const { leader, replicas, links, supervised } = snapshot;
  const cells = replicas.map((replica): Cell => {
    const ofIt = links.filter(({ from, to }) => from === replica.id || to === replica.id);
    return { replica, leader, selected, links: ofIt, others: replicas.length - 1, supervised };
  });
  const sized = COLUMNS.map((column) => ({ column, width: columnWidth(column, cells) }));
  const chosen = choose(sized, width);
  return {
    head: chosen.map(({ column, width: wide }, i) => quiet(columnGap(i) + padTo(column.title, wide, column.side))),
    rows: cells.map((cell) =>
      chosen.map(({ column, width: wide }, i) => {
        const { text, tone } = column.cell(cell, wide);
        return toned(tone, columnGap(i) + padTo(text, wide, column.side), { bold: cell.replica.id === selected });
      }),
    ),
  };
}

interface Cell {
  readonly replica: ReplicaSnapshot;
  readonly leader: ReplicaId | null;
  readonly selected: ReplicaId | null;
  /** Its links that have a fault. */
  readonly links: readonly LinkSnapshot[];
  /** How many other replicas there are. */
  readonly others: number;
  /** Its process can be started from here. */
  readonly supervised: boolean;
}

interface Column {
  readonly title: string;
  readonly side: 'left' | 'right';
  /** Kept however short the cells are, so that columns do not move as numbers grow. */
  readonly widthMin: number;
  /** The lower, the sooner it is given a place. */
  readonly rank: number;
  readonly cell: (cell: Cell, width: number) => Span;
  /** It has this width, and then what is left of the row: what is in it never changes which columns there are. */
  readonly takesRest?: true;
}

const NOTHING = '–';

/** From left to right. */
const COLUMNS: readonly Column[] = [
  { title: '', side: 'left', widthMin: 4, rank: 1, cell: name },
  { title: 'role', side: 'left', widthMin: 11, rank: 2, cell: ({ replica, leader }) => roleOf(replica, leader) },
  { title: 'term', side: 'right', widthMin: 4, rank: 8, cell: figure(({ term }) => term) },
  { title: 'position', side: 'right', widthMin: 8, rank: 3, cell: figure(({ position }) => position) },
  { title: 'lsn', side: 'right', widthMin: 6, rank: 11, cell: figure(({ lsn }) => lsn) },
  { title: 'durable', side: 'right', widthMin: 7, rank: 6, cell: figure(({ durableLsn }) => durableLsn) },
  { title: 'committed', side: 'right', widthMin: 9, rank: 4, cell: figure(({ committedLsn }) => committedLsn) },
  { title: 'lag', side: 'right', widthMin: 5, rank: 5, cell: lag((row) => String(row.entries)) },
  { title: 'lag bytes', side: 'right', widthMin: 9, rank: 10, cell: lag((row) => formatBytes(row.bytes)) },
  { title: 'lag ms', side: 'right', widthMin: 6, rank: 9, cell: lagMs },
  { title: '', side: 'left', widthMin: 9, rank: 7, cell: note, takesRest: true },
];

function name({ replica, selected }: Cell): Span {
  return replica.id === selected ? toned('leader', `▸ ${replica.id}`) : plain(`  ${replica.id}`);
}

/**
 * What a replica that is down last said of itself is still of interest, but no longer news. One that never said anything
 * has no figures.
 */
function figure(value: (replica: ReplicaSnapshot) => number | string): Column['cell'] {
  return ({ replica }) =>
    replica.heartbeatAgeMs === null ? quiet(NOTHING) : toned(toneOf(replica), String(value(replica)));
}

/** The leader has no lag: it is what the others lag behind. */
function lag(value: (lag: NonNullable<ReplicaSnapshot['lag']>) => string): (cell: Cell) => Span {
  return ({ replica, leader }) => {
    if (replica.lag === null || replica.id === leader) return quiet(NOTHING);
    return toned(replica.lag.entries > 0 ? 'warn' : toneOf(replica), value(replica.lag));
  };
}

/** How old the lag of one that is down is, is not told: it would only count the time since. */
function lagMs(cell: Cell): Span {
  return cell.replica.process === 'down' ? quiet(NOTHING) : lag(({ ms }) => String(Math.round(ms)))(cell);
}

/** What keeps it from its work, or how to get it back. */
function note({ replica, selected, links, others, supervised }: Cell, width: number): Span {
  const { id, process } = replica;
  // Down, or out of the router's reach: nobody here knows.
  if (process !== 'up' && !supervised) return quiet('not heard');
  if (process !== 'up') {
    const key = process === 'down' ? 's' : 'p';
    const keys = id === selected ? key : `${id.slice(1)} ${key}`;
    const words = `${keys} ${process === 'down' ? 'starts' : 'resumes'} it`;
    return quiet(words.length <= width ? words : `press ${keys}`);
  }
  const age = replica.heartbeatAgeMs ?? 0;
  const cut = links.filter((link) => link.cut);
  if (cut.length > 0) return toned('warn', cut.length === 2 * others ? 'cut off' : cutWords(othersOf(id, cut), width));
  if (age > 0) return toned('warn', `late ${formatAge(age)}`);
  const hindered = hindranceOf(replica);
  if (hindered !== null) return toned('warn', hindered[width >= WORDY ? 0 : 1]);
  if (links.some(({ delayMs }) => delayMs > 0)) return toned('warn', 'delayed');
  return links.length > 0 ? toned('warn', 'dropping') : plain('');
}

/** From so many columns on, there is room for a reason. */
const WORDY = 24;

function cutWords(ids: readonly ReplicaId[], width: number): string {
  const words = `cut from ${ids.join(' ')}`;
  return words.length <= width ? words : `cut ${ids.join(' ')}`;
}

const othersOf = (id: ReplicaId, links: readonly LinkSnapshot[]): readonly ReplicaId[] =>
  [...new Set(links.map(({ from, to }) => (from === id ? to : from)))].sort();

/** Whether its figures are what it, or its process before this one, said last. */
export const isLastKnown = ({ process, role, heartbeatAgeMs }: ReplicaSnapshot): boolean =>
  heartbeatAgeMs !== null && (process === 'down' || role === null);

const toneOf = (replica: ReplicaSnapshot): Tone => (isLastKnown(replica) ? 'quiet' : 'plain');

function choose(columns: readonly Sized<Column>[], width: number): readonly Sized<Column>[] {
  const { fitting, left } = fittingColumns(columns, width, true);
  return fitting.map((one) => (one.column.takesRest ? { ...one, width: one.width + left } : one));
}

function columnWidth({ title, widthMin, cell: draw, takesRest }: Column, cells: readonly Cell[]): number {
  if (takesRest) return widthMin;
  return Math.max(widthMin, title.length, ...cells.map((cell) => widthOf(draw(cell, widthMin).text)));
}
