import { formatHostPort } from '../observe/host-port.ts';
import type { Address } from '../wire/dialer.ts';
import { StartError } from './start-error.ts';

/** The system's own words for it. */
export interface ListenFailure {
  /** As `EADDRINUSE`. */
  readonly code?: string | undefined;
  readonly message: string;
}

/** Why `what` cannot listen where the cluster file says, and what to do. */
export function listenError(what: string, address: Address, failure: ListenFailure): StartError {
  const at = formatHostPort(address);
  switch (failure.code) {
    case 'EADDRINUSE': {
      const advice = `stop that one, or give ${what} another address in the cluster file`;
      return new StartError(`${at} is taken by another program: ${advice}`, { code: 'port-in-use' });
    }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN': {
      const advice = `start ${what} on the host that has it, or give another in the cluster file`;
      return new StartError(`${address.host} is no address of this host: ${advice}`, { code: 'not-here' });
    }
    default:
      return new StartError(`${what} cannot listen at ${at}: ${failure.message}`, { code: 'cannot-start' });
  }
}
