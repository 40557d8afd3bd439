import type { Placed } from '../canvas.ts';
import { frame, inside } from '../frame.ts';
import { bodyOf, type Rect, type Size } from '../layout.ts';
import { fitRow, rowWidth } from '../row.ts';
import { bold, type Row } from '../span.ts';
import type { Dashboard } from '../state.ts';
import { entryRows } from './entry.ts';
import { helpRows } from './help.ts';
import { outputRows } from './output.ts';

/** What is laid over the panels: a frame in the middle of them, as large as it must be. */
export interface OverlayPicture {
  readonly title: Row;
  readonly aside: Row;
  readonly rows: readonly Row[];
}

/** The overlay in its place in `body`; null if there is none. */
export function overlayPicture(dashboard: Dashboard, body: Rect): Placed | null {
  const { overlay } = dashboard;
  if (overlay === null) return null;
  const most = { width: Math.min(body.width, WIDTH_MAX), height: body.height };
  const room = inside({ x: 0, y: 0, ...most }, true);
  const picture = draw(room.width, room.height);
  const height = Math.min(body.height, picture.rows.length + 2);
  const rect = {
    x: body.x + Math.floor((body.width - most.width) / 2),
    y: body.y + Math.floor((body.height - height) / 2),
    width: most.width,
    height,
  };
  // What stands beside says how to close it: a long command line makes way.
  const title = fitRow(
    picture.title,
    Math.min(rowWidth(picture.title), room.width - rowWidth(picture.aside) - ASIDE_GAPS),
  );
  return { rect, rows: frame({ rect, ...picture, title, focused: true, framed: true }) };

  function draw(width: number, height: number): OverlayPicture {
    switch (overlay?.type) {
      case 'help':
        return helpRows(overlay, width, height);
      case 'entry':
        return entryRows(dashboard.seen, overlay, width);
      case 'output':
        return outputRows(overlay, width, height);
      default:
        return { title: [bold('')], aside: [], rows: [] };
    }
  }
}

/** The room inside an overlay, in a window of this size. */
export function overlayRoom(size: Size): Size {
  const { width, height } = bodyOf(size);
  const room = inside({ x: 0, y: 0, width: Math.min(width, WIDTH_MAX), height }, true);
  return { columns: room.width, rows: room.height };
}

/** Columns between what stands beside and the title, and around both. */
const ASIDE_GAPS = 5;
/** Lines longer than this are hard to read. */
const WIDTH_MAX = 110;
