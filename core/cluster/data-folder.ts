import { randomBytes } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ReplicaId, replicaId } from '../protocol/position.ts';
import { createLog } from '../replica/create-log.ts';
import { readOwnFile, UnfitFileError, writeOwnFile } from '../wire/own-file.ts';
import { makeFolder, syncFolder } from '../wire/own-folder.ts';
import { Secret } from '../wire/secret.ts';
import { closeToOthers, lockFolder, refuseForeign } from './folder.ts';
import { type FolderLock, isAbandoned, isLockFile, LOCK_FILE } from './folder-lock.ts';
import { StartError } from './start-error.ts';

/** Temporary data folders are called so, with six letters more. */
const TEMPORARY_PREFIX = 'lockstep-';
/** Says whose folder it is, and how often it was used. */
const CLUSTER_FILE = 'cluster.json';
/** The same, before it is true: a start that was killed while it laid out the logs leaves it. */
const UNFINISHED_FILE = 'cluster.json.new';
/** What its processes prove to each other, and those to them who may change the cluster. */
const SECRET_FILE = 'secret';
const DEFAULT_REPLICAS = 3;
/** A temporary folder without a lock is nobody's after this, in ms. */
const FORGOTTEN_MS = 60_000;
/** More than this is no cluster's. */
const CLUSTER_BYTES_MAX = 16 * 1024;
const OUR_FILES = /^(cluster\.json(\.new|\.tmp)?|secret(\.new)?|n[1-9](\.out)?|router\.out|output)$/;

interface ClusterRecord {
  readonly v: 1;
  readonly cluster: string;
  readonly replicas: readonly string[];
  /** How often a cluster was started on it, this time included. */
  readonly runs: number;
}

/** The folder of one cluster: who it is, its secret, a folder for each replica's log, a file for each one's output. */
export class DataFolder {
  readonly path: string;
  readonly cluster: string;
  readonly replicas: readonly ReplicaId[];
  /** How often a cluster was started on this folder, this time included. */
  readonly runs: number;
  readonly #temporary: boolean;
  readonly #lock: FolderLock;

  /**
   * Opens or makes the folder, and locks it.
   *
   * @param path null for a temporary one, which `close` removes.
   * @param replicas how many, or null: as many as the folder has, or three.
   * @throws StartError if it cannot be used, is used, or is not this cluster's.
   */
  static open(path: string | null, replicas: number | null): DataFolder {
    sweepTemporary();
    try {
      return new DataFolder(path, replicas);
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { message } = error as Error;
      const named = path ?? tmpdir();
      throw new StartError(`${named} cannot be used for data: ${message}`, { code: 'data-unwritable', cause: error });
    }
  }

