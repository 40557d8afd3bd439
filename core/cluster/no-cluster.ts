import { formatHostPort } from '../observe/host-port.ts';
import type { Address } from '../wire/dialer.ts';
import { isLoopback, type TlsTrouble, tlsTrouble } from '../wire/door.ts';

/** Nobody that speaks lockstep is at that address. The message names the address, and says what to do. */
export class NoClusterError extends Error {}

/** Where `lockstep up` starts a cluster. */
const USUAL_PORT = 7400;

/** A command that is advised works as it stands, so it names a port that is not the usual one. */
export function noClusterAt(address: Address, reason: string): NoClusterError {
  const { host, port } = address;
  const up = `lockstep up${port === USUAL_PORT ? '' : ` --port ${port}`}`;
  const start = isLoopback(host) ? `start one with "${up}", or name` : 'name';
  return new NoClusterError(
    `no cluster at ${formatHostPort(address)} (${reason}); ${start} another with --addr HOST:PORT`,
  );
}

/** Somebody is there, and nothing is to be started: one side speaks TLS, and the other does not, or not with its secret. */
export function notUnderstoodAt(address: Address, trouble: TlsTrouble | 'tls-expected'): NoClusterError {
  const at = formatHostPort(address);
  switch (trouble) {
    case 'tls-expected':
      return new NoClusterError(
        `what listens at ${at} speaks TLS: name it with --addr tls://${at}, and its --secret-file`,
      );
    case 'plain': {
      const advice = isLoopback(address.host) ? 'name it without tls://' : 'no lockstep does, but on 127.0.0.1';
      return new NoClusterError(`what listens at ${at} speaks no TLS: ${advice}`);
    }
    case 'other-secret':
      return new NoClusterError(`what listens at ${at} has another secret: give its own, with --secret-file FILE`);
    case 'other-tls':
      return new NoClusterError(
        `what listens at ${at} speaks TLS, but is no lockstep: name another with --addr HOST:PORT`,
      );
    default:
      return trouble satisfies never;
  }
}

export const RESET = 'connection reset';

/** Why a connection failed. */
export function inWords(error: NodeJS.ErrnoException): string {
  if (tlsTrouble(error) !== null) return 'it has another secret, or does not speak TLS';
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return RESET;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'out of reach';
    default:
      return error.code ?? error.message;
  }
}
