import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { isAstray, isFolded, type Reference, sentUpTo, stateOf, termOf } from '../entries.ts';
import { ENTRY_GLYPHS } from '../entry-glyphs.ts';
import { looksLike, plain, quiet, type Row, type Span, textOf, toned, withText } from '../span.ts';
import type { DroppedTail } from '../state.ts';
import { termTone } from '../term-tone.ts';
import { widthOf } from '../width.ts';
import { columnOf, type LogWindow } from './log-window.ts';

/** A replica's log in the window, one column for each LSN. `cursor`: the LSN under it, if it is in this row. */
export function logRow(replica: ReplicaSnapshot, reference: Reference, window: LogWindow, cursor: number | null): Row {
  if (replica.heartbeatAgeMs === null) return [quiet('not heard of yet')];
  const sent = sentUpTo(replica, reference);
  const cells = Array.from({ length: window.width }, (_, column) => {
    const lsn = window.first + column;
    const cell = lsn <= replica.lsn ? entryCell(lsn) : lackingCell(lsn);
    return lsn === cursor ? toned('plain', under(cell, lsn), { bold: true, inverse: true }) : cell;
  });
  return joined(withWords(cells, wordsOf(replica, reference, window)));

  function entryCell(lsn: number): Span {
    if (isFolded(replica, lsn)) return quiet(ENTRY_GLYPHS.folded);
    const term = termOf(replica, lsn);
    if (term === null) return quiet(ENTRY_GLYPHS.untold);
    if (isAstray(replica, lsn, reference)) {
      // A digit must not hide that it is astray: then the next one must show it.
      const shownByNext = columnOf(window, lsn + 1) !== null && termOf(replica, lsn + 1) === term;
      return begins(lsn) && shownByNext
        ? toned('warn', digit(term), { bold: true })
        : toned('warn', ENTRY_GLYPHS.astray);
    }
    const state = stateOf(replica, lsn);
    if (!begins(lsn)) return toned(termTone(term), ENTRY_GLYPHS[state]);
    // As a hole in a block: the bar goes on around it.
    return toned(termTone(term), digit(term), { bold: true, inverse: state === 'committed' });
  }

  function lackingCell(lsn: number): Span {
    if (lsn <= sent) {
      const term = reference.leader && termOf(reference.leader, lsn);
      return toned(term === null ? 'plain' : termTone(term), ENTRY_GLYPHS['in-flight'], { bold: true });
    }
    return lsn <= reference.end ? quiet(ENTRY_GLYPHS.missing) : plain(' ');
  }

  /** Where a term begins, and where the window or the log does, the term is told by its last digit. */
  function begins(lsn: number): boolean {
    return (
      lsn === window.first || lsn === replica.baseLsn + 1 || replica.lineage.some(({ firstLsn }) => firstLsn === lsn)
    );
  }

  /** A full block, light and dark exchanged, would be a hole. */
  function under(cell: Span, lsn: number): string {
    const term = termOf(replica, lsn);
    const isItself = term === null || cell.text === ENTRY_GLYPHS.astray || isFolded(replica, lsn);
    return isItself ? cell.text : digit(term);
  }
}

/** What a replica dropped, in its old place; null if that is not in the window. */
export function droppedRow({ firstLsn, lastLsn }: DroppedTail, window: LogWindow): Row | null {
  const first = columnOf(window, Math.max(firstLsn, window.first));
  const last = columnOf(window, Math.min(lastLsn, window.first + window.width - 1));
  if (first === null || last === null || last < first) return null;
  const words = firstLsn === lastLsn ? `dropped ${firstLsn}` : `dropped ${firstLsn} to ${lastLsn}`;
  const run = last - first + 1;
  const crosses = toned('bad', '✗'.repeat(run));
  if (last + 1 + words.length < window.width) return [plain(' '.repeat(first)), crosses, quiet(` ${words}`)];
  if (words.length < first) return [plain(' '.repeat(first - words.length - 1)), quiet(`${words} `), crosses];
  const left = run - words.length - 3;
  if (left < 0) return [plain(' '.repeat(first)), crosses];
  return [plain(' '.repeat(first)), toned('bad', '✗'), quiet(` ${words} `), toned('bad', '✗'.repeat(left))];
}

const digit = (term: number): string => String(term % 10);

/**
 * What the cells alone do not tell: how far away the end of the log is, and where its beginning has gone. One that
 * begins to fill is seen to.
 */
function wordsOf(replica: ReplicaSnapshot, reference: Reference, { first }: LogWindow): string {
  const { position, lsn, baseLsn } = replica;
  if (isFolded(replica, first)) return `snapshot to ${baseLsn}`;
  const isBeginning = first === 1 && sentUpTo(replica, reference) > 0;
  if (lsn >= first || (lsn === 0 && isBeginning)) return '';
  const behind = reference.end > lsn ? `, ${reference.end - lsn} behind` : '';
  return lsn === 0 ? `no entries yet${behind}` : `← ends at ${position}${behind}`;
}

/** The words in place of the first cells, if nothing that the replica has is hidden by them. */
function withWords(cells: readonly Span[], words: string): readonly Span[] {
  const width = widthOf(words) + 1;
  const isFree = ({ text, inverse }: Span): boolean => !inverse && NOT_THERE.includes(text);
  if (words === '' || cells.length < width || !cells.slice(0, width).every(isFree)) return cells;
  return [quiet(`${words} `), ...cells.slice(width)];
}

const NOT_THERE: readonly string[] = [' ', ENTRY_GLYPHS.missing, ENTRY_GLYPHS['in-flight'], ENTRY_GLYPHS.folded];

/** Neighbours that look the same as one span: a screen of single cells would be slow to draw. */
function joined(cells: readonly Span[]): Row {
  const row: Span[] = [];
  for (let from = 0, to = 1; to <= cells.length; to += 1) {
    const first = cells[from] as Span;
    const next = cells[to];
    if (next !== undefined && looksLike(first, next)) continue;
    row.push(withText(first, textOf(cells.slice(from, to))));
    from = to;
  }
  return row;
}
