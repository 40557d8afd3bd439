import type { Identity } from '../wal/codec.ts';
import { openWal } from '../wal/wal.ts';
import { openDisk } from './disk.ts';

/**
 * Lays out the log of a new replica in `folder`, so that from now on a log that is not there is a log that was lost.
 *
 * @throws if the folder cannot be written, or holds a log that is not this replica's.
 */
export function createLog(folder: string, identity: Identity): void {
  const opened = openWal(openDisk(folder), identity, { persisted: () => {}, failed: () => {} });
  if (opened.verdict === 'refused') throw new Error(`${folder}: ${opened.message}`);
}
