import type { DrawAll } from '../charts/charts.ts';
import type { Row } from '../span.ts';
import type { Command, Dashboard } from '../state.ts';

/** A panel as drawn: what is inside its frame, and what stands beside its name in the frame. */
export interface PanelPicture {
  /** At most as many as there is room for; each is cut at the width it has. */
  readonly rows: readonly Row[];
  /** Right in the title: how far it is scrolled, what it is filtered by, a count. Short. */
  readonly aside: Row;
  /** What a click inside does, from the column and the row inside; null: it only gets the focus. */
  readonly click?: (x: number, y: number) => Command | null;
}

/**
 * Draws a panel's inside in `width` columns and `height` rows. The same dashboard and room give the same picture.
 *
 * @param charts draws the charts; null while their library is being loaded.
 */
export type Panel = (dashboard: Dashboard, width: number, height: number, charts: DrawAll | null) => PanelPicture;
