import type { LedgerWriteView } from '../core/observe/api.ts';
import { escapeText } from '../core/observe/escape.ts';
import { clipTo, padTo, widthOf } from '../views/width.ts';

/** A heading and a line for each write, in columns, none wider than `columns`. */
export function ledgerLines(writes: readonly LedgerWriteView[], columns: number): string[] {
  const rows = [COLUMNS.map(({ title }) => title), ...writes.map((write) => COLUMNS.map(({ cell }) => cell(write)))];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((cells) => widthOf(cells[at] ?? ''))));
  return rows.map((cells) => {
    const padded = cells.map((cell, at) => padTo(cell, widths[at] ?? 0, COLUMNS[at]?.side));
    return clipTo(padded.join('  ').trimEnd(), columns);
  });
}

interface Column {
  readonly title: string;
  readonly side?: 'left' | 'right';
  readonly cell: (write: LedgerWriteView) => string;
}

/** A key is shown up to so many columns. */
const KEY_COLUMNS_MAX = 40;
const NOTHING = '-';

const COLUMNS: readonly Column[] = [
  { title: 'id', cell: ({ id }) => escapeText(id) },
  { title: 'key', cell: ({ key }) => clipTo(escapeText(key), KEY_COLUMNS_MAX) },
  { title: 'mode', cell: ({ mode }) => mode },
  { title: 'outcome', cell: ({ outcome }) => outcome },
  { title: 'position', cell: ({ position }) => position ?? NOTHING },
  { title: 'durable on', cell: ({ durableOn }) => durableOn.join(' ') || NOTHING },
  { title: 'ms', side: 'right', cell: ({ ms }) => ms.toFixed(1) },
  { title: 'fate', cell: ({ fate }) => fate ?? NOTHING },
  { title: 'why', cell: ({ code }) => code ?? '' },
];
