import { closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What users wrote is theirs alone. */
export const FOLDER_MODE = 0o700;

/**
 * Makes a folder for its owner alone, with those above it that are missing, and makes each durable in the one above it.
 * (Node's own `recursive` never comes back from a file system that cannot hold folders, as /proc.)
 *
 * @returns the topmost one that was made; null: it was there.
 * @throws if it cannot be made; where a file stands in the way, that is named.
 */
export function makeFolder(path: string): string | null {
  return make(resolve(path));
}

function make(path: string): string | null {
  if (isFolder(path)) return null;
  const above = dirname(path);
  const first = make(above);
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    // Somebody else has just made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
    return first;
  }
  syncFolder(above);
  return first ?? path;
}

/** What was made, renamed or removed in it is durable. */
export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isFolder(path: string): boolean {
  let stats: ReturnType<typeof statSync>;
  try {
    stats = statSync(path);
  } catch (error) {
    // Below a file nothing can be: the file itself is found, and named, one step further up.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
  if (!stats.isDirectory()) throw Object.assign(new Error(`${path} is a file, not a folder`), { code: 'ENOTDIR' });
  return true;
}
