import { Box } from 'ink';
import type { ReactElement } from 'react';
import { describe, type Severity, severity } from '../core/observe/describe.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import { clip, formatClock } from './format.ts';
import { Line, Words } from './line.tsx';
import { quiet, toned } from './span.ts';
import type { Tone } from './theme.ts';

export interface EventsPanelProps {
  /** Oldest first. */
  readonly events: readonly ClusterEvent[];
  readonly rows: number;
}

/**
 * The latest events, newest last; long ones wrap. Laid out from the newest back: the first that does not fit whole goes
 * into a second column, out of sight, and so do all before it.
 */
export function EventsPanel({ events, rows }: EventsPanelProps): ReactElement {
  return (
    <Box
      height={rows}
      width="100%"
      flexShrink={0}
      overflow="hidden"
      flexDirection="column-reverse"
      flexWrap="wrap"
      justifyContent="flex-end"
    >
      {events.length === 0 && rows > 0 && <Line spans={[quiet('nothing has happened yet')]} />}
      {events
        .slice(-rows)
        .reverse()
        .map((event) => (
          <EventRow key={`${event.at}:${event.n}`} event={event} />
        ))}
    </Box>
  );
}

const CLOCK_WIDTH = 9;
const MARK_WIDTH = 2;
/** An event can name a thousand writes; a screen cannot. */
const EVENT_MAX = 600;

function EventRow({ event }: { readonly event: ClusterEvent }): ReactElement {
  const { mark, tone } = MARKS[severity(event)];
  return (
    <Box flexShrink={0} width="100%">
      <Box width={CLOCK_WIDTH} flexShrink={0}>
        <Line spans={[quiet(formatClock(event.at))]} />
      </Box>
      <Box width={MARK_WIDTH} flexShrink={0}>
        <Line spans={[toned(tone, mark)]} />
      </Box>
      <Box flexGrow={1} flexShrink={1}>
        <Words spans={[toned(tone, clip(describe(event), EVENT_MAX))]} wrap="wrap" />
      </Box>
    </Box>
  );
}

/** Good and bad news have a mark beside their colour. */
const MARKS: Readonly<Record<Severity, { readonly mark: string; readonly tone: Tone }>> = {
  info: { mark: ' ', tone: 'plain' },
  good: { mark: '✓', tone: 'good' },
  warn: { mark: '!', tone: 'warn' },
  bad: { mark: '✗', tone: 'bad' },
};
