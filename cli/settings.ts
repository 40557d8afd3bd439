import { WRITE_MODES, type WriteMode } from '../core/protocol/entry.ts';
import { TEMPOS, type Tempo } from '../core/protocol/timing.ts';
import { parseWhole, parseWord } from './arguments.ts';
import type { Io } from './io.ts';

/** What a new cluster is made of, unless its command line says otherwise. */
export interface Settings {
  /** 1 to 9. */
  readonly replicas: number;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
  /** Where the router listens; 0: any free port. */
  readonly port: number;
}

export type SettingKey = keyof Settings;
export const SETTING_KEYS: readonly SettingKey[] = ['replicas', 'mode', 'tempo', 'port'];
export const DEFAULTS: Settings = { replicas: 3, mode: 'quorum', tempo: 'normal', port: 7400 };
export const REPLICAS_MAX = 9;
export const PORT_MAX = 65_535;

/** A value and who said it: each beats those after it. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: 'flag' | 'environment' | 'config' | 'default';
}
export type SourcedSettings = { readonly [Key in SettingKey]: Sourced<Settings[Key]> };

/** Flags beat environment (`LOCKSTEP_PORT`…) beats config beats defaults. A wrong value is a `UsageError` that names it. */
export function resolveSettings(flags: Partial<Settings>, env: Io['env'], stored: Partial<Settings>): SourcedSettings {
  const resolve = <Key extends SettingKey>(key: Key): Sourced<Settings[Key]> => {
    const flag = flags[key];
    if (flag !== undefined) return { value: flag, source: 'flag' };
    const name = environmentName(key);
    const text = env[name];
    if (text) return { value: parseSetting(key, text, name), source: 'environment' };
    const value = stored[key];
    if (value !== undefined) return { value, source: 'config' };
    return { value: DEFAULTS[key], source: 'default' };
  };
  return { replicas: resolve('replicas'), mode: resolve('mode'), tempo: resolve('tempo'), port: resolve('port') };
}

/** The value that `text` stands for. `name`: what to call it if it is wrong. */
export function parseSetting<Key extends SettingKey>(key: Key, text: string, name: string): Settings[Key] {
  const parsers: { readonly [K in SettingKey]: () => Settings[K] } = {
    replicas: () => parseWhole(text, name, 1, REPLICAS_MAX),
    mode: () => parseWord(text, name, WRITE_MODES),
    tempo: () => parseWord(text, name, TEMPOS),
    port: () => parseWhole(text, name, 0, PORT_MAX),
  };
  return parsers[key]();
}

function environmentName(key: SettingKey): string {
  return `LOCKSTEP_${key.toUpperCase()}`;
}
