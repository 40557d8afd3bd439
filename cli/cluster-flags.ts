import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ClusterOptions } from '../core/cluster/local.ts';
import type { OutputOptions } from './arguments.ts';
import { takesOutputOptions } from './arguments.ts';
import { MODES, TEMPOS, WordOption } from './choices.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { CLUSTER_KEYS, type ClusterSettings, parseSetting, settingsFrom } from './settings.ts';

/** What `play` and `up` take to make a cluster of. */
export interface ClusterFlags extends Partial<ClusterSettings>, OutputOptions {
  readonly data?: string;
  readonly host?: string;
}

export function takesClusterFlags(command: Command): Command {
  const parser =
    <Key extends keyof ClusterSettings>(key: Key) =>
    (text: string): ClusterSettings[Key] =>
      parseSetting(key, text, `--${key}`);
  return takesOutputOptions(
    command
      .option('--replicas <n>', 'how many, 1 to 9 (3)', parser('replicas'))
      .addOption(
        new WordOption(
          '--mode <mode>',
          'when writes are acknowledged: async, quorum or sync (quorum)',
          MODES,
          parser('mode'),
        ),
      )
      .option('--port <port>', 'where the cluster is to be reached; 0: any free port (7400)', parser('port'))
      .option('--host <address>', 'where it listens; any but this machine alone is TLS, with its secret (127.0.0.1)')
      .option('--data <dir>', 'a folder to keep, and to go on from (default: a temporary one)')
      .addOption(
        new WordOption('--tempo <tempo>', 'slow for eyes, normal, fast for scripts (normal)', TEMPOS, parser('tempo')),
      ),
  );
}

/** Flags, environment, settings and defaults together. */
export async function clusterOptions(context: Context, flags: ClusterFlags): Promise<ClusterOptions> {
  const { values } = await context.settingsFile();
  const setting = settingsFrom(flags, context.io.env, values);
  const replicas = setting('replicas');
  // commander takes what follows for the folder's name, be it the next option.
  if (flags.data?.startsWith('-') || flags.data === '') {
    throw new UsageError(`--data must be a folder, not ${JSON.stringify(flags.data)}`);
  }
  if (flags.host?.startsWith('-') || flags.host === '') {
    throw new UsageError(`--host must be an address such as 127.0.0.1 or 0.0.0.0, not ${JSON.stringify(flags.host)}`);
  }
  const data = flags.data === undefined ? null : resolve(flags.data);
  // A number that nobody gave for this cluster in particular gives way to what a folder holds.
  const isForNew = replicas.source === 'default' || (replicas.source === 'config' && data !== null && isInUse(data));
  return {
    replicas: isForNew ? null : replicas.value,
    mode: setting('mode').value,
    host: flags.host ?? DEFAULT_HOST,
    port: setting('port').value,
    data,
    tempo: setting('tempo').value,
  };
}

/** The same flags as words, for a process that is to do the same. */
export function flagWords(flags: ClusterFlags): string[] {
  const settings = CLUSTER_KEYS.flatMap((key) => (flags[key] === undefined ? [] : [`--${key}`, `${flags[key]}`]));
  const host = flags.host === undefined ? [] : ['--host', flags.host];
  return [...settings, ...host, ...(flags.data === undefined ? [] : ['--data', flags.data])];
}

/** Nobody elsewhere can reach it. */
const DEFAULT_HOST = '127.0.0.1';

function isInUse(folder: string): boolean {
  try {
    return existsSync(folder) && readdirSync(folder).length > 0;
  } catch {
    return true;
  }
}
