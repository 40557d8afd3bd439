import { escapeText } from '../core/observe/escape.ts';
import type { Guarantees, Light } from '../core/observe/guarantees.ts';
import type { ClusterSnapshot, LinkSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import { vacancyOf } from '../core/observe/vacancy.ts';
import { faultWords } from '../core/observe/words.ts';
import type { Standing } from '../core/protocol/entry.ts';
import { PROMISE_NAMES } from '../views/lights.ts';

/** The whole cluster in plain lines, none longer than `columns`. */
export function statusLines(snapshot: ClusterSnapshot, columns: number): string[] {
  const { cluster, supervised, mode, tempo, term, replicas, links, writes, fates, guarantees } = snapshot;
  const lines = [
    `cluster ${escapeText(cluster)}${supervised ? '' : ', no supervisor'}, ${mode}, tempo ${tempo}, term ${term}, ${leaderOf(snapshot)}`,
    ...table([HEADINGS, ...replicas.map(row)]),
    ...links.map(describeLink),
    `writes: ${writes.ok} ok, ${writes.rejected} rejected, ${writes.unknown} unknown`,
    `fates: ${fates.pending} pending, ${fates.committed} committed, ${fates.lost} lost, ${fates.discarded} discarded`,
    ...describeGuarantees(guarantees),
  ];
  return lines.map((line) => (line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line));
}

function leaderOf({ leader, replicas }: ClusterSnapshot): string {
  if (leader !== null) return `leader ${leader}`;
  const vacancy = vacancyOf(replicas.map((one) => ({ ...one, isUp: one.process === 'up' && one.role !== null })));
  return vacancy === null ? 'no leader' : `no leader: ${vacancy.why}; ${vacancy.wayOut}`;
}

const HEADINGS = [
  'replica',
  'state',
  'term',
  'position',
  'durable',
  'committed',
  'snapshot',
  'lag',
  'heard',
  'pid',
  'address',
];

function row(replica: ReplicaSnapshot): string[] {
  const { id, term, position, durableLsn, committedLsn, baseLsn, lag, heartbeatAgeMs, pid, addr } = replica;
  return [
    id,
    stateOf(replica),
    ...(heartbeatAgeMs === null ? ['-', '-', '-', '-'] : [`${term}`, position, `${durableLsn}`, `${committedLsn}`]),
    baseLsn === 0 ? '-' : `to ${baseLsn}`,
    lag === null ? '-' : lag.entries === 0 ? '0' : `${lag.entries} (${lag.bytes} B, ${Math.round(lag.ms)} ms)`,
    heartbeatAgeMs === null ? '-' : `${Math.round(heartbeatAgeMs)} ms ago`,
    `${pid ?? '-'}`,
    addr ?? '-',
  ];
}

/** A word and a glyph, as on the dashboard, and what it may not or cannot do. */
function stateOf({ process, role, standing, diskFull }: ReplicaSnapshot): string {
  switch (process) {
    case 'down':
      return '✗ down';
    case 'paused':
      return '‖ paused';
    case 'up':
      if (role === null) return '· starting';
      return [
        `${{ leader: '●', follower: '○', candidate: '◐' }[role]} ${role}`,
        ...STANDING_WORDS[standing],
        ...(diskFull ? ['disk full'] : []),
      ].join(', ');
    default:
      return process satisfies never;
  }
}

const STANDING_WORDS: Readonly<Record<Standing, readonly string[]>> = {
  voter: [],
  rejoining: ['no vote yet'],
  barred: ['no vote'],
};

/** Columns as wide as their widest cell, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const describeLink = (link: LinkSnapshot): string => `link ${link.from} to ${link.to}: ${faultWords(link)}`;

const LIGHT_WORDS: Readonly<Record<Light['light'], string>> = {
  grey: 'not seen yet',
  green: 'kept',
  amber: 'not kept, and not promised',
  red: 'BROKEN',
};

function describeGuarantees(guarantees: Guarantees): string[] {
  const promises = Object.keys(PROMISE_NAMES) as (keyof Guarantees)[];
  const named = promises.map((promise) => [PROMISE_NAMES[promise], guarantees[promise]] as const);
  const width = Math.max(...named.map(([name]) => name.length));
  return named.map(([name, { light, example }]) => {
    const because = example === null ? '' : `: ${escapeText(example)}`;
    return `${name.padEnd(width)}  ${LIGHT_WORDS[light]}${because}`;
  });
}
