import type { PanelName } from '../panel-names.ts';
import { chartsPanel } from './charts.ts';
import { eventsPanel } from './events.ts';
import { guaranteesPanel } from './guarantees.ts';
import { linksPanel } from './links.ts';
import { logsPanel } from './logs.ts';
import type { Panel } from './panel.ts';
import { replicasPanel } from './replicas.ts';
import { sessionPanel } from './session.ts';

export const PANEL_PICTURES: Readonly<Record<PanelName, Panel>> = {
  replicas: replicasPanel,
  logs: logsPanel,
  session: sessionPanel,
  guarantees: guaranteesPanel,
  links: linksPanel,
  charts: chartsPanel,
  events: eventsPanel,
};
