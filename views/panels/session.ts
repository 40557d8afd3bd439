import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { clip } from '../format.ts';
import { fitRow, rowWidth } from '../row.ts';
import { plain, quiet, type Row, toned } from '../span.ts';
import { type Dashboard, focusOf } from '../state.ts';
import type { Tone } from '../theme.ts';
import { labelled, shortEnough } from './labelled.ts';
import { ledgerPicture } from './ledger-rows.ts';
import type { Panel } from './panel.ts';
import { mostNeeded, type Ranked } from './ranked.ts';
import { readRows } from './read-rows.ts';
import { RANK } from './session-ranks.ts';
import { tokenRow, writeRows } from './write-rows.ts';

/** What this session asked last and was told, its token, and what became of all writes, whoever asked for them. */
export const sessionPanel: Panel = (dashboard, width, height) => {
  const summary = summaryRows(dashboard, width, height);
  const room = height - summary.length;
  const isWorthIt = room >= LEDGER_MIN || dashboard.seen.ledger.losses.length > 0;
  const { rows, above } = isWorthIt ? ledgerPicture(dashboard, width, room) : { rows: [], above: 0 };
  return { rows: [...summary, ...rows], aside: asideOf(dashboard, above) };
};

/** The ledger with its head. */
const LEDGER_MIN = 3;
/** So many rows are kept for losses, whatever else there is to be explained. */
const LOSSES_ROOM = 4;
/** From so many rows on, the ledger has a place before the last details of the last read. */
const HIGH = 14;
/** While the ledger is read, it has so many rows at least. */
const READING_ROOM = 6;
/** In fewer rows, it then gets those of all details, too. */
const READING_HIGH = 20;
/** In fewer rows, details stand behind what they explain, if they fit there. */
const FLAT = 8;
/** From here on the last read stands beside the last write, and the ledger has the rest. */
const BESIDE_WIDTH = 96;
const BESIDE_HEIGHT = 16;
const BESIDE_GAP = 3;

function summaryRows(dashboard: Dashboard, width: number, height: number): Row[] {
  const room = summaryRoom(dashboard, height);
  if (width < BESIDE_WIDTH || height < BESIDE_HEIGHT) {
    const flat = height < FLAT;
    const [write, read] = [writeRows(dashboard, width, flat), readRows(dashboard, width, flat)];
    const rows = [...write, tokenRow(dashboard, width), ...read, ...countRows(dashboard, width, flat)];
    const isTight = isReading(dashboard) && height < READING_HIGH;
    return mostNeeded(isTight ? rows.filter(({ rank }) => rank < RANK.details) : rows, room);
  }
  const half = Math.floor((width - BESIDE_GAP) / 2);
  const written = [
    ...writeRows(dashboard, half, false),
    tokenRow(dashboard, half),
    ...countRows(dashboard, half, false),
  ];
  const left = mostNeeded(written, room - 1);
  const right = mostNeeded(readRows(dashboard, half, false), room - 1);
  const count = Math.max(left.length, right.length);
  const both = Array.from({ length: count }, (_, i) => [
    ...fitRow(left[i] ?? [], half),
    plain(' '.repeat(BESIDE_GAP)),
    ...(right[i] ?? []),
  ]);
  return [...both, []];
}

/** Whether the ledger is what is looked at. */
const isReading = (dashboard: Dashboard): boolean =>
  dashboard.scrolled.session > 0 || (dashboard.filter !== '' && focusOf(dashboard) === 'session');

/** So many rows may be taken before the ledger gets its own. */
function summaryRoom(dashboard: Dashboard, height: number): number {
  if (isReading(dashboard)) return Math.max(0, height - READING_ROOM);
  const losses = dashboard.seen.ledger.losses.length;
  const kept = height >= HIGH ? LEDGER_MIN + 1 : losses > 0 ? Math.min(LOSSES_ROOM, 1 + losses) : 0;
  // What ranks before the details is one row each, and gives way to nothing.
  return Math.max(Math.min(height, RANK.details), height - kept);
}

function countRows({ seen: { snapshot } }: Dashboard, width: number, flat: boolean): Ranked[] {
  const { writes, fates } = snapshot ?? NOTHING_COUNTED;
  const outcomes = counted([
    [writes.ok, 'ok', 'good'],
    [writes.rejected, 'rejected', 'warn'],
    [writes.unknown, 'unknown', 'doubt'],
  ]);
  const became: readonly Count[] = [
    [fates.pending, 'pending', 'doubt'],
    [fates.committed, 'committed', 'good'],
    [fates.lost, 'lost', 'bad'],
    [fates.discarded, 'discarded', 'warn'],
  ];
  const all = counted(became);
  const news = counted(became.filter(([count, word]) => count > 0 || word === 'lost'));
  const outcomeRow = shortEnough(width, labelled('all writes', outcomes, width), outcomes);
  const flatRow = [...outcomeRow, quiet(' · '), ...news];
  if (flat && rowWidth(flatRow) <= width) return [{ row: flatRow, rank: RANK.outcomes }];
  return [
    { row: outcomeRow, rank: RANK.outcomes },
    { row: shortEnough(width, labelled('their fate', all, width), all, news), rank: RANK.fates },
  ];
}

type Count = readonly [number, string, Tone];

/** A count that is still 0 keeps its place, quietly. */
const counted = (counts: readonly Count[]): Row =>
  counts.flatMap(([count, word, tone], i) => [
    plain(i === 0 ? '' : '  '),
    count > 0 ? toned(tone, `${count} ${word}`) : quiet(`0 ${word}`),
  ]);

const NOTHING_COUNTED: Pick<ClusterSnapshot, 'writes' | 'fates'> = {
  writes: { ok: 0, rejected: 0, unknown: 0 },
  fates: { pending: 0, committed: 0, lost: 0, discarded: 0 },
};

/** What must not be missed even if there is no room for it inside. */
function asideOf({ seen, filter }: Dashboard, above: number): Row {
  const lost = seen.snapshot?.fates.lost ?? 0;
  const parts = [
    lost > 0 ? [toned('bad', `✗ ${lost} lost`)] : [],
    filter === '' ? [] : [toned('key', `/${clip(filter, 16)}`)],
    above === 0 ? [] : [toned('doubt', `${above} above, Home goes back`)],
  ].filter((part) => part.length > 0);
  return parts.flatMap((part, i) => (i === 0 ? part : [plain('  '), ...part]));
}
