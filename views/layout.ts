import type { PanelName } from './panel-names.ts';

/** The smallest window in which everything has a place. */
export const WIDTH_MIN = 60;
export const HEIGHT_MIN = 20;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A part of the window, from its upper left corner, in columns and rows. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A place that panels share: one is shown, the others are tabs in its title. */
export interface Slot {
  readonly rect: Rect;
  readonly shown: PanelName;
  /** All that share it, in order, the one shown among them. */
  readonly tabs: readonly PanelName[];
}

/** Where everything is. The parts do not overlap, and fill the window. */
export interface Layout {
  readonly header: Rect;
  readonly slots: readonly Slot[];
  readonly footer: Rect;
  /** Whether panels have a frame around them; else only a title above. */
  readonly framed: boolean;
}

export interface Wish {
  readonly size: Size;
  readonly replicas: number;
  /** The panels, the last one that had the focus first: of those that share a place the first of these is shown. */
  readonly recent: readonly PanelName[];
  /** The panel in focus has the window for itself. */
  readonly zoomed: boolean;
}

export const fits = ({ columns, rows }: Size): boolean => columns >= WIDTH_MIN && rows >= HEIGHT_MIN;

/** Divides a window that `fits`. */
export function layout({ size, replicas, recent, zoomed }: Wish): Layout {
  const { columns, rows } = size;
  const framed = rows >= TALL;
  const body = bodyOf(size);
  const chrome = framed ? 2 : 1;
  const shownOf = (tabs: readonly PanelName[]): PanelName =>
    recent.find((panel) => tabs.includes(panel)) ?? (tabs[0] as PanelName);
  const column = (rect: Rect, partitions: readonly Partition[]): Slot[] =>
    stack(rect, partitions, replicas, chrome).map(({ tabs, rect: place }) => ({
      rect: place,
      shown: shownOf(tabs),
      tabs,
    }));
  return {
    header: { x: 0, y: 0, width: columns, height: body.y },
    slots: slots(),
    footer: { x: 0, y: body.y + body.height, width: columns, height: rows - body.y - body.height },
    framed,
  };

  function slots(): Slot[] {
    const focus = recent[0];
    if (zoomed && focus !== undefined) return [{ rect: body, shown: focus, tabs: [focus] }];
    if (columns < WIDE) return column(body, ONE_COLUMN);
    const leftWidth = Math.floor(columns * LEFT_SHARE);
    const left = { ...body, width: leftWidth };
    const right = { ...body, x: leftWidth, width: columns - leftWidth };
    return [...column(left, LEFT_COLUMN), ...column(right, RIGHT_COLUMN)];
  }
}

/** What is between header and footer. */
export function bodyOf({ columns, rows }: Size): Rect {
  const headerRows = rows >= TALL ? 3 : 2;
  const footerRows = rows >= ROOMY ? 3 : 2;
  return { x: 0, y: headerRows, width: columns, height: rows - headerRows - footerRows };
}

/** From so many rows on, panels have frames, and the header a third row. */
const TALL = 32;
/** From so many rows on, the footer has two rows of keys. */
const ROOMY = 24;
/** From so many columns on, there are two columns of panels. */
const WIDE = 100;
const LEFT_SHARE = 0.58;

/** Panels that share places, from top to bottom. */
type Partition = readonly (readonly PanelName[])[];

/** Each from the most places to the fewest: the first that fits is taken. */
const ONE_COLUMN: readonly Partition[] = [
  [['replicas'], ['logs'], ['session'], ['guarantees'], ['links'], ['charts'], ['events']],
  [['replicas'], ['logs'], ['session'], ['guarantees'], ['links', 'charts'], ['events']],
  [['replicas'], ['logs'], ['session', 'guarantees'], ['links', 'charts'], ['events']],
  [['replicas'], ['logs'], ['session', 'guarantees', 'links', 'charts'], ['events']],
  [['replicas'], ['logs'], ['session', 'guarantees', 'links', 'charts', 'events']],
];
const LEFT_COLUMN: readonly Partition[] = [
  [['replicas'], ['logs'], ['events']],
  [['replicas'], ['logs', 'events']],
];
const RIGHT_COLUMN: readonly Partition[] = [
  [['session'], ['guarantees'], ['links'], ['charts']],
  [['session'], ['guarantees'], ['links', 'charts']],
  [['session'], ['guarantees', 'links', 'charts']],
  [['session', 'guarantees', 'links', 'charts']],
];

interface Need {
  /** Rows inside it without which it says nothing. */
  readonly min: number;
  /** Rows in which it says all that it has to say at first. */
  readonly want: number;
  /** Its share of rows that nobody needs. */
  readonly share: number;
}

/** Replicas that must be seen at once; the others can be scrolled to. */
const REPLICAS_SEEN = 3;
/** Of whose links nobody likes to scroll through the matrix. */
const LINKS_SEEN = 5;

function needOf(panel: PanelName, replicas: number): Need {
  const seen = Math.min(Math.max(replicas, 1), REPLICAS_SEEN);
  const all = Math.max(replicas, 1);
  switch (panel) {
    case 'replicas':
      return { min: 1 + seen, want: 1 + all, share: 0 };
    case 'logs':
      return { min: 1 + seen, want: 3 + all, share: 0 };
    case 'session':
      return { min: 4, want: 12, share: 2 };
    case 'guarantees':
      return { min: 4, want: 5, share: 1 };
    case 'links':
      return { min: 1 + Math.min(all, LINKS_SEEN), want: 2 + all, share: 0 };
    case 'charts':
      return { min: 4, want: 12, share: 2 };
    case 'events':
      return { min: 3, want: 8, share: 3 };
    default:
      throw new Error(`no such panel: ${panel satisfies never}`);
  }
}

/** Panels one above the other: to each what it must have, then more to who has least of what it wants, then the rest by shares. */
function stack(
  rect: Rect,
  partitions: readonly Partition[],
  replicas: number,
  chrome: number,
): { readonly tabs: readonly PanelName[]; readonly rect: Rect }[] {
  const needs = (tabs: readonly PanelName[]): Need => {
    const each = tabs.map((panel) => needOf(panel, replicas));
    return {
      min: chrome + Math.max(...each.map(({ min }) => min)),
      want: chrome + Math.max(...each.map(({ want }) => want)),
      share: Math.max(...each.map(({ share }) => share)),
    };
  };
  const minOf = (partition: Partition): number => partition.reduce((sum, tabs) => sum + needs(tabs).min, 0);
  const partition = partitions.find((one) => minOf(one) <= rect.height) ?? (partitions.at(-1) as Partition);
  const places = partition.map((tabs) => ({ tabs, need: needs(tabs), height: needs(tabs).min }));
  let left = rect.height - places.reduce((sum, { height }) => sum + height, 0);
  for (; left > 0; left -= 1) {
    const [neediest] = places.filter(({ need, height }) => height < need.want).sort((a, b) => filled(a) - filled(b));
    if (neediest === undefined) break;
    neediest.height += 1;
  }
  const shares = places.reduce((sum, { need }) => sum + need.share, 0);
  const rest = left;
  for (const place of places) {
    const more = shares === 0 ? 0 : Math.floor((rest * place.need.share) / shares);
    place.height += more;
    left -= more;
  }
  // What rounding leaves, or all if nobody has a share, is the last one's.
  const last = places.at(-1);
  if (last) last.height += left;
  let y = rect.y;
  return places.map(({ tabs, height }) => {
    const place = { tabs, rect: { ...rect, y, height } };
    y += height;
    return place;
  });
}

const filled = ({ need, height }: { readonly need: Need; readonly height: number }): number => height / need.want;
