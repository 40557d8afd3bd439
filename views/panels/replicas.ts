import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { quiet, type Row } from '../span.ts';
import type { Panel, PanelPicture } from './panel.ts';
import { isLastKnown, tableOf } from './replica-columns.ts';
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
    aside: asideOf(snapshot.replicas, first, shown.length),
    click: (_x, y) => {
      const replica = snapshot.replicas[first + y - 1];
      return y > 0 && replica ? { type: 'select', digit: Number(replica.id.slice(1)) } : null;
    },
  };
};

/** Whose figures are old, told in words too, and which replicas are shown, if not all. */
function asideOf(replicas: readonly ReplicaSnapshot[], first: number, shown: number): Row {
  const old = replicas.filter(isLastKnown).map(({ id }) => id);
  const parts = [
    ...(old.length > 0 ? [`${old.join(' ')}: as last known`] : []),
    ...(shown < replicas.length ? [`${first + 1}-${first + shown} of ${replicas.length}, ↑↓`] : []),
  ];
  return parts.length > 0 ? [quiet(parts.join('  '))] : [];
}
