import { Client, ConnectionLostError } from '../core/cluster/client.ts';
import type { ClientRequest, ControlResult, ResultOf } from '../core/observe/api.ts';
import { escapeText } from '../core/observe/escape.ts';
import type { AddressOptions } from './arguments.ts';
import type { Context } from './context.ts';
import { EXIT, Failure } from './failure.ts';
import { complain, EXIT_OF_SIGNAL } from './io.ts';
import { type Place, resolvePlace } from './place.ts';

export interface ConnectionOptions extends AddressOptions {
  readonly reconnect?: boolean;
  /** What is asked needs the secret, and is refused without: then a wrong one need not be told before. Default false. */
  readonly needsSecret?: boolean;
}

/** Runs something against the cluster that the options name, and closes the connection whatever comes of it. */
export async function withCluster(
  context: Context,
  options: ConnectionOptions,
  run: (client: Client, place: Place) => Promise<number>,
): Promise<number> {
  const { abandoned } = context.io;
  const place = await resolvePlace(options, context);
  const client = await Client.connect({ ...place, reconnect: options.reconnect ?? false });
  const close = (): void => client.close();
  abandoned?.addEventListener('abort', close, { once: true });
  try {
    if (abandoned?.aborted) throw new Failure('stopped', { exit: EXIT_OF_SIGNAL.SIGINT, code: 'stopped' });
    if (client.isSecretWrong && !options.needsSecret) {
      complain(context.io, `the secret in ${place.secretFile} is not this cluster's: what needs it will be refused`);
    }
    return await run(client, place);
  } finally {
    abandoned?.removeEventListener('abort', close);
    client.close();
  }
}

/** `exitIfLost`: how to end if the connection goes before the answer, when what was asked may be done. */
export async function ask<R extends ClientRequest>(
  client: Client,
  request: R,
  exitIfLost: number,
): Promise<ResultOf<R>> {
  try {
    return await client.ask(request);
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) throw error;
    throw new Failure(error.message, { exit: exitIfLost, code: 'connection-lost', cause: error });
  }
}

/** A whole command: asks for one change of the cluster, and says what came of it. */
export function control(
  context: Context,
  options: AddressOptions,
  request: Extract<ClientRequest, { readonly op: string }>,
): Promise<number> {
  return withCluster(context, { ...options, needsSecret: true }, async (client) => {
    const result = (await ask(client, request, EXIT.unknown)) as ControlResult;
    return tellControl(context, options, result);
  });
}

export function tellControl(context: Context, { json }: AddressOptions, result: ControlResult): number {
  if (json) context.json(result);
  else if (result.ok) context.say(escapeText(result.message ?? 'done'));
  else complain(context.io, result.error?.message ?? 'the cluster refused, and did not say why');
  return result.ok ? EXIT.done : EXIT.failed;
}
