import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ClusterOptions } from '../core/cluster/local.ts';
import type { OutputOptions } from './arguments.ts';
import { takesOutputOptions } from './arguments.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { parseSetting, resolveSettings, SETTING_KEYS, type SettingKey, type Settings } from './settings.ts';
import { openSettingsFile } from './settings-file.ts';

/** What `play` and `up` take to make a cluster of. */
export interface ClusterFlags extends Partial<Settings>, OutputOptions {
  readonly data?: string;
}

export function takesClusterFlags(command: Command): Command {
  const parser =
    <Key extends SettingKey>(key: Key) =>
    (text: string): Settings[Key] =>
      parseSetting(key, text, `--${key}`);
  return takesOutputOptions(
    command
      .option('--replicas <n>', 'how many, 1 to 9 (3)', parser('replicas'))
      .option('--mode <mode>', 'when writes are acknowledged: async, quorum or sync (quorum)', parser('mode'))
      .option('--port <port>', 'where the cluster is to be reached; 0: any free port (7400)', parser('port'))
      .option('--data <dir>', 'a folder to keep, and to go on from (default: a temporary one)')
      .option('--tempo <tempo>', 'slow for eyes, normal, fast for scripts (normal)', parser('tempo')),
  );
}

/** Flags, environment, settings and defaults together. */
export async function clusterOptions(context: Context, flags: ClusterFlags): Promise<ClusterOptions> {
  const { values } = await openSettingsFile(context.io);
  const { replicas, mode, port, tempo } = resolveSettings(flags, context.io.env, values);
  // commander takes what follows for the folder's name, be it the next option.
  if (flags.data?.startsWith('-') || flags.data === '') {
    throw new UsageError(`--data must be a folder, not ${JSON.stringify(flags.data)}`);
  }
  const data = flags.data === undefined ? null : resolve(flags.data);
  // A number that nobody gave for this cluster in particular gives way to what a folder holds.
  const isForNew = replicas.source === 'default' || (replicas.source === 'config' && data !== null && isInUse(data));
  return {
    replicas: isForNew ? null : replicas.value,
    mode: mode.value,
    port: port.value,
    data,
    tempo: tempo.value,
  };
}

/** The same flags as words, for a process that is to do the same. */
export function flagWords(flags: ClusterFlags): string[] {
  const settings = SETTING_KEYS.flatMap((key) => (flags[key] === undefined ? [] : [`--${key}`, `${flags[key]}`]));
  return [...settings, ...(flags.data === undefined ? [] : ['--data', flags.data])];
}

function isInUse(folder: string): boolean {
  try {
    return existsSync(folder) && readdirSync(folder).length > 0;
  } catch {
    return true;
  }
}
