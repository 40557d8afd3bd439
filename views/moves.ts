import type { ReplicaSnapshot } from '../core/observe/snapshot.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import { isFolded, termOf } from './entries.ts';
import { snapshotWords } from './format.ts';
import { inside } from './frame.ts';
import { fits, layout, type Rect } from './layout.ts';
import { helpScrollMax } from './overlays/help.ts';
import { overlayRoom } from './overlays/overlay.ts';
import { PANELS, type PanelName } from './panel-names.ts';
import { eventsHidden } from './panels/events.ts';
import { guaranteesHidden } from './panels/guarantees.ts';
import { actual, type Dashboard, type Direction, focusOf, only, type Step } from './state.ts';

/** A page of what is scrolled, in rows; of the logs, in entries. */
const PAGE = 10;

/** Arrows and their like act on what is laid over the panels, else in the panel that has the focus. */
export function move(dashboard: Dashboard, direction: Direction): Dashboard {
  if (dashboard.overlay !== null) return moveInOverlay(dashboard, direction);
  const panel = focusOf(dashboard);
  switch (panel) {
    case 'logs':
      return moveInLogs(dashboard, direction);
    case 'session':
    case 'events':
    case 'guarantees':
      return scroll(dashboard, panel, direction);
    case 'replicas':
    case 'links':
    case 'charts':
      return moveSelection(dashboard, direction);
    default:
      throw new Error(`no such panel: ${panel satisfies never}`);
  }
}

export function select(dashboard: Dashboard, digit: number): Dashboard {
  return selectId(
    dashboard,
    idsOf(dashboard).find((id) => id === `n${digit}`),
  );
}

/** The cursor of the logs onto one entry. */
export function point(dashboard: Dashboard, replica: ReplicaId, lsn: number): Dashboard {
  return { ...pointAt(focusOn(dashboard, 'logs'), lsn), selected: replica };
}

export function focusNext(dashboard: Dashboard, by: -1 | 1): Dashboard {
  if (dashboard.overlay?.type === 'help') return nextTopic(dashboard, by);
  const at = PANELS.indexOf(focusOf(dashboard)) + by + PANELS.length;
  return focusOn(dashboard, PANELS[at % PANELS.length] as PanelName);
}

export function focusOn(dashboard: Dashboard, panel: PanelName): Dashboard {
  if (focusOf(dashboard) === panel) return dashboard;
  return { ...dashboard, recent: [panel, ...dashboard.recent.filter((other) => other !== panel)] };
}

/** One step back: from what is laid over, from a zoom, a filter, the past, the freeze, a notice, in this order. */
export function back(dashboard: Dashboard): Step {
  const { overlay, zoomed, filter, cursor, scrolled, behind, notice } = dashboard;
  const focus = focusOf(dashboard);
  if (overlay?.type === 'output' && overlay.exit === null) return { dashboard, effects: [{ type: 'stop' }] };
  if (overlay !== null) return only({ ...dashboard, overlay: null });
  if (cursor !== null && focus === 'logs') return only({ ...dashboard, cursor: null });
  if (scrolled[focus] > 0) return only({ ...dashboard, scrolled: { ...scrolled, [focus]: 0 } });
  if (zoomed) return only({ ...dashboard, zoomed: false });
  if (filter !== '') return only({ ...dashboard, filter: '' });
  if (behind !== null) return only(freeze(dashboard));
  return only(notice === null ? dashboard : { ...dashboard, notice: null });
}

/** Holds the picture, or goes on with what has become of it meanwhile. */
export function freeze(dashboard: Dashboard): Dashboard {
  const { seen, behind } = dashboard;
  return behind === null ? { ...dashboard, behind: seen } : { ...dashboard, seen: behind, behind: null };
}

