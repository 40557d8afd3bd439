import { randomUUID } from 'node:crypto';
import { linkSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile, writeOwnFile } from '../wire/own-file.ts';
import { isAlive, killMarked, markOf, type ProcessMark } from './process-info.ts';

/** Says who uses the folder now: the supervisor and its children. */
export const LOCK_FILE = 'lock.json';

/** More than this is no lock. */
const LOCK_BYTES_MAX = 16 * 1024;
/** A lock that cannot be read is on its way to be one for at most so long, in ms. */
const UNFINISHED_MS = 60_000;

interface Lock {
  readonly id: string;
  readonly supervisor: ProcessMark;
  readonly children: readonly ProcessMark[];
}

/** The folder is in use; `pid` is null if whose lock it is cannot be read. */
export class InUse extends Error {
  readonly pid: number | null;

  constructor(pid: number | null) {
    super('in use');
    this.pid = pid;
  }
}

/**
 * The one user of a folder.
 *
 * 1. The lock file is never seen half written: it is written under another name, and linked or renamed into place.
 * 2. Of all who find it free one gets it, for `link` fails if the name is there.
 * 3. Of all who find it left by the dead one gets it: whoever links a name made of the dead lock's id. Should that one
 *    die before it has put its own lock in place, the name leads to its lock, which is then taken over in turn.
 * 4. Only its owner changes or removes it.
 * 5. A lock that is a link, or that another user has written, is nobody's to take over: it could name processes to end.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #id = randomUUID();
  readonly #supervisor = markOf(process.pid);

  /** @throws InUse if somebody alive has it. */
  static take(folder: string): FolderLock {
    const lock = new FolderLock(folder);
    lock.#take();
    return lock;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes down the children's pids, so that whoever comes next can end them if nobody else could. */
  setChildren(pids: readonly number[]): void {
    const written = this.#write(pids.map(markOf), false);
    renameSync(written, this.#path(LOCK_FILE));
  }

  release(): void {
    if (readLock(this.#path(LOCK_FILE))?.id === this.#id) rmSync(this.#path(LOCK_FILE), { force: true });
  }

  #take(): void {
    // It is on disk before it is the lock: after a crash of the machine it can be read, or is not there.
    const mine = this.#write([], true);
    try {
      if (!tryLink(mine, this.#path(LOCK_FILE))) this.#takeOver(mine);
      this.#sweep();
    } finally {
      rmSync(mine, { force: true });
    }
  }

  #takeOver(mine: string): void {
    const first = readLock(this.#path(LOCK_FILE));
    let dead = first;
    for (;;) {
      if (!dead || !first) throw new InUse(null);
      if (isAlive(dead.supervisor)) throw new InUse(dead.supervisor.pid);
      const claim = this.#path(`taken-${dead.id}`);
      if (tryLink(mine, claim)) break;
      dead = readLock(claim);
    }
    // Others may have been faster, and be done: then the lock that was found is not there any more.
    if (readLock(this.#path(LOCK_FILE))?.id !== first.id) throw new InUse(null);
    for (const child of [...first.children, ...dead.children]) killMarked(child);
    this.setChildren([]);
    // From here on the lock that was found is gone, and nobody can claim it any more.
    for (const id of new Set([first.id, dead.id])) rmSync(this.#path(`taken-${id}`), { force: true });
  }

  #write(children: readonly ProcessMark[], flush: boolean): string {
    const path = this.#path(`lock-${this.#id}`);
    const lock: Lock = { id: this.#id, supervisor: this.#supervisor, children };
    // A file of its own: the one before may be the lock itself by now, under its other name.
    writeOwnFile(path, JSON.stringify(lock), { flush });
    return path;
  }

  /** What others wrote on their way to the lock, and died. */
  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      if (!/^lock-[0-9a-f-]{36}$/.test(name) || name === `lock-${this.#id}`) continue;
      const path = this.#path(name);
      const lock = readLock(path);
      if (lock ? !isAlive(lock.supervisor) : isOld(path)) rmSync(path, { force: true });
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

/** Whether a file of a data folder is the lock's business. */
export const isLockFile = (name: string): boolean => name === LOCK_FILE || /^(lock|taken)-[0-9a-f-]{36}$/.test(name);

/** Says that a folder is there for the process `pid`, so that it counts as abandoned when that is gone. */
export function markFolder(folder: string, pid: number): void {
  const lock: Lock = { id: randomUUID(), supervisor: markOf(pid), children: [] };
  writeOwnFile(join(folder, LOCK_FILE), JSON.stringify(lock));
}

/** Whether the folder's supervisor is known, and gone; then its children are ended. */
export function isAbandoned(folder: string): boolean {
  const lock = readLock(join(folder, LOCK_FILE));
  if (!lock || isAlive(lock.supervisor)) return false;
  for (const child of lock.children) killMarked(child);
  return true;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What is still being written is not. */
function isOld(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.mtimeMs < Date.now() - UNFINISHED_MS;
}

function readLock(path: string): Lock | null {
  try {
    const lock = JSON.parse(readOwnFile(path, LOCK_BYTES_MAX)) as Lock;
    const valid =
      /^[\w-]{1,64}$/.test(lock.id) && typeof lock.supervisor?.pid === 'number' && Array.isArray(lock.children);
    return valid ? lock : null;
  } catch {
    return null;
  }
}
