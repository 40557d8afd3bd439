import { resolve } from 'node:path';
import { findRunning } from '../core/cluster/running.ts';
import { type Address, resolveAddress } from './address.ts';
import type { AddressOptions } from './arguments.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { complain } from './io.ts';

/** A cluster as a command finds it. */
export interface Place extends Address {
  /** With its secret it can be changed; null: nothing says where that stands. */
  readonly secretFile: string | null;
}

/**
 * Where the cluster is, and its secret: `--secret-file`, else `LOCKSTEP_SECRET_FILE`, else what this user runs at the
 * address.
 */
export async function resolvePlace({ addr, secretFile }: AddressOptions, context: Context): Promise<Place> {
  const { env } = context.io;
  const address = await resolveAddress(addr, context);
  if (secretFile?.startsWith('-') || secretFile === '') {
    throw new UsageError(`--secret-file must be a file, not ${JSON.stringify(secretFile)}`);
  }
  const running = findRunning(address, env);
  const given = secretFile ?? (env.LOCKSTEP_SECRET_FILE || undefined);
  if (given === undefined && running?.problem) complain(context.io, running.problem);
  return {
    ...address,
    secretFile: given === undefined ? (running?.secretFile ?? null) : resolve(given),
    isTls: address.isTls ?? running?.isTls,
  };
}
