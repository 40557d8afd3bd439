import { formatHostPort } from '../core/observe/host-port.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { DEFAULTS, PORT_MAX, settingsFrom } from './settings.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whether it is spoken to by TLS; undefined: if it is not of this machine alone. A tunnel to elsewhere begins here. */
  readonly isTls?: boolean | undefined;
}

/** Where the cluster is: `--addr`, else `LOCKSTEP_ADDR`, else this machine, at the port that `up` would take. */
export async function resolveAddress(flag: string | undefined, context: Context): Promise<Address> {
  if (flag !== undefined) return parseAddress(flag, '--addr');
  const { env } = context.io;
  if (env.LOCKSTEP_ADDR) return parseAddress(env.LOCKSTEP_ADDR, 'LOCKSTEP_ADDR');
  const { values } = env.LOCKSTEP_PORT ? { values: {} } : await context.settingsFile();
  const port = settingsFrom({}, env, values)('port');
  return { host: '127.0.0.1', port: port.value === 0 ? DEFAULTS.port : port.value };
}

/** `host:port`, `[::1]:port`, `:port` or `port`, each also after `tls://`. */
function parseAddress(text: string, name: string): Address {
  const match = /^(tls:\/\/)?(?:(?:\[([^\]\s]+)\]|([^:\s/]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[4]);
  if (!(port >= 1 && port <= PORT_MAX)) {
    throw new UsageError(`${name} must be HOST:PORT such as 127.0.0.1:7400, not ${JSON.stringify(text)}`);
  }
  return { host: match?.[2] || match?.[3] || '127.0.0.1', port, ...(match?.[1] && { isTls: true }) };
}

export function formatAddress(address: Address): string {
  return `${address.isTls ? 'tls://' : ''}${formatHostPort(address)}`;
}
