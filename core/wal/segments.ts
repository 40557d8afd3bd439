import type { Lsn } from '../protocol/position.ts';
import type { SegmentStart } from './codec.ts';

/**
 * The first of the segments, oldest first, that is still needed beside a snapshot at `lsn`: the last one that begins at
 * or before its end. It has all that follows, and each opens with the hard state. -1: none begins as early.
 */
export const firstNeeded = (segments: readonly SegmentStart[], lsn: Lsn): number =>
  segments.findLastIndex(({ after }) => after.lsn <= lsn);
