import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { formatAge } from '../format.ts';
import { roleOf } from '../role.ts';
import { plain, quiet, type Row, type Span, toned } from '../span.ts';
import { padTo } from '../width.ts';
import { reachOf, reachText } from './link-cells.ts';

export interface Matrix {
  readonly head: Row;
  /** One for each replica, in the order of the snapshot. */
  readonly rows: readonly Row[];
  /** The column where the first cell begins, and how wide each is, with the gap behind it. */
  readonly cellsFrom: number;
  readonly cellWidth: number;
  /** What the glyphs in it mean that have no word beside them. */
  readonly legend: readonly Span[];
}

/** From each replica (rows) to each (columns), in at most `width` columns, and beside it how the sender does. */
export function matrixOf(snapshot: ClusterSnapshot, selected: ReplicaId | null, width: number): Matrix {
  const { replicas } = snapshot;
  const { corner, cellWidth, noted } = shapeOf(replicas.length, width);
  const room = cellWidth - gapIn(cellWidth);
  const idCell = (id: ReplicaId): Span =>
    toned(id === selected ? 'leader' : 'quiet', padTo(id, cellWidth), { bold: id === selected });
  return {
    head: [quiet(corner), ...replicas.map(({ id }) => idCell(id))],
    rows: replicas.map((from) => [
      name(from.id, selected, corner.length),
      ...replicas.map((to) => {
        const reach = reachOf(from, to, snapshot);
        const isEmphasised = from.id === selected || to.id === selected;
        return toned(reach.tone, padTo(reachText(reach, room), cellWidth), { bold: isEmphasised });
      }),
      ...(noted ? noteOf(from, snapshot) : []),
    ]),
    cellsFrom: corner.length,
    cellWidth,
    legend: legendOf(replicas.flatMap((from) => replicas.map((to) => reachText(reachOf(from, to, snapshot), room)))),
  };
}

interface Shape {
  /** Says what rows and columns are; row names stand below it. */
  readonly corner: string;
  readonly cellWidth: number;
  /** Whether there is room beside it. */
  readonly noted: boolean;
}

/** From the roomiest. Each has room for its corner, its cells, and perhaps a note; what is in the cells does not matter. */
const SHAPES: readonly Shape[] = [
  { corner: 'from ↓ to →  ', cellWidth: 10, noted: true },
  { corner: 'from ↓ to →  ', cellWidth: 7, noted: true },
  { corner: 'from ↓ to →  ', cellWidth: 10, noted: false },
  { corner: 'from ↓ to →  ', cellWidth: 7, noted: false },
  { corner: '↓ to →  ', cellWidth: 7, noted: false },
  { corner: '↓ to →  ', cellWidth: 5, noted: false },
  { corner: '↓→   ', cellWidth: 5, noted: false },
  { corner: '↓→   ', cellWidth: 4, noted: false },
];
const SMALLEST: Shape = { corner: '↓→  ', cellWidth: 3, noted: false };
/** `○ follower, 123 behind` */
const NOTE_WIDTH = 23;

const shapeOf = (replicas: number, width: number): Shape =>
  SHAPES.find((shape) => shape.corner.length + replicas * shape.cellWidth + (shape.noted ? NOTE_WIDTH : 0) <= width) ??
  SMALLEST;

/** Blanks between cells: narrow ones stand closer. */
const gapIn = (cellWidth: number): number => (cellWidth >= 7 ? 2 : 1);

function name(id: ReplicaId, selected: ReplicaId | null, width: number): Span {
  const gap = width > SMALLEST.corner.length ? ' ' : '';
  if (id === selected) return toned('leader', padTo(`▸${gap}${id}`, width), { bold: true });
  return plain(padTo(` ${gap}${id}`, width));
}

/** What a replica is, and how its leader hears of it: links only matter to those who must talk. */
function noteOf(replica: ReplicaSnapshot, { leader }: ClusterSnapshot): Row {
  const role = roleOf(replica, leader);
  const { id, process, lag, heartbeatAgeMs } = replica;
  if (process !== 'up' || id === leader) return [role];
  if (heartbeatAgeMs !== null && heartbeatAgeMs > 0)
    return [role, toned('warn', `, late ${formatAge(heartbeatAgeMs)}`)];
  if (leader === null) return [role];
  if (lag === null) return [role, toned('warn', `, unheard by ${leader}`)];
  return lag.entries > 0 ? [role, toned('warn', `, ${lag.entries} behind`)] : [role];
}

function legendOf(cells: readonly string[]): Span[] {
  const legend = [
    cells.includes('–') ? '– one of the two is down or paused' : null,
    cells.includes('✗') ? '✗ cut' : null,
    cells.some((text) => text.includes('~')) ? '~ delayed (ms)' : null,
    cells.some((text) => text.includes('%')) ? '% dropped' : null,
  ];
  return legend.filter((line) => line !== null).map(quiet);
}
