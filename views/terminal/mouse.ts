import type { PanelName } from '../panel-names.ts';
import { clicked, panelAt, type ScreenParts } from '../screen.ts';
import { type Command, type Dashboard, focusOf } from '../state.ts';
import type { MouseReport } from './mouse-reports.ts';

/** Buttons and the wheel, not motion (1000), in the form that knows no bound to columns (1006). */
export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

/** One notch of the wheel scrolls so many rows. */
const WHEEL_ROWS = 3;

/** What the mouse asks for, on this screen. */
export function commandsOf({ does, x, y }: MouseReport, parts: ScreenParts): readonly Command[] {
  if (does === 'click') return clickAt(parts, x, y);
  const { dashboard } = parts;
  const isUp = does === 'wheel-up';
  if (dashboard.overlay !== null) return rows(WHEEL_ROWS, isUp ? 'up' : 'down');
  const panel = panelAt(parts, x, y);
  return panel === null ? [] : [{ type: 'focus-on', panel }, ...scroll(panel, isUp)];
}

/** A second click on what is under the cursor opens it. */
function clickAt({ dashboard, ...parts }: ScreenParts, x: number, y: number): readonly Command[] {
  const command = clicked({ dashboard, ...parts }, x, y);
  if (command === null) return [];
  return [isUnderCursor(dashboard, command) ? { type: 'open' } : command];
}

const isUnderCursor = (dashboard: Dashboard, command: Command): boolean =>
  command.type === 'point' &&
  focusOf(dashboard) === 'logs' &&
  dashboard.selected === command.replica &&
  dashboard.cursor === command.lsn;

/** What moves up and down in a panel differs: rows that are scrolled, one of a few replicas, or entries in their row. */
function scroll(panel: PanelName, isUp: boolean): readonly Command[] {
  switch (panel) {
    case 'logs':
      return rows(WHEEL_ROWS, isUp ? 'left' : 'right');
    case 'session':
    case 'guarantees':
    case 'events':
      return rows(WHEEL_ROWS, isUp ? 'up' : 'down');
    case 'replicas':
    case 'links':
    case 'charts':
      return rows(1, isUp ? 'up' : 'down');
    default:
      throw new Error(`no such panel: ${panel satisfies never}`);
  }
}

const rows = (count: number, direction: 'up' | 'down' | 'left' | 'right'): readonly Command[] =>
  Array.from({ length: count }, () => ({ type: 'move', direction }));
