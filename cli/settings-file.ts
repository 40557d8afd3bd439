import { existsSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import type Conf from 'conf';
import { WRITE_MODES } from '../core/protocol/entry.ts';
import { TEMPOS } from '../core/protocol/timing.ts';
import { THEME_NAMES } from '../views/theme-names.ts';
import { EXIT, Failure } from './failure.ts';
import { complain, type Io } from './io.ts';
import { PORT_MAX, REPLICAS_MAX, type SettingKey, type Settings } from './settings.ts';

/** This user's settings file. */
export interface SettingsFile {
  readonly path: string;
  /** What is in it, checked; a setting that is not there was never set. */
  readonly values: Partial<Settings>;
  /** Writes the file; rejects with a `Failure` if that is not possible. */
  set<Key extends SettingKey>(key: Key, value: Settings[Key]): Promise<void>;
  /** Takes all settings out of the file; rejects with a `Failure` if that is not possible. */
  reset(): Promise<void>;
}

/**
 * Opens the settings of this user. A file that is no JSON, or holds what no setting can be, is kept under another name,
 * and one that cannot be read is left alone: a line of warning says so, and nothing is set. It never fails.
 */
export async function openSettingsFile(io: Io): Promise<SettingsFile> {
  const folder = join(configHome(io.env), 'lockstep');
  const path = join(folder, 'config.json');
  const store = existsSync(path) ? await openStore(folder, path, io) : null;
  return {
    path,
    values: store?.store ?? {},
    set: (key, value) => change(folder, path, store, (open) => open.set({ [key]: value })),
    reset: () => (existsSync(path) ? change(folder, path, store, (open) => open.clear()) : Promise.resolve()),
  };
}

type Store = Conf<Partial<Settings>>;

const SCHEMA = {
  replicas: { type: 'integer', minimum: 1, maximum: REPLICAS_MAX },
  mode: { enum: WRITE_MODES },
  tempo: { enum: TEMPOS },
  port: { type: 'integer', minimum: 0, maximum: PORT_MAX },
  theme: { enum: THEME_NAMES },
  mouse: { type: 'boolean' },
  ascii: { type: 'boolean' },
} as const;

/** `$XDG_CONFIG_HOME` or `~/.config`, on Windows `%APPDATA%`. */
function configHome(env: Io['env']): string {
  const home = env.HOME || homedir();
  if (process.platform === 'win32') return env.APPDATA || join(home, 'AppData', 'Roaming');
  const given = env.XDG_CONFIG_HOME;
  return given && isAbsolute(given) ? given : join(home, '.config');
}

async function openStore(folder: string, path: string, io: Io): Promise<Store | null> {
  try {
    return await createStore(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) {
      complain(io, `the settings in ${path} cannot be read (${code}); none of them is used`);
      return null;
    }
    const aside = setAside(path);
    const where = aside === null ? 'it is ignored' : `it is kept as ${basename(aside)}`;
    io.err(`lockstep: the settings in ${path} are not valid (${message}); ${where}, and none of them is used\n`);
    return null;
  }
}

/** Importing conf takes a tenth of a second, so it is imported only when there is a file to read or write. */
async function createStore(folder: string): Promise<Store> {
  const { default: ConfStore } = await import('conf');
  return new ConfStore<Partial<Settings>>({
    cwd: folder,
    schema: SCHEMA as never,
    // conf would erase an invalid file, and take a list or a number for an empty one.
    clearInvalidConfig: false,
    deserialize: parseSettings,
  });
}

function parseSettings(text: string): Partial<Settings> {
  const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new SyntaxError('it must be one JSON object');
}

/** Moves a file out of the way under a name that is free. Returns the new path, or null if it cannot be moved. */
function setAside(path: string): string | null {
  let n = 1;
  while (existsSync(`${path}.invalid-${n}`)) n++;
  try {
    renameSync(path, `${path}.invalid-${n}`);
    return `${path}.invalid-${n}`;
  } catch {
    return null;
  }
}

async function change(folder: string, path: string, store: Store | null, apply: (store: Store) => void): Promise<void> {
  try {
    apply(store ?? (await createStore(folder)));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(`cannot write ${path} (${code ?? message})`, {
      exit: EXIT.failed,
      code: 'config-unwritable',
      cause: error,
    });
  }
}
