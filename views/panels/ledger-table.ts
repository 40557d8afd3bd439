import type { LedgerWriteView } from '../../core/observe/api.ts';
import { formatMs } from '../../core/observe/words.ts';
import { parsePosition } from '../../core/protocol/position.ts';
import { dataText } from '../data.ts';
import { fateSpan, outcomeSpan } from '../fates.ts';
import { plain, quiet, type Row, type Span, toned, withText } from '../span.ts';
import { termTone } from '../term-tone.ts';
import { padTo, widthOf } from '../width.ts';
import { columnGap, fittingColumns, type Sized } from './columns.ts';

export interface LedgerTable {
  /** In the order in which they are shown. */
  readonly writes: readonly LedgerWriteView[];
  /** The first one shown. */
  readonly first: number;
  readonly count: number;
  /** Replicas of the cluster: so many can have a write on their disks. */
  readonly members: number;
  readonly width: number;
}

/** A head, and a row for each of `count` writes, in the columns that matter most, as many as fit. */
export function tableOf({ writes, first, count, members, width }: LedgerTable): Row[] {
  const columns = choose(sized(writes, members), width);
  const withOutcome = columns.some(({ column }) => column === OUTCOME);
  return [
    columns.map(({ column, width: wide }, i) => quiet(columnGap(i) + padTo(column.title, wide, column.side))),
    ...writes.slice(first, first + count).map((write) =>
      columns.map(({ column, width: wide }, i): Span => {
        const cell = column.cell(write, wide, withOutcome);
        return withText(cell, columnGap(i) + padTo(cell.text, wide, column.side));
      }),
    ),
  ];
}

interface Column {
  readonly title: string;
  readonly side: 'left' | 'right';
  /** Kept however short the cells are, so that columns do not move as the writes change. */
  readonly widthMin: number;
  /** The lower, the sooner it is given a place. */
  readonly rank: number;
  /** `withOutcome`: the outcome has a column of its own. */
  readonly cell: (write: LedgerWriteView, width: number, withOutcome: boolean) => Span;
}

const NOTHING = '–';
/** Keys get what the other columns leave, up to so many columns. */
const KEY_MAX = 24;

const KEY: Column = {
  title: 'key',
  side: 'left',
  widthMin: 10,
  rank: 2,
  cell: ({ key }, width) => plain(dataText(key, width)),
};
const DURABLE: Column = {
  title: 'durable on',
  side: 'left',
  widthMin: 10,
  rank: 6,
  cell: ({ durableOn }) => (durableOn.length > 0 ? plain(durableOn.join(' ')) : quiet(NOTHING)),
};
const OUTCOME: Column = {
  title: 'outcome',
  side: 'left',
  widthMin: 10,
  rank: 5,
  cell: ({ outcome }) => outcomeSpan(outcome),
};

/** From left to right. */
const COLUMNS: readonly Column[] = [
  { title: 'position', side: 'left', widthMin: 8, rank: 1, cell: position },
  KEY,
  { title: 'mode', side: 'left', widthMin: 6, rank: 4, cell: ({ mode }) => plain(mode) },
  OUTCOME,
  { title: 'fate', side: 'left', widthMin: 11, rank: 3, cell: fate },
  DURABLE,
  { title: 'took', side: 'right', widthMin: 7, rank: 7, cell: ({ ms }) => plain(formatMs(ms)) },
  { title: 'sent to', side: 'left', widthMin: 7, rank: 8, cell: ({ leader }) => plain(leader ?? NOTHING) },
  { title: 'id', side: 'left', widthMin: 8, rank: 9, cell: ({ id }) => quiet(id) },
];

/** In the hue of its term, as in the logs: a change of terms is seen from afar. */
function position({ position: at }: LedgerWriteView): Span {
  return at === null ? quiet(NOTHING) : toned(termTone(parsePosition(at)?.term ?? 1), at);
}

/** A write that was rejected has no fate, for nothing was written: here is why. */
function fate({ fate: became, outcome, code }: LedgerWriteView, _width: number, withOutcome: boolean): Span {
  if (became !== null) return fateSpan(became);
  if (withOutcome) return quiet(code ?? NOTHING);
  const span = outcomeSpan(outcome);
  return code === undefined ? span : withText(span, span.text.replace(outcome, code));
}

function sized(writes: readonly LedgerWriteView[], members: number): Sized<Column>[] {
  const widest = (column: Column): number => {
    if (column === DURABLE) return members * 3 - 1;
    return Math.max(0, ...writes.map((write) => widthOf(column.cell(write, 0, true).text)));
  };
  return COLUMNS.map((column) => ({ column, width: Math.max(column.widthMin, widest(column)) }));
}

function choose(columns: readonly Sized<Column>[], width: number): readonly Sized<Column>[] {
  const { fitting, left } = fittingColumns(columns, width, false);
  return fitting.map((one) => (one.column === KEY ? { ...one, width: Math.min(KEY_MAX, one.width + left) } : one));
}
