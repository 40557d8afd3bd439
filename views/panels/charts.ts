import { quiet } from '../span.ts';
import type { Panel } from './panel.ts';

/** Lag, and writes with their latency, over the last two minutes. */
export const chartsPanel: Panel = ({ seen: { history, snapshot } }, width, height, charts) => {
  const replicas = snapshot?.replicas.map(({ id }) => id) ?? [];
  const rows = charts === null ? [[quiet('the charts are being loaded…')]] : charts(history, replicas, width, height);
  return { rows, aside: [quiet('lag, writes: 2 minutes')] };
};
