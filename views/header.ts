import type { Guarantees } from '../core/observe/guarantees.ts';
import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import type { WriteMode } from '../core/protocol/entry.ts';
import { clip } from './format.ts';
import { LIGHTS } from './lights.ts';
import { fitRow, rowWidth } from './row.ts';
import { bold, plain, quiet, type Row, toned } from './span.ts';
import type { Dashboard } from './state.ts';
import { adviceRow, vacancyIn } from './vacancy.ts';

/**
 * What this is, whether it is connected, who leads, and, if there is a third row, what the mode promises; as long as
 * nobody can be elected, what helps.
 */
export function headerPicture(dashboard: Dashboard, title: string, width: number, rows: number): Row[] {
  const { connection, snapshot } = dashboard.seen;
  const cluster = snapshot ? ` · cluster ${clip(snapshot.cluster)}` : '';
  const alone = snapshot?.supervised === false ? ' · no supervisor' : '';
  const first = ends([bold('lockstep'), quiet(` · ${title}${alone}${cluster}`)], connectionWords(dashboard), width);
  const second = connection.connected
    ? stateRow(snapshot, width)
    : ends([plain(clip(connection.message))], lastKnown(snapshot), width);
  const third = snapshot ? (adviceRow(snapshot) ?? promiseRow(snapshot.mode, width - 2)) : [];
  return [first, second, third].slice(0, rows).map((row) => [plain(' '), ...row]);
}

/** When a write is acknowledged, and what that is worth when a leader dies: in full, and where room is short. */
const PROMISE: Readonly<Record<WriteMode, readonly [string, string]>> = {
  async: [
    "async: a write is ok once it is on the leader's disk; the leader's death may lose it",
    "async: ok once on the leader's disk; its death may lose it",
  ],
  quorum: [
    "quorum: a write is ok once it is on a majority's disks; no single death loses it",
    "quorum: ok once on a majority's disks; no kill loses it",
  ],
  sync: [
    'sync: a write is ok once it is on every disk; with one replica down there are no writes',
    'sync: ok once on every disk; with one down, no writes',
  ],
};

function promiseRow(mode: WriteMode, width: number): Row {
  const [full, brief] = PROMISE[mode];
  return [quiet(full.length <= width ? full : brief)];
}

function connectionWords({ seen, behind, loading }: Dashboard): Row {
  const load = loading ? [toned('warn', '▶ load'), plain('  ')] : [];
  const frozen = behind
    ? [toned('doubt', ' ‖ FROZEN: Space goes on ', { inverse: true, bold: true }), plain('  ')]
    : [];
  const link = seen.connection.connected ? toned('good', '● connected') : toned('bad', '✗ not connected');
  return [...frozen, ...load, link];
}

function stateRow(snapshot: ClusterSnapshot | null, width: number): Row {
  if (snapshot === null) return [quiet('waiting for the first status…')];
  const { mode, leader, term, tempo, rate } = snapshot;
  const leads =
    leader === null ? toned('warn', `no leader: ${vacancyIn(snapshot).why}`) : toned('leader', `● ${leader} leads`);
  const writes = rate.acknowledged > 0 ? [plain(`${rate.acknowledged} writes/s`)] : [];
  // Where room is short, the last ones go.
  const parts = [[plain('mode '), bold(mode)], [leads], [plain(`term ${term}`)], writes, [quiet(`tempo ${tempo}`)]];
  const lights = lightsRow(snapshot.guarantees);
  return ends(asManyAs(parts, roomBeside(lights, width)), lights, width);
}

/** The parts with dots between them, as many as fit from the first on; the first two in any case. */
function asManyAs(parts: readonly Row[], width: number): Row {
  const rows = parts.filter((part) => part.length > 0).map((part, i) => (i === 0 ? part : [quiet(' · '), ...part]));
  let count = rows.length;
  while (count > 2 && rowWidth(rows.slice(0, count).flat()) > width) count -= 1;
  return rows.slice(0, count).flat();
}

/** The four lights in brief: the panel has the words. */
function lightsRow(guarantees: Guarantees): Row {
  const { oneLeaderPerTerm, noAcknowledgedWriteLost, readYourWrites, monotonicReads } = guarantees;
  const lights = [oneLeaderPerTerm, noAcknowledgedWriteLost, readYourWrites, monotonicReads];
  return [quiet('promises '), ...lights.map(({ light }) => toned(LIGHTS[light].tone, LIGHTS[light].glyph))];
}

const lastKnown = (snapshot: ClusterSnapshot | null): Row => (snapshot ? [quiet('below: as last known')] : []);

const GAP = 2;

/** What is left of the row beside its right end. */
const roomBeside = (right: Row, width: number): number => Math.max(0, width - 2 - rowWidth(right) - GAP);

/** One to the left, one to the right; if both do not fit, the left is cut. */
const ends = (left: Row, right: Row, width: number): Row => [
  ...fitRow(left, roomBeside(right, width)),
  plain(' '.repeat(GAP)),
  ...right,
];
