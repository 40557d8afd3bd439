import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createLog } from '../replica/create-log.ts';
import type { Identity } from '../wal/codec.ts';
import { readOwnFile, writeOwnFile } from '../wire/own-file.ts';
import { closeToOthers, lockFolder, makeFolder, refuseForeign } from './folder.ts';
import { type FolderLock, isLockFile } from './folder-lock.ts';
import { StartError } from './start-error.ts';

/** Says whose folder it is. It is there from the moment on that the log is, and stays if that goes. */
const REPLICA_FILE = 'replica.json';
/** The same, before it is true: a first start that was killed leaves it. */
const UNFINISHED_FILE = 'replica.json.new';
/** More than this is no replica's. */
const BYTES_MAX = 16 * 1024;

/**
 * What a folder is to be: there; made, for a replica that has never run; or there or made, for one that has run and may
 * have lost its log.
 */
export type FolderStart = 'found' | 'init' | 'rebuild';

/**
 * The folder of one replica that runs on its own, with its log in a folder below.
 *
 * 1. Only `init` lays out a log, and never where one has been: a replica whose log is gone has forgotten its votes, and
 *    might vote twice in a term. That it has never run is for people to say, once. After `rebuild` there may be no log:
 *    it is to be begun anew, without a vote.
 * 2. A first start that was killed is taken up by the next with `init`: it had not voted yet.
 * 3. It has one user at a time.
 */
export class ReplicaFolder {
  readonly path: string;
  /** The folder of the log. */
  readonly log: string;
  readonly #lock: FolderLock;

  /**
   * Opens the folder of `identity`, or makes it, and locks it.
   *
   * @throws StartError if it is not there, is there already, is another's, is used, or cannot be used at all.
   */
  static open(path: string, identity: Identity, start: FolderStart): ReplicaFolder {
    const place = resolve(path);
    try {
      if (!existsSync(place) && start === 'found') throw neverStarted(`${place} is not there`, identity);
      makeFolder(place);
      refuseForeign(place);
      return new ReplicaFolder(place, identity, start);
    } catch (error) {
      if (error instanceof StartError) throw error;
      const message = `${place} cannot be used for data: ${(error as Error).message}`;
      throw new StartError(message, { code: 'data-unwritable', cause: error });
    }
  }

  private constructor(path: string, identity: Identity, start: FolderStart) {
    this.path = path;
    this.log = join(path, identity.replica);
    this.#lock = lockFolder(path);
    try {
      if (existsSync(join(path, REPLICA_FILE))) this.#recognise(REPLICA_FILE, identity, start);
      else this.#create(identity, start);
      const ours = [REPLICA_FILE, identity.replica];
      closeToOthers(
        path,
        ours.filter((name) => existsSync(join(path, name))),
      );
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#lock.release();
  }

  #recognise(file: string, identity: Identity, start: FolderStart): void {
    const { cluster, replica, members } = this.#read(file);
    const foreign = (what: string): StartError =>
      new StartError(`${this.path} ${what}: give another --data, or another --cluster`, { code: 'data-foreign' });
    if (cluster !== identity.cluster) throw foreign(`belongs to cluster ${cluster}, not to ${identity.cluster}`);
    if (replica !== identity.replica) throw foreign(`belongs to ${replica}, not to ${identity.replica}`);
    if (members.join() !== identity.members.join()) {
      const [theirs, ours] = [members.join(', '), identity.members.join(', ')];
      throw foreign(`belongs to a cluster of ${theirs}, not of ${ours}`);
    }
    if (start === 'init' && file === REPLICA_FILE) {
      const advice = 'start it without --init (which would not bring back a log that is gone)';
      throw new StartError(`${this.path} is ${replica}'s already: ${advice}`, { code: 'data-exists' });
    }
  }

  /** Only the replica's file, written when the log is there if there is to be one, makes it a replica's folder. */
  #create(identity: Identity, start: FolderStart): void {
    const { path } = this;
    const others = readdirSync(path).filter((name) => !isLockFile(name));
    if (others.includes(UNFINISHED_FILE)) {
      if (start !== 'init') throw neverStarted(`${path} is of a first start that was not finished`, identity);
      this.#recognise(UNFINISHED_FILE, identity, start);
    } else if (others[0] !== undefined) {
      const what = others.includes('cluster.json')
        ? 'holds a whole cluster, of "lockstep up"'
        : `is no replica's data folder: it has no ${REPLICA_FILE}, but holds ${others[0]}`;
      throw new StartError(`${path} ${what}; give an empty or a new folder`, { code: 'data-foreign' });
    } else if (start === 'found') throw neverStarted(`${path} is empty`, identity);
    const { cluster, replica, members } = identity;
    const text = `${JSON.stringify({ v: 1, cluster, replica, members })}\n`;
    writeOwnFile(join(path, UNFINISHED_FILE), text, { flush: true });
    if (start === 'init') createLog(this.log, identity);
    renameSync(join(path, UNFINISHED_FILE), join(path, REPLICA_FILE));
    syncFolder(path);
  }

  #read(file: string): Pick<Identity, 'cluster' | 'replica' | 'members'> {
    try {
      const { v, cluster, replica, members } = JSON.parse(readOwnFile(join(this.path, file), BYTES_MAX));
      const isNamed = [cluster, replica, ...members].every((name) => typeof name === 'string');
      if (v === 1 && isNamed) return { cluster, replica, members };
    } catch {
      // As one that says something else.
    }
    const message = `${join(this.path, file)} cannot be read as a replica's: restore it, or give another --data`;
    throw new StartError(message, { code: 'data-foreign' });
  }
}

function neverStarted(what: string, { replica }: Identity): StartError {
  const why = 'a replica that has forgotten its votes might vote twice';
  const advice = 'bring its folder back, or start it with --rebuild, which gives it no vote';
  const message = `${what}: if ${replica} has never run, start it with --init; if it has (${why}), ${advice}`;
  return new StartError(message, { code: 'data-missing' });
}

/** What was renamed in it is durable. */
function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
