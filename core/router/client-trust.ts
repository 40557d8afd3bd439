import type { ApiError, AuthOp, AuthResult, ClientRequest } from '../observe/api.ts';
import { CLIENT_PARTIES, Doorkeeper } from '../wire/proof.ts';
import type { Secret } from '../wire/secret.ts';

/**
 * What one client has proved. Anybody who gets here may read and write; what changes the cluster itself is for those who
 * have its secret.
 */
export class ClientTrust {
  readonly #secret: Secret;
  readonly #cluster: string;
  #keeper: Doorkeeper | null = null;
  #isProved: boolean;

  /** `isProved`: it was proved on the way here, by TLS. */
  constructor(secret: Secret, cluster: string, isProved: boolean) {
    this.#secret = secret;
    this.#cluster = cluster;
    this.#isProved = isProved;
  }

  /** A nonce begins it, and is answered with the router's own proof; the client's proof ends it. */
  authenticate(request: AuthOp): AuthResult {
    if ('nonce' in request) {
      const cluster = this.#cluster;
      const keeper = new Doorkeeper(this.#secret, { cluster, ...CLIENT_PARTIES }, request.nonce);
      this.#keeper = keeper;
      return { v: 1, ok: true, cluster, nonce: keeper.nonce, proof: keeper.proof };
    }
    this.#isProved ||= this.#keeper?.admits(request.proof) ?? false;
    if (this.#isProved) return { v: 1, ok: true };
    return { v: 1, ok: false, error: unauthorized('the proof is wrong: is it the same secret?') };
  }

  /** Why this client may not ask for that; null if it may. */
  hindrance(request: ClientRequest): ApiError | null {
    if (this.#isProved || !changesCluster(request)) return null;
    if (this.#keeper)
      return unauthorized("the secret that was given is not this cluster's: give its --secret-file FILE");
    const ways = 'run it as the user who started the cluster, or give --secret-file FILE';
    return unauthorized(`${request.op} needs the cluster's secret: ${ways}`);
  }
}

const unauthorized = (message: string): ApiError => ({ code: 'unauthorized', message });

function changesCluster(request: ClientRequest): boolean {
  switch (request.op) {
    case 'write':
    case 'delete':
    case 'read':
    case 'status':
    case 'watch':
    case 'log':
    case 'ledger':
      return false;
    case 'mode':
      return request.mode !== undefined;
    case 'tempo':
      return request.tempo !== undefined;
    case 'kill':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'start':
    case 'power-cut':
    case 'link':
    case 'heal':
    case 'down':
      return true;
    default:
      return request satisfies never;
  }
}
