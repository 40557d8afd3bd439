import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import { tableOf } from './columns.ts';
import { Line } from './line.tsx';
import { quiet } from './span.ts';

export interface ReplicasPanelProps {
  readonly snapshot: ClusterSnapshot | null;
  readonly selected: ReplicaId | null;
  readonly width: number;
}

/** One row for each replica. */
export function ReplicasPanel({ snapshot, selected, width }: ReplicasPanelProps): ReactElement {
  if (snapshot === null) {
    return (
      <Box flexDirection="column" height={2} flexShrink={0}>
        <Line spans={[quiet('no replica has been heard of yet')]} />
      </Box>
    );
  }
  const { head, rows } = tableOf(snapshot, selected, width);
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line spans={head} />
      {rows.map((spans, i) => (
        <Line key={snapshot.replicas[i]?.id} spans={spans} />
      ))}
    </Box>
  );
}
