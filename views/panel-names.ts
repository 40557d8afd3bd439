/** The panels, in the order in which Tab goes through them. */
export const PANELS = ['replicas', 'logs', 'session', 'guarantees', 'links', 'charts', 'events'] as const;
export type PanelName = (typeof PANELS)[number];
