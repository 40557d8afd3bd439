import { randomBytes } from 'node:crypto';
import type { Secret } from './secret.ts';

/*
 * How two sides show each other that they have the same secret, and neither says it (ISO/IEC 9798-4, three passes):
 *
 *   caller → keeper   a nonce, and who it is
 *   keeper → caller   a nonce of its own, and its proof
 *   caller → keeper   its proof
 *
 * A proof covers both nonces, so that none can be used again; the parties, so that it is for nobody else; and which side
 * it is from, so that it cannot be sent back to the one who made it. Nothing else is said before both have proved.
 *
 * On a plain connection nothing binds what is said later to who has proved itself: somebody in between could hand on the
 * proofs, and then speak for either side. On the loopback one gets in between by listening where a process has been that
 * is gone. So between replicas and router a proof covers the port, too: the one that was dialled, and the one that was
 * reached, which is another if somebody handed it on. Clients may come through a tunnel, and what they dial is not what
 * the router listens on: their proofs cover no port, and a client that is given a secret for a plain address trusts that
 * it is the router's own. On TLS, whose key comes of the secret, nobody can be in between.
 */

/** The version of the exchange, and of what replicas and router say to each other after it. Another one is refused. */
export const PROTOCOL_VERSION = 3;

/** Who talks to whom. */
export interface Parties {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  /** Of a plain connection, where the callee listens; left out: it is TLS, or a client's. */
  readonly port?: number;
}

/** Of a connection to the router's own address, by whoever that is. */
export const CLIENT_PARTIES = { from: 'client', to: 'router' } as const;

/** The side that is called: one for each exchange. */
export class Doorkeeper {
  readonly nonce = newNonce();
  readonly proof: string;
  readonly #secret: Secret;
  readonly #fields: readonly (string | number)[];
  #isAsked = false;

  /** @param nonce the caller's, as `isNonce` knows it. */
  constructor(secret: Secret, parties: Parties, nonce: string) {
    this.#secret = secret;
    this.#fields = fieldsOf(parties, nonce, this.nonce);
    this.proof = secret.proof(KEEPER, ...this.#fields);
  }

  /** Whether the caller has proved itself. Its first try counts, and no other. */
  admits(proof: unknown): boolean {
    const isFirst = !this.#isAsked;
    this.#isAsked = true;
    return isFirst && this.#secret.isProof(proof, CALLER, ...this.#fields);
  }
}

/** The side that calls: one for each exchange. */
export class Caller {
  readonly nonce = newNonce();
  readonly #secret: Secret;

  constructor(secret: Secret) {
    this.#secret = secret;
  }

  /** Its proof, or null: the other side has not proved that it has the secret, and is told nothing. */
  answer(parties: Parties, nonce: unknown, proof: unknown): string | null {
    if (!isNonce(nonce)) return null;
    const fields = fieldsOf(parties, this.nonce, nonce);
    return this.#secret.isProof(proof, KEEPER, ...fields) ? this.#secret.proof(CALLER, ...fields) : null;
  }
}

export const isNonce = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

const KEEPER = `lockstep ${PROTOCOL_VERSION} keeper`;
const CALLER = `lockstep ${PROTOCOL_VERSION} caller`;

const newNonce = (): string => randomBytes(32).toString('hex');

function fieldsOf(
  { cluster, from, to, port }: Parties,
  callersNonce: string,
  keepersNonce: string,
): readonly (string | number)[] {
  return [cluster, from, to, callersNonce, keepersNonce, ...(port === undefined ? [] : [port])];
}
