import type { Command } from 'commander';
import { checkRequest } from '../core/cluster/client.ts';
import type { ClientRequest } from '../core/observe/api.ts';
import { UsageError } from './failure.ts';

/** Options that every command takes. */
export interface OutputOptions {
  readonly json?: true;
  /** False with `--no-color`. */
  readonly color: boolean;
}

/** Options of the commands that need a running cluster. */
export interface AddressOptions extends OutputOptions {
  readonly addr?: string;
  readonly secretFile?: string;
}

export function takesOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print JSON, one object a line')
    .option('--no-color', 'no colours (the same: NO_COLOR=1)');
}

export function takesAddress(command: Command): Command {
  return takesOutputOptions(
    command
      .option(
        '--addr <host:port>',
        'where the cluster is (default 127.0.0.1:7400); tls://HOST:PORT if TLS must be said',
      )
      .option('--secret-file <file>', 'its secret: needed to change what another user runs, or what is elsewhere'),
  );
}

/** Help that ends in examples. */
export function withExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** A whole number within bounds. `name`: what to call it if it is wrong. */
export function parseWhole(text: string, name: string, low: number, high: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`${name} must be a whole number from ${low} to ${high}, not ${JSON.stringify(text)}`);
}

/** One of a few words. `name`: what to call it if it is wrong. */
export function parseWord<Word extends string>(text: string, name: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  const list = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  throw new UsageError(`${name} must be ${list}, not ${JSON.stringify(text)}`);
}

/**
 * The request that these fields make, if the router would take it: what is wrong is said before anything is sent.
 * Fields that are undefined are not there.
 */
export function checked<Op extends ClientRequest['op']>(
  fields: { readonly op: Op } & Readonly<Record<string, unknown>>,
): Extract<ClientRequest, { readonly op: Op }> {
  const { request, error } = checkRequest(fields);
  if (error) throw new UsageError(error.message);
  return request as Extract<ClientRequest, { readonly op: Op }>;
}
