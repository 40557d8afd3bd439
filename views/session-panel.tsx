import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import { Line } from './line.tsx';
import { readWords, tokenWords, writeWords } from './request-words.ts';
import { plain, quiet, type Span, toned } from './span.ts';
import type { Dashboard } from './state.ts';
import type { Tone } from './theme.ts';

export interface SessionPanelProps {
  readonly dashboard: Dashboard;
  readonly writeRows: 1 | 2;
  readonly readRows: 1 | 2 | 3;
}

/** What this session asked last and was told, its token, and what became of all writes, whoever asked for them. */
export function SessionPanel({ dashboard, writeRows, readRows }: SessionPanelProps): ReactElement {
  const { write, read, token, snapshot } = dashboard;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Labelled label="last write" rows={writeWords(write).slice(0, writeRows)} />
      <Labelled label="last read" rows={readWords(read).slice(0, readRows)} />
      <Labelled label="token" rows={[tokenWords(token)]} />
      <Labelled label="all writes" rows={[outcomeCounts(snapshot)]} />
      <Labelled label="their fate" rows={[fateCounts(snapshot)]} />
    </Box>
  );
}

const LABEL_WIDTH = 12;

function Labelled({ label, rows }: { readonly label: string; readonly rows: readonly Span[][] }): ReactElement {
  return (
    <Box flexShrink={0}>
      <Box width={LABEL_WIDTH} flexShrink={0}>
        <Line spans={[quiet(label)]} />
      </Box>
      <Box flexDirection="column" flexGrow={1} flexShrink={1}>
        {rows.map((spans, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <Line key={row} spans={spans} />
        ))}
      </Box>
    </Box>
  );
}

function outcomeCounts(snapshot: ClusterSnapshot | null): Span[] {
  const { ok, rejected, unknown } = snapshot?.writes ?? { ok: 0, rejected: 0, unknown: 0 };
  return counts([ok, 'ok', 'good'], [rejected, 'rejected', 'warn'], [unknown, 'unknown', 'doubt']);
}

function fateCounts(snapshot: ClusterSnapshot | null): Span[] {
  const { pending, committed, lost, discarded } = snapshot?.fates ?? NO_FATES;
  return counts(
    [pending, 'pending', 'doubt'],
    [committed, 'committed', 'good'],
    [lost, 'lost', 'bad'],
    [discarded, 'discarded', 'warn'],
  );
}

const NO_FATES = { pending: 0, committed: 0, lost: 0, discarded: 0 };

/** A count that is still 0 keeps its place, quietly. */
const counts = (...of: readonly (readonly [number, string, Tone])[]): Span[] =>
  of.flatMap(([count, word, tone], i) => [
    plain(i === 0 ? '' : '  '),
    count > 0 ? toned(tone, `${count} ${word}`) : quiet(`0 ${word}`),
  ]);
