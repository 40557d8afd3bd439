import { quiet } from '../span.ts';
import type { Panel, PanelPicture } from './panel.ts';
import { tableOf } from './replica-columns.ts';
import { windowOf } from './window.ts';

/** One row for each replica: what it is, where its log stands, how far behind. */
export const replicasPanel: Panel = ({ seen: { snapshot }, selected }, width, height): PanelPicture => {
  if (snapshot === null) return { rows: [[quiet('no replica has been heard of yet')]], aside: [] };
  const { head, rows } = tableOf(snapshot, selected, width);
  const room = height - 1;
  const at = snapshot.replicas.findIndex(({ id }) => id === selected);
  const first = windowOf(rows.length, room, at);
  const shown = rows.slice(first, first + room);
  return {
    rows: [head, ...shown],
    aside: shown.length === rows.length ? [] : [quiet(`${first + 1}-${first + shown.length} of ${rows.length}, ↑↓`)],
    click: (_x, y) => {
      const replica = snapshot.replicas[first + y - 1];
      return y > 0 && replica ? { type: 'select', digit: Number(replica.id.slice(1)) } : null;
    },
  };
};
