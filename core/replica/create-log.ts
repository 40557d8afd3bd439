import type { Identity } from '../wal/codec.ts';
import { openWal } from '../wal/wal.ts';
import { openDisk } from './disk.ts';

/** Nothing is written yet that could be persisted or fail. */
const NOBODY = { persisted: () => {}, failed: () => {}, full: () => {}, freed: () => {} };

/**
 * Lays out the log of a new replica in `folder`, so that from now on a log that is not there is a log that was lost.
 *
 * @throws if the folder cannot be written, or holds a log that is not this replica's.
 */
export function createLog(folder: string, identity: Identity): void {
  const opened = openWal(openDisk(folder), identity, NOBODY);
  if (opened.verdict === 'refused') throw new Error(`${folder}: ${opened.message}`);
}
