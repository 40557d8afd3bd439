import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createLog } from '../replica/create-log.ts';
import type { Identity } from '../wal/codec.ts';
import { readOwnFile, writeOwnFile } from '../wire/own-file.ts';
import { makeFolder, syncFolder } from '../wire/own-folder.ts';
import { closeToOthers, lockFolder, refuseForeign } from './folder.ts';
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
 * 4. What a start that failed has made goes again, and nothing else: the next one finds things as this one did.
 */
export class ReplicaFolder {
  readonly path: string;
  /** The folder of the log. */
  readonly log: string;
  readonly #identity: Identity;
  readonly #lock: FolderLock;
  /** The topmost folder that was made; null: its own was there. */
  readonly #made: string | null;
  /** It was no replica's before. */
  #isNew = false;

  /**
   * Opens the folder of `identity`, or makes it, and locks it.
   *
   * @param command what starts this replica, for messages that say how else to.
   * @throws StartError if it is not there, is there already, is another's, is used, or cannot be used at all.
   */
  static open(path: string, identity: Identity, start: FolderStart, command: string): ReplicaFolder {
    const place = resolve(path);
    let made: string | null = null;
    try {
      if (!existsSync(place) && start === 'found') throw neverStarted(`${place} is not there`, identity, command);
      made = makeFolder(place);
      refuseForeign(place);
      return new ReplicaFolder(place, identity, start, command, made);
    } catch (error) {
      removeEmpty(place, made);
      if (error instanceof StartError) throw error;
      const message = `${place} cannot be used for data: ${(error as Error).message}`;
      throw new StartError(message, { code: 'data-unwritable', cause: error });
    }
  }

  private constructor(path: string, identity: Identity, start: FolderStart, command: string, made: string | null) {
    this.path = path;
    this.#identity = identity;
    this.#made = made;
    this.log = join(path, identity.replica);
    this.#lock = lockFolder(path);
    try {
      if (existsSync(join(path, REPLICA_FILE))) this.#recognise(REPLICA_FILE, start, command);
      else this.#create(start, command);
      const ours = [REPLICA_FILE, identity.replica];
      closeToOthers(
        path,
        ours.filter((name) => existsSync(join(path, name))),
      );
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  /** It was no replica's before this start. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Closes it after a start that failed: a replica that is new has not run. */
  giveUp(): void {
    if (this.#isNew) {
      for (const name of [this.#identity.replica, REPLICA_FILE, UNFINISHED_FILE]) {
        rmSync(join(this.path, name), { recursive: true, force: true });
      }
    }
    this.close();
    removeEmpty(this.path, this.#made);
  }

  close(): void {
    this.#lock.release();
  }

  #recognise(file: string, start: FolderStart, command: string): void {
    const identity = this.#identity;
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
      const advice = `"${command}", without --init, starts it (--init would not bring back a log that is gone)`;
      throw new StartError(`${this.path} is ${replica}'s already: ${advice}`, { code: 'data-exists' });
    }
  }

  /** Only the replica's file, written when the log is there if there is to be one, makes it a replica's folder. */
  #create(start: FolderStart, command: string): void {
    const { path } = this;
    const identity = this.#identity;
    const others = readdirSync(path).filter((name) => !isLockFile(name));
    if (others.includes(UNFINISHED_FILE)) {
      if (start !== 'init') throw neverStarted(`${path} is of a first start that was not finished`, identity, command);
      this.#recognise(UNFINISHED_FILE, start, command);
    } else if (others[0] !== undefined) {
      const what = others.includes('cluster.json')
        ? 'holds a whole cluster, of "lockstep up"'
        : `is no replica's data folder: it has no ${REPLICA_FILE}, but holds ${others[0]}`;
      throw new StartError(`${path} ${what}; give an empty or a new folder`, { code: 'data-foreign' });
    } else if (start === 'found') throw neverStarted(`${path} is empty`, identity, command);
    this.#isNew = true;
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

function neverStarted(what: string, { replica }: Identity, command: string): StartError {
  const why = 'a replica that has forgotten its votes might vote twice';
  const advice = `bring its folder back, or type "${command} --rebuild", which gives it no vote`;
  const message = `${what}: if ${replica} has never run, type "${command} --init"; if it has (${why}), ${advice}`;
  return new StartError(message, { code: 'data-missing' });
}

/** Removes the folders from `path` up to `made`, of which nobody else has made use meanwhile. */
function removeEmpty(path: string, made: string | null): void {
  if (made === null) return;
  try {
    for (let folder = path; folder.length >= made.length; folder = dirname(folder)) rmdirSync(folder);
  } catch {
    // Something is in it: it stays.
  }
}
