import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import type { WriteMode } from '../core/protocol/entry.ts';
import { quorumSize } from '../core/protocol/quorum.ts';
import { clip } from './format.ts';
import { Line } from './line.tsx';
import { bold, plain, quiet, type Span, toned } from './span.ts';
import type { Dashboard } from './state.ts';

export interface HeaderProps {
  readonly dashboard: Dashboard;
  readonly title: string;
  /** Whether there is room to say what the mode promises. */
  readonly promise: boolean;
}

/** What this is, whether it is connected, who leads, and what the mode promises. */
export function Header({ dashboard, title, promise }: HeaderProps): ReactElement {
  const { connection, snapshot } = dashboard;
  const cluster = snapshot ? ` · cluster ${clip(snapshot.cluster)}` : '';
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Box justifyContent="space-between" columnGap={2} paddingRight={1}>
        <Box flexShrink={1}>
          <Line spans={[bold('lockstep'), quiet(` · ${title}${cluster}`)]} />
        </Box>
        <Box flexShrink={0}>
          <Line spans={[connection.connected ? toned('good', '● connected') : toned('bad', '✗ not connected')]} />
        </Box>
      </Box>
      <Line
        spans={connection.connected ? stateWords(snapshot) : [plain(clip(connection.message)), lastKnown(snapshot)]}
      />
      {promise && <Line spans={snapshot ? [quiet(`${snapshot.mode}: ${PROMISE[snapshot.mode]}`)] : []} />}
    </Box>
  );
}

/** When a write is acknowledged, and what that is worth when a leader dies. */
const PROMISE: Readonly<Record<WriteMode, string>> = {
  async: "ok once on the leader's disk; a kill may lose it",
  quorum: "ok once on a majority's disks; no kill loses it",
  sync: 'ok once on every disk; no writes with one down',
};

function stateWords(snapshot: ClusterSnapshot | null): Span[] {
  if (snapshot === null) return [quiet('waiting for the first status…')];
  const { mode, leader, term, tempo } = snapshot;
  const leads = leader === null ? toned('warn', vacancy(snapshot)) : toned('leader', `● ${leader} leads`);
  return [
    plain('mode '),
    bold(mode),
    quiet(' · '),
    leads,
    quiet(' · '),
    plain(`term ${term}`),
    quiet(` · tempo ${tempo}`),
  ];
}

/** Why nobody leads: an election takes a moment, a missing majority takes the user. */
function vacancy({ replicas }: ClusterSnapshot): string {
  const up = replicas.filter((replica) => replica.process === 'up').length;
  const needed = quorumSize(replicas.length);
  return up >= needed ? 'no leader: electing…' : `no leader: ${up} of ${replicas.length} up, ${needed} needed`;
}

const lastKnown = (snapshot: ClusterSnapshot | null): Span => (snapshot ? quiet(' · below: as last known') : plain(''));