  private constructor(path: string | null, replicas: number | null) {
    this.#temporary = path === null;
    this.path = path === null ? mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX)) : resolve(path);
    makeFolder(this.path);
    refuseForeign(this.path);
    this.#lock = lockFolder(this.path);
    try {
      const found = this.#readCluster(replicas);
      closeToOthers(
        this.path,
        readdirSync(this.path).filter((name) => OUR_FILES.test(name)),
      );
      this.#ensureSecret();
      const file = found ?? this.#create(replicas ?? DEFAULT_REPLICAS);
      this.runs = file.runs + 1;
      this.#writeCluster({ ...file, runs: this.runs });
      rmSync(join(this.path, UNFINISHED_FILE), { force: true });
      this.cluster = file.cluster;
      this.replicas = file.replicas.map(replicaId);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** To be removed by others if this process cannot; null if it is to be kept. */
  get temporary(): string | null {
    return this.#temporary ? this.path : null;
  }

  folderOf(replica: ReplicaId): string {
    return join(this.path, replica);
  }

  /** Where a process's output goes. */
  outputOf(name: string): string {
    return join(this.path, `${name}.out`);
  }

  get secretFile(): string {
    return join(this.path, SECRET_FILE);
  }

  /** Writes down the children's pids, so that whoever comes next can end them if nobody else could. */
  setChildren(pids: readonly number[]): void {
    this.#lock.setChildren(pids);
  }

  /** Unlocks the folder, and removes it if it is temporary. */
  close(): void {
    if (this.#temporary) rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
    else this.#lock.release();
  }

  #readCluster(replicas: number | null): ClusterRecord | null {
    const file = join(this.path, CLUSTER_FILE);
    const text = readIfThere(file);
    if (text === null) {
      const others = readdirSync(this.path).filter((name) => !isLockFile(name));
      const [other] = others;
      if (other === undefined || others.includes(UNFINISHED_FILE)) return null;
      const what = `${this.path} is no lockstep data folder: it has no ${CLUSTER_FILE}, but holds ${other}`;
      throw new StartError(`${what}; give an empty or a new folder`, { code: 'data-foreign' });
    }
    const found = parseCluster(text);
    if (!found) {
      throw new StartError(`${file} cannot be read as a cluster's: restore it, or give another --data`, {
        code: 'data-foreign',
      });
    }
    if (replicas !== null && replicas !== found.replicas.length) {
      const has = `${this.path} holds a cluster of ${found.replicas.length} replicas, not ${replicas}`;
      throw new StartError(`${has}: leave --replicas out, or give another --data`, { code: 'data-foreign' });
    }
    return found;
  }

  /**
   * Lays out all logs. Only `cluster.json`, written when they are there, makes it a cluster's folder; a start that was
   * killed before is taken up where it was.
   */
  #create(count: number): ClusterRecord {
    const members = Array.from({ length: count }, (_, index) => replicaId(`n${index + 1}`));
    const fresh: ClusterRecord = { v: 1, cluster: randomBytes(8).toString('hex'), replicas: members, runs: 0 };
    const unfinished = join(this.path, UNFINISHED_FILE);
    const text = readIfThere(unfinished);
    const begun = text === null ? null : parseCluster(text);
    const file = begun?.replicas.length === count ? begun : fresh;
    writeOwnFile(unfinished, toLine(file), { flush: true });
    for (const replica of members) createLog(this.folderOf(replica), { cluster: file.cluster, replica, members });
    return file;
  }

  #ensureSecret(): void {
    if (lstatSync(this.secretFile, { throwIfNoEntry: false })) Secret.load(this.secretFile);
    else Secret.create(this.secretFile);
  }

  /** Under another name first, so that a crash leaves the old file or the new one. What comes next may rely on it. */
  #writeCluster(file: ClusterRecord): void {
    const path = join(this.path, CLUSTER_FILE);
    writeOwnFile(`${path}.tmp`, toLine(file), { flush: true });
    renameSync(`${path}.tmp`, path);
    syncFolder(this.path);
  }
}

function readIfThere(file: string): string | null {
  try {
    return readOwnFile(file, CLUSTER_BYTES_MAX);
  } catch (error) {
    if (error instanceof UnfitFileError && error.code === 'ENOENT') return null;
    throw error;
  }
}

const toLine = (file: ClusterRecord): string => `${JSON.stringify(file)}\n`;

/** Removes what a supervisor left that was killed: its temporary folders, and children that could not see it go. */
function sweepTemporary(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!/^lockstep-(up-)?[A-Za-z0-9]{6}$/.test(name)) continue;
    const path = join(tmpdir(), name);
    try {
      if (!lstatSync(path).isDirectory() || lstatSync(path).uid !== process.getuid?.()) continue;
      if (isAbandoned(path) || isForgotten(path)) rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else sweeps it, or it is not ours: it is in nobody's way.
    }
  }
}

/**
 * Its lock is gone, as when it was being removed by somebody who was killed; one just made gets its lock at once. Only
 * what holds nothing but our files is ours to remove.
 */
function isForgotten(path: string): boolean {
  if (lstatSync(path).mtimeMs > Date.now() - FORGOTTEN_MS) return false;
  return readdirSync(path).every((name) => name !== LOCK_FILE && (isLockFile(name) || OUR_FILES.test(name)));
}

function parseCluster(text: string): ClusterRecord | null {
  try {
    const { v, cluster, replicas, runs } = JSON.parse(text) as ClusterRecord;
    const named = replicas.length >= 1 && replicas.length <= 9 && replicas.every((id, index) => id === `n${index + 1}`);
    const valid = v === 1 && typeof cluster === 'string' && Number.isSafeInteger(runs) && named;
    return valid ? { v, cluster, replicas, runs } : null;
  } catch {
    return null;
  }
}
