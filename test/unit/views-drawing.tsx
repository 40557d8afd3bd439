import { renderToString } from 'ink';
import { expect } from 'vitest';
import type { ReadOp, WriteOrDelete } from '../../core/observe/api.ts';
import type { ClusterReply } from '../../core/observe/cluster.ts';
import { Screen } from '../../views/screen.tsx';
import type { Action, Dashboard } from '../../views/state.ts';
import { COLOURLESS, type Theme, ThemeProvider } from '../../views/theme.ts';
import { CONNECTED, changed, snapshotChange } from './views-fakes.ts';

export const WRITE: Action = { type: 'press', command: { type: 'write' } };
export const READ: Action = { type: 'press', command: { type: 'read', level: 'token' } };
export const wrote = (result: object): Action => ({
  type: 'write-answered',
  number: 1,
  reply: { type: 'result', result } as ClusterReply<WriteOrDelete>,
});
export const readIt = (result: object, token = '0:0'): Action => ({
  type: 'read-answered',
  number: 1,
  read: { op: 'read', key: 'k1', level: 'token', token } as ReadOp,
  reply: { type: 'result', result } as ClusterReply<ReadOp>,
});
export const RUNNING = [changed(CONNECTED), changed(snapshotChange())];

/** The screen as lines of text; checked to be exactly the window. */
export function screen(dashboard: Dashboard, columns: number, rows: number, theme: Theme = COLOURLESS): string[] {
  const lines = stripSgr(draw(dashboard, columns, rows, theme)).split('\n');
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  return lines.map((line) => line.trimEnd());
}

export const draw = (dashboard: Dashboard, columns: number, rows: number, theme: Theme): string =>
  renderToString(
    <ThemeProvider value={theme}>
      <Screen dashboard={dashboard} size={{ columns, rows }} title="127.0.0.1:7400" />
    </ThemeProvider>,
    { columns },
  );

/** Columns that a line takes; of the wide characters, Han is all that is used here. */
const widthOf = (line: string): number => line.length + (line.match(/\p{Script=Han}/gu)?.length ?? 0);

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
export const stripSgr = (text: string): string => text.replace(/\x1b\[[\d;]*m/g, '');
