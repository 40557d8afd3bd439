import { Box } from 'ink';
import type { ReactElement } from 'react';
import { EventsPanel } from './events-panel.tsx';
import { Footer, footerRows } from './footer.tsx';
import { Header } from './header.tsx';
import { hintsOf } from './keymap.ts';
import { fits, HEIGHT_MIN, layout, type Size, WIDTH_MIN } from './layout.ts';
import { Line } from './line.tsx';
import { ReplicasPanel } from './replicas-panel.tsx';
import { SessionPanel } from './session-panel.tsx';
import { plain, quiet } from './span.ts';
import type { Dashboard } from './state.ts';

export interface ScreenProps {
  readonly dashboard: Dashboard;
  readonly size: Size;
  readonly title: string;
}

/** The whole window, a picture of the dashboard's state. */
export function Screen({ dashboard, size, title }: ScreenProps): ReactElement {
  if (!fits(size)) return <TooSmall size={size} />;
  const width = size.columns - MARGIN;
  const hints = footerRows(hintsOf(dashboard), width);
  const parts = layout(size.rows, dashboard.snapshot?.replicas.length ?? 0, hints.length);
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} paddingLeft={MARGIN} overflow="hidden">
      <Header dashboard={dashboard} title={title} promise={parts.promise} />
      {parts.titles > 1 && <Title text="replicas" width={width} />}
      <ReplicasPanel snapshot={dashboard.snapshot} selected={dashboard.selected} width={width} />
      {parts.titles > 2 && <Title text="this session" width={width} />}
      <SessionPanel dashboard={dashboard} writeRows={parts.writeRows} readRows={parts.readRows} />
      {parts.titles > 0 && <Title text="events" width={width} />}
      <EventsPanel events={dashboard.events} rows={parts.eventRows} />
      <Footer rows={hints} notice={dashboard.notice} />
    </Box>
  );
}

const MARGIN = 1;

function Title({ text, width }: { readonly text: string; readonly width: number }): ReactElement {
  return <Line spans={[quiet(`── ${text} ${'─'.repeat(Math.max(0, width - text.length - 5))}`)]} />;
}

function TooSmall({ size }: { readonly size: Size }): ReactElement {
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} overflow="hidden">
      <Line spans={[plain(`needs ${WIDTH_MIN}×${HEIGHT_MIN}`)]} />
      <Line spans={[plain(`has ${size.columns}×${size.rows}`)]} />
      <Line spans={[plain('q quits')]} />
    </Box>
  );
}
