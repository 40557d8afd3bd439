import { compose, type Placed } from './canvas.ts';
import type { DrawAll } from './charts/charts.ts';
import { footerPicture } from './footer.ts';
import { frame, inside } from './frame.ts';
import { headerPicture } from './header.ts';
import { bodyOf, fits, HEIGHT_MIN, type Layout, layout, type Rect, type Size, type Slot, WIDTH_MIN } from './layout.ts';
import { overlayPicture } from './overlays/overlay.ts';
import type { PanelName } from './panel-names.ts';
import { PANEL_PICTURES } from './panels/all.ts';
import { bold, plain, quiet, type Row } from './span.ts';
import { type Command, type Dashboard, focusOf } from './state.ts';

export interface ScreenParts {
  readonly dashboard: Dashboard;
  readonly size: Size;
  /** Stands behind the name in the header. */
  readonly title: string;
  readonly charts: DrawAll | null;
}

/** The whole window: as many rows as it has, each as wide as it is. */
export function screenPicture({ dashboard, size, title, charts }: ScreenParts): Row[] {
  if (!fits(size)) return tooSmall(size);
  const { header, footer, slots, framed } = layoutOf(dashboard, size);
  const panels = slots.map((slot) => panelPicture(dashboard, slot, framed, charts));
  const over = overlayPicture(dashboard, bodyOf(size));
  return compose(size, [
    { rect: header, rows: headerPicture(dashboard, title, header.width, header.height) },
    ...panels,
    { rect: footer, rows: footerPicture(dashboard, footer.width, footer.height) },
    ...(over === null ? [] : [over]),
  ]);
}

/** What a click does; null if nothing. */
export function clicked({ dashboard, size, charts }: ScreenParts, x: number, y: number): Command | null {
  if (!fits(size) || dashboard.overlay !== null) return null;
  const { slots, framed } = layoutOf(dashboard, size);
  const slot = slots.find(({ rect }) => isIn(rect, x, y));
  if (slot === undefined) return null;
  if (y === slot.rect.y) return { type: 'focus-on', panel: tabAt(slot, x) };
  const room = inside(slot.rect, framed);
  const { click } = PANEL_PICTURES[slot.shown](dashboard, room.width, room.height, charts);
  const command = isIn(room, x, y) ? click?.(x - room.x, y - room.y) : null;
  return command ?? { type: 'focus-on', panel: slot.shown };
}

/** The panel under the pointer: what a wheel scrolls. */
export function panelAt({ dashboard, size }: ScreenParts, x: number, y: number): PanelName | null {
  if (!fits(size)) return null;
  return layoutOf(dashboard, size).slots.find(({ rect }) => isIn(rect, x, y))?.shown ?? null;
}

function layoutOf(dashboard: Dashboard, size: Size): Layout {
  const { seen, recent, zoomed } = dashboard;
  return layout({ size, replicas: seen.snapshot?.replicas.length ?? 0, recent, zoomed });
}

function panelPicture(dashboard: Dashboard, slot: Slot, framed: boolean, charts: DrawAll | null): Placed {
  const { rect, shown } = slot;
  const room = inside(rect, framed);
  const { rows, aside } = PANEL_PICTURES[shown](dashboard, room.width, room.height, charts);
  // Keys go to what is laid over, if there is something.
  const focused = focusOf(dashboard) === shown && dashboard.overlay === null;
  return { rect, rows: frame({ rect, title: titleOf(slot, focused), aside, rows, focused, framed }) };
}

/** The name of the panel that is shown, and of those behind it. */
const titleOf = ({ shown, tabs }: Slot, focused: boolean): Row =>
  tabs.flatMap((panel, i) => [
    quiet(i === 0 ? '' : TAB_GAP),
    panel === shown ? bold(tabName(panel, tabs, shown), focused ? 'focus' : 'plain') : quiet(panel),
  ]);

/** Of several the one that is shown has a mark: it is not told by weight alone. */
const tabName = (panel: PanelName, { length }: readonly PanelName[], shown: PanelName): string =>
  length > 1 && panel === shown ? `▸ ${panel}` : panel;

const TAB_GAP = ' │ ';
/** Columns before the first name in a title. */
const TITLE_START = 3;

function tabAt({ rect, shown, tabs }: Slot, x: number): PanelName {
  let end = rect.x + TITLE_START;
  for (const panel of tabs) {
    end += tabName(panel, tabs, shown).length + TAB_GAP.length;
    if (x < end) return panel;
  }
  return shown;
}

const isIn = (rect: Rect, x: number, y: number): boolean =>
  x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;

function tooSmall({ columns, rows }: Size): Row[] {
  const words = [`needs ${WIDTH_MIN}×${HEIGHT_MIN}`, `has ${columns}×${rows}`, 'q quits'];
  const picture = words.map((text) => [plain(text)]);
  return compose({ columns, rows }, [{ rect: { x: 0, y: 0, width: columns, height: rows }, rows: picture }]);
}
