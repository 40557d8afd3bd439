import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { quiet, type Row, type Span, toned } from '../span.ts';
import { dotted, shortEnough } from './labelled.ts';
import { type Matrix, matrixOf } from './link-matrix.ts';
import { linkWords } from './link-words.ts';
import type { Panel } from './panel.ts';
import { windowOf } from './window.ts';

/** Who reaches whom: a row for each replica that sends, a column for each that is sent to, and the faults in words. */
export const linksPanel: Panel = ({ seen: { snapshot }, selected }, width, height) => {
  if (snapshot === null) return { rows: [[quiet('no replica has been heard of yet')]], aside: [] };
  const { replicas } = snapshot;
  if (replicas.length < 2) return { rows: [[quiet('one replica alone has no links')]], aside: [] };
  const matrix = matrixOf(snapshot, selected, width);
  const room = Math.max(1, height - 1);
  const selectedRow = replicas.findIndex(({ id }) => id === selected);
  const first = windowOf(replicas.length, room, selectedRow);
  const shown = matrix.rows.slice(first, first + room);
  const below = wordRows(snapshot, matrix, width).slice(0, room - shown.length);
  return {
    rows: [matrix.head, ...shown, ...below],
    aside: asideOf(snapshot, first, shown.length),
    click: (x, y) => {
      const place = y === 0 ? Math.floor((x - matrix.cellsFrom) / matrix.cellWidth) : first + y - 1;
      const replica = y <= shown.length ? replicas[place] : undefined;
      return replica === undefined ? null : { type: 'select', digit: Number(replica.id.slice(1)) };
    },
  };
};

function wordRows(snapshot: ClusterSnapshot, { legend }: Matrix, width: number): Row[] {
  const { links, replicas, supervised } = snapshot;
  const words = supervised ? ALL_WHOLE : UNKNOWN;
  if (links.length === 0) return dotted([...legend, ...shortEnough(width, ...words)], width);
  const faults = linkWords(
    links,
    replicas.map(({ id }) => id),
  );
  return dotted([...faults.map((words): Span => toned('warn', words)), ...legend], width);
}

const ALL_WHOLE: readonly Row[] = [
  [quiet('all links whole: c cuts, d delays the selected replica')],
  [quiet('all links whole: c cuts, d delays')],
];

/** Without a supervisor. */
const UNKNOWN: readonly Row[] = [
  [quiet('? the network itself: no supervisor here, to break a link or to know of it')],
  [quiet('? the network’s own: no supervisor')],
];

function asideOf({ links, replicas }: ClusterSnapshot, first: number, shown: number): Row {
  const all = replicas.length * (replicas.length - 1);
  const faulty = links.length === 0 ? [] : [toned('warn', `${links.length} of ${all} faulty`)];
  if (shown === replicas.length) return faulty;
  return [...faulty, quiet(`${faulty.length > 0 ? '  ' : ''}${first + 1}-${first + shown} of ${replicas.length}, ↑↓`)];
}