/** Opens the entry under the cursor of the logs; without a cursor, the last one of the selected replica. */
export function open(dashboard: Dashboard): Step {
  if (dashboard.overlay !== null || focusOf(dashboard) !== 'logs') return only(dashboard);
  const replica = shownReplica(dashboard);
  if (replica === undefined) return only(dashboard);
  const lsn = dashboard.cursor ?? replica.lsn;
  const entryTerm = termOf(replica, lsn);
  if (entryTerm === null) {
    return only({ ...dashboard, notice: { tone: 'bad', text: `${replica.id} has no entry ${lsn}` } });
  }
  const position = `${entryTerm}:${lsn}` as const;
  const source = sourceOf(dashboard, replica, lsn, entryTerm);
  const message = source === null ? `${whyNotFrom(replica, lsn)}, and nobody else who runs has it` : null;
  return {
    dashboard: {
      ...pointAt(dashboard, lsn),
      overlay: { type: 'entry', replica: replica.id, position, entry: null, message },
    },
    effects: source === null ? [] : [{ type: 'entry', of: replica.id, replica: source, position, lsn }],
  };
}

/** Who can be asked for an entry: the replica itself, or another that runs and holds the same. */
function sourceOf(dashboard: Dashboard, replica: ReplicaSnapshot, lsn: number, term: number): ReplicaId | null {
  const all = actual(dashboard).snapshot?.replicas ?? [];
  const has = (other: ReplicaSnapshot): boolean => termOf(other, lsn) === term && !isFolded(other, lsn);
  const able = all.filter((other) => other.process === 'up' && has(other));
  return (able.find(({ id }) => id === replica.id) ?? able[0])?.id ?? null;
}

const whyNotFrom = (replica: ReplicaSnapshot, lsn: number): string =>
  isFolded(replica, lsn) ? snapshotWords(replica.id, replica.baseLsn) : `${replica.id} is ${replica.process}`;

function moveInLogs(dashboard: Dashboard, direction: Direction): Dashboard {
  const last = shownReplica(dashboard)?.lsn ?? 0;
  const lastOfAll = newestLsn(dashboard);
  const at = dashboard.cursor ?? last + 1;
  const to = (lsn: number): Dashboard => {
    if (lastOfAll === 0) return dashboard;
    return lsn > lastOfAll ? { ...dashboard, cursor: null } : pointAt(dashboard, Math.max(oldestLsn(dashboard), lsn));
  };
  switch (direction) {
    case 'up':
    case 'down':
      return moveSelection(dashboard, direction);
    case 'left':
      return to(Math.min(at, last + 1) - 1);
    case 'right':
      return dashboard.cursor === null ? dashboard : to(at + 1);
    case 'page-up':
      return to(at - PAGE);
    case 'page-down':
      return dashboard.cursor === null ? dashboard : to(at + PAGE);
    case 'home':
      return to(oldestLsn(dashboard));
    case 'end':
      return { ...dashboard, cursor: null };
    default:
      throw new Error(`no such direction: ${direction satisfies never}`);
  }
}

/** What the logs show stays where it is when a cursor is first set. */
function pointAt(dashboard: Dashboard, lsn: number): Dashboard {
  if (lsn === dashboard.cursor) return dashboard;
  const cursorFrom = dashboard.cursor === null ? newestLsn(dashboard) : dashboard.cursorFrom;
  return { ...dashboard, cursor: lsn, cursorFrom };
}

/** The first entry that anybody still has in a log. */
const oldestLsn = ({ seen }: Dashboard): number => {
  const heard = seen.snapshot?.replicas.filter(({ heartbeatAgeMs }) => heartbeatAgeMs !== null) ?? [];
  return heard.length === 0 ? 1 : 1 + Math.min(...heard.map(({ baseLsn }) => baseLsn));
};

const newestLsn = ({ seen }: Dashboard): number =>
  Math.max(0, ...(seen.snapshot?.replicas.map(({ lsn }) => lsn) ?? []));

function moveSelection(dashboard: Dashboard, direction: Direction): Dashboard {
  const ids = idsOf(dashboard);
  const at = dashboard.selected === null ? -1 : ids.indexOf(dashboard.selected);
  const to = scrolledTo(ids.length - 1 - at, direction, ids.length - 1, ids.length);
  return selectId(dashboard, ids[ids.length - 1 - to]);
}

