import { describe } from '../core/observe/describe.ts';
import type { ClusterEvent } from '../core/observe/events.ts';

/** Whether an event contains what the filter asks for, in whatever case. */
export const isWanted = (event: ClusterEvent, filter: string): boolean =>
  filter === '' || describe(event).toLowerCase().includes(filter.toLowerCase());
