import { chmodSync, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER_MODE } from '../wire/own-folder.ts';
import { FolderLock, InUse, LOCK_FILE } from './folder-lock.ts';
import { StartError } from './start-error.ts';

/** Becomes its one user. @throws StartError if somebody alive is. */
export function lockFolder(path: string): FolderLock {
  try {
    return FolderLock.take(path);
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    const message =
      error.pid === null
        ? `${path} is in use, or its ${LOCK_FILE} is damaged: if no lockstep runs on it, remove that file`
        : `${path} is in use by another lockstep (pid ${error.pid}): stop that one, or give another --data`;
    throw new StartError(message, { code: 'data-in-use', cause: error });
  }
}

/** What another user can take away, or put something else in the place of, is no place for data. */
export function refuseForeign(path: string): void {
  if (!process.getuid || statSync(path).uid === process.getuid()) return;
  throw new StartError(`${path} belongs to another user: give a folder of your own`, { code: 'data-foreign' });
}

/**
 * Whoever made the folder may have left it open; nobody else is to look in, or to put anything there. What is there
 * under our names must be what we would have made: nothing is opened through a link.
 *
 * @param ours those of our names that are there; `n1` to `n9` are folders.
 */
export function closeToOthers(folder: string, ours: readonly string[]): void {
  for (const path of [folder, ...ours.map((name) => join(folder, name))]) {
    const isFolder = path === folder || REPLICA_FOLDER.test(path);
    const stats = path === folder ? statSync(path) : lstatSync(path);
    if (isFolder ? !stats.isDirectory() : !stats.isFile()) {
      const what = stats.isSymbolicLink() ? 'is a symbolic link' : `is no ${isFolder ? 'folder' : 'regular file'}`;
      throw new StartError(`${path} ${what}: remove it, or give another --data`, { code: 'data-foreign' });
    }
    if (isFolder && (stats.mode & 0o077) !== 0) chmodSync(path, FOLDER_MODE);
  }
}

const REPLICA_FOLDER = /[/\\]n[1-9]$/;