function scroll(dashboard: Dashboard, panel: 'session' | 'events' | 'guarantees', direction: Direction): Dashboard {
  const { scrolled } = dashboard;
  const most = scrollMax(dashboard, panel);
  // Events are read from their end, the others from their beginning.
  const along = panel === 'events' || direction === 'left' || direction === 'right' ? direction : READING[direction];
  const to = scrolledTo(scrolled[panel], along, most, PAGE);
  return to === scrolled[panel] ? dashboard : { ...dashboard, scrolled: { ...scrolled, [panel]: to } };
}

/** How far a panel can be scrolled at most. */
function scrollMax(dashboard: Dashboard, panel: 'session' | 'events' | 'guarantees'): number {
  const { ledger } = dashboard.seen;
  const room = roomOf(dashboard, panel);
  if (room === null) return 0;
  switch (panel) {
    case 'events':
      return eventsHidden(dashboard, room.width, room.height);
    case 'session':
      return ledger.writes.length + ledger.losses.length;
    case 'guarantees':
      return guaranteesHidden(dashboard, room.width, room.height);
    default:
      throw new Error(`does not scroll: ${panel satisfies never}`);
  }
}

/** The room inside a panel; null if it is not shown. */
function roomOf({ seen, size, recent, zoomed }: Dashboard, panel: PanelName): Rect | null {
  if (!fits(size)) return null;
  const { slots, framed } = layout({ size, replicas: seen.snapshot?.replicas.length ?? 0, recent, zoomed });
  const slot = slots.find(({ shown }) => shown === panel);
  return slot ? inside(slot.rect, framed) : null;
}

function moveInOverlay(dashboard: Dashboard, direction: Direction): Dashboard {
  const { overlay } = dashboard;
  if (overlay === null || overlay.type === 'entry') return dashboard;
  if (overlay.type === 'help') {
    if (direction === 'left' || direction === 'right') return nextTopic(dashboard, direction === 'left' ? -1 : 1);
    // Help is read from its beginning: what is scrolled is counted from there.
    const room = overlayRoom(dashboard.size);
    const most = helpScrollMax(overlay.topic, room.columns, room.rows);
    return {
      ...dashboard,
      overlay: { ...overlay, scrolled: scrolledTo(overlay.scrolled, READING[direction], most, PAGE) },
    };
  }
  const most = Math.max(0, overlay.lines.length - overlayRoom(dashboard.size).rows);
  const to = scrolledTo(overlay.scrolled, direction, most, PAGE);
  return { ...dashboard, overlay: { ...overlay, scrolled: to } };
}

const READING: Readonly<Record<Exclude<Direction, 'left' | 'right'>, Direction>> = {
  up: 'down',
  down: 'up',
  'page-up': 'page-down',
  'page-down': 'page-up',
  home: 'end',
  end: 'home',
};

function nextTopic(dashboard: Dashboard, by: -1 | 1): Dashboard {
  const { overlay } = dashboard;
  if (overlay?.type !== 'help') return dashboard;
  // The picture takes it modulo the number of topics.
  return { ...dashboard, overlay: { ...overlay, topic: overlay.topic + by, scrolled: 0 } };
}

/** How far back, after a key, in something that can be scrolled back by up to `most`. */
function scrolledTo(from: number, direction: Direction, most: number, page: number): number {
  const by = { up: 1, down: -1, 'page-up': page, 'page-down': -page, home: most, end: -most, left: 0, right: 0 }[
    direction
  ];
  return Math.min(Math.max(from + by, 0), Math.max(most, 0));
}

function selectId(dashboard: Dashboard, id: ReplicaId | undefined): Dashboard {
  return id === undefined || id === dashboard.selected ? dashboard : { ...dashboard, selected: id };
}

const idsOf = ({ seen }: Dashboard): readonly ReplicaId[] => seen.snapshot?.replicas.map(({ id }) => id) ?? [];
const shownReplica = ({ seen, selected }: Dashboard): ReplicaSnapshot | undefined =>
  seen.snapshot?.replicas.find(({ id }) => id === selected);
