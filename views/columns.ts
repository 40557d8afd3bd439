import type { ClusterSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import { formatAge, formatBytes } from './format.ts';
import { roleOf } from './role.ts';
import { plain, quiet, type Span, toned } from './span.ts';
import type { Tone } from './theme.ts';

export interface Table {
  readonly head: readonly Span[];
  /** One for each replica, in the order of the snapshot. */
  readonly rows: readonly (readonly Span[])[];
}

/** The replica table in at most `width` columns: the columns that matter most, as many as fit. */
export function tableOf(snapshot: ClusterSnapshot, selected: ReplicaId | null, width: number): Table {
  const { leader, replicas, links } = snapshot;
  const cut = links.filter((link) => link.cut);
  const rows = replicas.map((replica) => {
    const others = cut.flatMap(({ from, to }) => (from === replica.id ? [to] : to === replica.id ? [from] : []));
    return { replica, leader, selected, cutFrom: [...new Set(others)].sort() };
  });
  const sized = COLUMNS.map((column) => ({ column, width: widthOf(column, rows) }));
  const chosen = choose(sized, width);
  return {
    head: chosen.map(({ column, width }, i) => quiet(gap(i) + pad(column.title, width, column.side))),
    rows: rows.map((row) => [
      ...chosen.map(({ column, width }, i) => {
        const cell = column.cell(row);
        const bold = row.replica.id === selected;
        return { text: gap(i) + pad(cell.text, width, column.side), tone: cell.tone, bold };
      }),
    ]),
  };
}

interface Row {
  readonly replica: ReplicaSnapshot;
  readonly leader: ReplicaId | null;
  readonly selected: ReplicaId | null;
  /** Those that it cannot reach, or that cannot reach it, because the link is cut. */
  readonly cutFrom: readonly ReplicaId[];
}

interface Column {
  readonly title: string;
  readonly side: 'left' | 'right';
  /** Kept however short the cells are, so that columns do not move as numbers grow. */
  readonly widthMin: number;
  /** The lower, the sooner it is given a place. */
  readonly rank: number;
  readonly cell: (row: Row) => Span;
}

const GAP = 2;
const NOTHING = '–';

/** From left to right. */
const COLUMNS: readonly Column[] = [
  { title: '', side: 'left', widthMin: 4, rank: 1, cell: name },
  { title: 'role', side: 'left', widthMin: 11, rank: 2, cell: ({ replica, leader }) => roleOf(replica, leader) },
  { title: 'term', side: 'right', widthMin: 4, rank: 7, cell: figure(({ term }) => term) },
  { title: 'position', side: 'right', widthMin: 7, rank: 3, cell: figure(({ position }) => position) },
  { title: 'lsn', side: 'right', widthMin: 6, rank: 11, cell: figure(({ lsn }) => lsn) },
  { title: 'durable', side: 'right', widthMin: 7, rank: 6, cell: figure(({ durableLsn }) => durableLsn) },
  { title: 'committed', side: 'right', widthMin: 9, rank: 4, cell: figure(({ committedLsn }) => committedLsn) },
  { title: 'lag', side: 'right', widthMin: 4, rank: 5, cell: lag((row) => String(row.entries)) },
  { title: 'lag bytes', side: 'right', widthMin: 9, rank: 10, cell: lag((row) => formatBytes(row.bytes)) },
  { title: 'lag ms', side: 'right', widthMin: 6, rank: 9, cell: lagMs },
  { title: '', side: 'left', widthMin: 10, rank: 8, cell: note },
];

function name({ replica, selected }: Row): Span {
  return replica.id === selected ? toned('leader', `▸ ${replica.id}`) : plain(`  ${replica.id}`);
}

/** What a replica that is down last said of itself is still of interest, but no longer news. */
function figure(value: (replica: ReplicaSnapshot) => number | string): Column['cell'] {
  return ({ replica }) => ({ text: String(value(replica)), tone: toneOf(replica), bold: false });
}

/** The leader has no lag: it is what the others lag behind. */
function lag(value: (lag: NonNullable<ReplicaSnapshot['lag']>) => string): Column['cell'] {
  return ({ replica, leader }) => {
    if (replica.lag === null || replica.id === leader) return quiet(NOTHING);
    return toned(replica.lag.entries > 0 ? 'warn' : toneOf(replica), value(replica.lag));
  };
}

/** How old the lag of one that is down is, is not told: it would only count the time since. */
function lagMs(row: Row): Span {
  return row.replica.process === 'down' ? quiet(NOTHING) : lag(({ ms }) => String(Math.round(ms)))(row);
}

/** What keeps it from its work, or how to get it back. */
function note({ replica, selected, cutFrom }: Row): Span {
  const age = replica.heartbeatAgeMs ?? 0;
  if (replica.process !== 'down' && cutFrom.length > 0) return toned('warn', `cut from ${cutFrom.join(' ')}`);
  if (replica.process !== 'down') return age > 0 ? toned('warn', `late ${formatAge(age)}`) : plain('');
  return quiet(replica.id === selected ? 's to start' : `press ${replica.id.slice(1)}, s`);
}

const toneOf = ({ process }: ReplicaSnapshot): Tone => (process === 'down' ? 'quiet' : 'plain');

function choose<Sized extends { column: Column; width: number }>(sized: readonly Sized[], width: number): Sized[] {
  let left = width + GAP;
  const taken = new Set<Sized>();
  for (const one of [...sized].sort((a, b) => a.column.rank - b.column.rank)) {
    if (one.width + GAP > left) break;
    left -= one.width + GAP;
    taken.add(one);
  }
  return sized.filter((one) => taken.has(one));
}

const widthOf = (column: Column, rows: readonly Row[]): number =>
  Math.max(column.widthMin, column.title.length, ...rows.map((row) => column.cell(row).text.length));
const gap = (index: number): string => (index === 0 ? '' : ' '.repeat(GAP));
const pad = (text: string, width: number, side: 'left' | 'right'): string =>
  side === 'left' ? text.padEnd(width) : text.padStart(width);
