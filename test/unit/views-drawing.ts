import { expect } from 'vitest';
import type { PanelName } from '../../views/panel-names.ts';
import { PANEL_PICTURES } from '../../views/panels/all.ts';
import type { PanelPicture } from '../../views/panels/panel.ts';
import { screenPicture } from '../../views/screen.ts';
import { type Row, textOf } from '../../views/span.ts';
import type { Dashboard } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';

/** The screen as lines of text; checked to be exactly the window. */
export function screen(dashboard: Dashboard, columns: number, rows: number): string[] {
  const picture = screenPicture({ dashboard, size: { columns, rows }, title: '127.0.0.1:7400', charts: null });
  expect(picture).toHaveLength(rows);
  for (const row of picture) expect(widthOf(textOf(row))).toBe(columns);
  return linesOf(picture);
}

/** A panel's inside as lines of text; checked to stay within its height. */
export function panel(name: PanelName, dashboard: Dashboard, width: number, height: number): string[] {
  return linesOf(pictureOf(name, dashboard, width, height).rows);
}

export function pictureOf(name: PanelName, dashboard: Dashboard, width: number, height: number): PanelPicture {
  const picture = PANEL_PICTURES[name](dashboard, width, height, null);
  expect(picture.rows.length).toBeLessThanOrEqual(height);
  return picture;
}

export const linesOf = (rows: readonly Row[]): string[] => rows.map((row) => textOf(row).trimEnd());
