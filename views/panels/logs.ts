import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { referenceOf } from '../entries.ts';
import { roleOf } from '../role.ts';
import { fitRow } from '../row.ts';
import { bold, plain, quiet, type Row, toned, withText } from '../span.ts';
import { type Command, type DroppedTail, focusOf } from '../state.ts';
import { charactersOf, padTo } from '../width.ts';
import { legendRows } from './log-legend.ts';
import { droppedRow, logRow } from './log-row.ts';
import { rulerRow } from './log-ruler.ts';
import { type LogWindow, logWindow } from './log-window.ts';
import type { Panel } from './panel.ts';
import { windowOf } from './window.ts';

/**
 * One row for each replica, LSNs from left to right: how far each log goes, how safe each entry is, which term wrote it,
 * and where the logs differ.
 */
export const logsPanel: Panel = (dashboard, width, height) => {
  const { seen, selected, cursor, cursorFrom } = dashboard;
  const { snapshot, dropped } = seen;
  if (snapshot === null) return { rows: [[quiet('no replica has been heard of yet')]], aside: [] };
  const { replicas, leader } = snapshot;
  const reference = referenceOf(snapshot);
  const newest = Math.max(0, ...replicas.map(({ lsn }) => lsn));
  const positions = positionsWidth(replicas, width);
  const cells = Math.max(1, width - LABEL_WIDTH - positions);
  const window = logWindow({ newest, cursor, cursorFrom, width: cells });

  const marks = { newest, committed: reference.committed?.lsn ?? 0, cursor };
  const ruler = height < WITH_RULER ? [] : [[INDENT, ...rulerRow(window, marks)]];
  const room = height - ruler.length;
  const at = replicas.findIndex(({ id }) => id === selected);
  const first = windowOf(replicas.length, room, at);
  const shown = replicas.slice(first, first + room);
  const ghosts = ghostsOf(dropped, window, room - shown.length);
  const lines = shown.flatMap((replica) => [lineOf(replica), ...ghosts.filter(({ id }) => id === replica.id)]);
  const rows = [...ruler, ...lines.map(({ row }) => row), ...legend(width, room - lines.length)];
  const hidden = replicas.length - shown.length;
  return {
    rows,
    aside: [
      quiet(hidden === 0 ? '' : `${first + 1}-${first + shown.length} of ${replicas.length}, ↑↓  `),
      ...(cursor === null
        ? [quiet(newest === 0 ? '' : `newest ${newest}`)]
        : cursorWords(cursor, focusOf(dashboard) === 'logs')),
    ],
    click: (x, y) => {
      const id = lines[y - ruler.length]?.id;
      return id === undefined ? null : clickOn(id, window.first + x - LABEL_WIDTH, x, newest);
    },
  };

  function lineOf(replica: ReplicaSnapshot): Line {
    const log = logRow(replica, reference, window, replica.id === selected ? cursor : null);
    const position = positions === 0 ? [] : [quiet(padTo(replica.position, positions, 'right'))];
    return { id: replica.id, row: [...label(replica), ...fitRow(log, cells), ...position] };
  }

  function label(replica: ReplicaSnapshot): Row {
    const { id } = replica;
    const name = id === selected ? bold(`▸ ${id} `, 'leader') : plain(`  ${id} `);
    const role = roleOf(replica, leader);
    return [name, withText(role, charactersOf(role.text)[0] ?? ' '), plain(' ')];
  }
};

/** A row that belongs to a replica. */
interface Line {
  readonly id: ReplicaId;
  readonly row: Row;
}

/** `▸ n1 ● ` */
const LABEL_WIDTH = 7;
const INDENT = plain(' '.repeat(LABEL_WIDTH));
/** From so many columns on, the position that a log ends at stands behind it. */
const WITH_POSITIONS = 80;
/** Kept free for it however short it is, so that nothing moves as numbers grow. */
const POSITION_MIN = 8;
const GAP = 2;
/** From so many rows on, the first is the ruler. */
const WITH_RULER = 3;
const LEGEND_MAX = 2;

/** The columns that positions take, at the right; 0 where there is no room for them. */
function positionsWidth(replicas: readonly ReplicaSnapshot[], width: number): number {
  if (width < WITH_POSITIONS) return 0;
  return GAP + Math.max(POSITION_MIN, ...replicas.map(({ position }) => position.length));
}

/** What was dropped, as far as it would be in the window; at most `most` of it, the last. */
function ghostsOf(dropped: readonly DroppedTail[], window: LogWindow, most: number): readonly Line[] {
  const ghosts = dropped.flatMap((tail) => {
    const row = droppedRow(tail, window);
    return row === null ? [] : [{ id: tail.id, row: [INDENT, ...row] }];
  });
  return most > 0 ? ghosts.slice(-most) : [];
}

/** At the bottom, one row apart if there is room. */
function legend(width: number, height: number): readonly Row[] {
  const rows = legendRows(width, Math.min(height, LEGEND_MAX));
  return rows.length > 0 && rows.length < height ? [[], ...rows] : rows;
}

const cursorWords = (cursor: number, isFocused: boolean): Row => [
  toned('focus', `LSN ${cursor}`),
  quiet(isFocused ? ' · Enter opens, End follows' : ''),
];

/** A click on an entry, or on where one is missing, goes there; elsewhere it selects the replica. */
function clickOn(id: ReplicaId, lsn: number, x: number, newest: number): Command {
  const isOnLog = x >= LABEL_WIDTH && lsn <= newest;
  return isOnLog ? { type: 'point', replica: id, lsn } : { type: 'select', digit: Number(id.slice(1)) };
}
