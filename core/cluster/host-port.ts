import { isIP } from 'node:net';
import type { Address } from '../wire/dialer.ts';

/** What a file names: a host and a port where one process is to be reached. null: it names none. */
export function parseHostPort(text: string): Address | null {
  const match = /^(?:\[([^\]\s]+)\]|([^:\s/[\]]+)):(\d{1,5})$/.exec(text);
  const [, ipv6, name, digits] = match ?? [];
  const port = Number(digits);
  const host = ipv6 ?? name;
  if (host === undefined || !(port >= 1 && port <= PORT_MAX)) return null;
  return ipv6 !== undefined && isIP(ipv6) !== 6 ? null : { host, port };
}

/** Whether one can listen there, and nobody connect. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

const PORT_MAX = 65_535;
