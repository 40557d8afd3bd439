import { lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isLoopback } from '../wire/door.ts';
import { readOwnFile, writeOwnFile } from '../wire/own-file.ts';
import { makeFolder } from '../wire/own-folder.ts';
import { Secret, SecretError } from '../wire/secret.ts';
import { isAlive, markOf, type ProcessMark } from './process-info.ts';

/*
 * This user's running clusters, so that the commands of the same user find the secret of the one at an address. They
 * stand in a folder of the user's alone: whoever else listens at the address of a cluster that is gone is not in it, and
 * can name no file that is read here.
 */

/** A cluster as those find it who know its address. */
export interface RunningCluster {
  /** Where its router listens. */
  readonly host: string;
  readonly port: number;
  readonly secretFile: string;
}

/** A cluster that was found: how it is spoken to, and its secret. */
export interface FoundCluster {
  readonly isTls: boolean;
  /** null: it cannot be used, for the reason in `problem`. */
  readonly secretFile: string | null;
  readonly problem: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Entry extends RunningCluster {
  readonly v: 1;
  /** Whose processes they are: homes are shared between machines. */
  readonly machine: string;
  readonly supervisor: ProcessMark;
}

/**
 * Writes down that this process runs that cluster; returns a function that takes it back. What the dead have left is
 * removed.
 *
 * @param cluster its id.
 * @throws if the folder cannot be written.
 */
export function registerRunning(cluster: string, running: RunningCluster, env: Environment): () => void {
  const folder = ownFolder(env);
  for (const [name, entry] of entriesIn(folder)) {
    if (!isAlive(entry.supervisor)) rmSync(join(folder, name), { force: true });
  }
  const file = join(folder, `${cluster}-${process.pid}.json`);
  const entry: Entry = { v: 1, machine: hostname(), ...running, supervisor: markOf(process.pid) };
  // Whoever looks finds all of it or nothing.
  const unfinished = `${file}.new`;
  writeOwnFile(unfinished, `${JSON.stringify(entry)}\n`);
  renameSync(unfinished, file);
  return () => rmSync(file, { force: true });
}

/** The cluster of this user's that is reached at that address; null if there is none. */
export function findRunning(
  address: { readonly host: string; readonly port: number },
  env: Environment,
): FoundCluster | null {
  for (const [, entry] of entriesIn(folderOf(env))) {
    const { host, port, secretFile, supervisor } = entry;
    const isThere = port === address.port && isReachedAt(host, address.host);
    if (!isThere || !isAlive(supervisor)) continue;
    const problem = problemOf(secretFile, supervisor.pid);
    return { isTls: !isLoopback(host), secretFile: problem === null ? secretFile : null, problem };
  }
  return null;
}

/** What a router that listens on one of them can be called. */
const LOCALHOST: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
/** More than this is no entry of ours. */
export const ENTRY_BYTES_MAX = 16 * 1024;

/** `$XDG_STATE_HOME` or `~/.local/state`: the same for all of a user's sessions. */
function folderOf(env: Environment): string {
  const given = env.XDG_STATE_HOME;
  const state = given && isAbsolute(given) ? given : join(env.HOME || homedir(), '.local', 'state');
  return join(state, 'lockstep', 'running');
}

function ownFolder(env: Environment): string {
  const folder = folderOf(env);
  makeFolder(folder);
  if (!isOwn(folder)) throw new Error(`${folder} must be a folder of yours that nobody else can write to`);
  return folder;
}

function isOwn(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return false;
  return !process.getuid || (stats.uid === process.getuid() && (stats.mode & 0o022) === 0);
}

/** Of this machine. None in a folder that is not there, is not the user's alone, or cannot be read. */
function entriesIn(folder: string): [string, Entry][] {
  return namesIn(folder).flatMap((name) => {
    const entry = name.endsWith('.json') ? readEntry(join(folder, name)) : null;
    return entry ? [[name, entry] as [string, Entry]] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return isOwn(folder) ? readdirSync(folder) : [];
  } catch {
    return [];
  }
}

function readEntry(file: string): Entry | null {
  try {
    return parseEntry(readOwnFile(file, ENTRY_BYTES_MAX));
  } catch {
    return null;
  }
}

/** Its folder may be gone: what runs goes on running. */
function problemOf(secretFile: string, pid: number): string | null {
  try {
    Secret.load(secretFile);
    return null;
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return `${error.message}; without it the cluster can be looked at, but only process ${pid} can stop it`;
  }
}

function parseEntry(text: string): Entry | null {
  const { v, machine, host, port, secretFile, supervisor } = JSON.parse(text) as Entry;
  const isValid =
    v === 1 &&
    machine === hostname() &&
    typeof host === 'string' &&
    Number.isSafeInteger(port) &&
    typeof secretFile === 'string' &&
    Number.isSafeInteger(supervisor?.pid);
  return isValid ? { v, machine, host, port, secretFile, supervisor } : null;
}

/**
 * Whether a router that listens on the one host is the one found at the other. Somebody else may listen on the same port
 * of another address, be it one of this machine.
 */
function isReachedAt(listening: string, host: string): boolean {
  if (listening === host) return true;
  if (listening === '0.0.0.0' || listening === '::') return isLoopback(host) || isOfThisMachine(host);
  const isName = listening === 'localhost' || host === 'localhost';
  return isName && LOCALHOST.has(listening) && LOCALHOST.has(host);
}

function isOfThisMachine(host: string): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}
