import { WRITE_MODES, type WriteMode } from '../core/protocol/entry.ts';
import { TEMPOS, type Tempo } from '../core/protocol/timing.ts';
import { THEME_NAMES, type ThemeName } from '../views/theme-names.ts';
import { parseWhole, parseWord } from './arguments.ts';
import type { Io } from './io.ts';

/** What is so unless a command line says otherwise. */
export interface Settings extends ClusterSettings, LooksSettings {}

/** What a new cluster is made of. */
export interface ClusterSettings {
  /** 1 to 9. */
  readonly replicas: number;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
  /** Where the router listens; 0: any free port. */
  readonly port: number;
}

/** What the dashboard looks like. */
export interface LooksSettings {
  readonly theme: ThemeName;
  /** The mouse is the dashboard's, not the terminal's. */
  readonly mouse: boolean;
  /** Everything is drawn with ASCII. */
  readonly ascii: boolean;
}

export type SettingKey = keyof Settings;
export const CLUSTER_KEYS = ['replicas', 'mode', 'tempo', 'port'] as const satisfies readonly SettingKey[];
export const SETTING_KEYS: readonly SettingKey[] = [...CLUSTER_KEYS, 'theme', 'mouse', 'ascii'];
export const DEFAULTS: Settings = {
  replicas: 3,
  mode: 'quorum',
  tempo: 'normal',
  port: 7400,
  theme: 'dark',
  mouse: true,
  ascii: false,
};
export const REPLICAS_MAX = 9;
export const PORT_MAX = 65_535;

/** A value and who said it: each beats those after it. */
interface Sourced<Value> {
  readonly value: Value;
  readonly source: 'flag' | 'environment' | 'config' | 'default';
}

/**
 * Tells any setting: flags beat environment (`LOCKSTEP_PORT`…) beats config beats defaults. A wrong value is a
 * `UsageError` that names it, once it is asked for: a setting that a command does not use is none of its business.
 */
export function settingsFrom(flags: Partial<Settings>, env: Io['env'], stored: Partial<Settings>) {
  return <Key extends SettingKey>(key: Key): Sourced<Settings[Key]> => {
    const flag = flags[key];
    if (flag !== undefined) return { value: flag, source: 'flag' };
    const name = environmentName(key);
    const text = env[name];
    if (text) return { value: parseSetting(key, text, name), source: 'environment' };
    const value = stored[key];
    if (value !== undefined) return { value, source: 'config' };
    return { value: DEFAULTS[key], source: 'default' };
  };
}

/** The value that `text` stands for. `name`: what to call it if it is wrong. */
export function parseSetting<Key extends SettingKey>(key: Key, text: string, name: string): Settings[Key] {
  const parsers: { readonly [K in SettingKey]: () => Settings[K] } = {
    replicas: () => parseWhole(text, name, 1, REPLICAS_MAX),
    mode: () => parseWord(text, name, WRITE_MODES),
    tempo: () => parseWord(text, name, TEMPOS),
    port: () => parseWhole(text, name, 0, PORT_MAX),
    theme: () => parseWord(text, name, THEME_NAMES),
    mouse: () => parseSwitch(text, name),
    ascii: () => parseSwitch(text, name),
  };
  return parsers[key]();
}

/** `LOCKSTEP_ASCII=1` is what people write, too. */
function parseSwitch(text: string, name: string): boolean {
  if (text === '1' || text === '0') return text === '1';
  return parseWord(text, name, ['true', 'false']) === 'true';
}

function environmentName(key: SettingKey): string {
  return `LOCKSTEP_${key.toUpperCase()}`;
}
