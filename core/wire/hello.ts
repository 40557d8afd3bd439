import type { ReplicaId } from '../protocol/position.ts';
import { BadField, shown, textField, wordOrReplicaField } from './fields.ts';
import { type JsonObject, parseObject } from './json.ts';
import { Caller, Doorkeeper, isNonce, type Parties, PROTOCOL_VERSION } from './proof.ts';
import type { Secret } from './secret.ts';

/** The handshake is over within this, in ms, on both sides. */
export const HELLO_DEADLINE_MS = 2000;
/** No line of it is longer than this, in bytes: nothing is known yet of who sends it. */
export const HELLO_BYTES_MAX = 1024;

/** Who dials, and whom it takes the other for. */
export interface Hello {
  readonly cluster: string;
  /** `client`: somebody who writes and reads at this replica itself, past the router. Only the benchmark does. */
  readonly from: ReplicaId | 'router' | 'client';
  readonly to: ReplicaId;
  /** Of the cluster, as who dials knows it. Those who count majorities differently must not count together. */
  readonly members?: readonly ReplicaId[];
}

/** The port of a plain connection, which its proofs cover; none on TLS. */
export type BoundPort = Pick<Parties, 'port'>;

/**
 * The handshake of every connection between processes of a cluster, as the side that dials sees it: `hello` goes out
 * first, one line comes back, and what that is answered with goes out before all else.
 */
export class DialerHandshake {
  readonly hello: string;
  readonly #hello: Hello;
  readonly #port: BoundPort;
  readonly #caller: Caller;

  /** @param port as it was dialled. */
  constructor(secret: Secret, hello: Hello, port: BoundPort) {
    this.#port = port;
    this.#caller = new Caller(secret);
    this.#hello = hello;
    this.hello = JSON.stringify({ type: 'hello', v: PROTOCOL_VERSION, ...hello, nonce: this.#caller.nonce });
  }

  /** The last line to send, or why there will be no connection. */
  take(line: string): { readonly send: string } | { readonly refused: string } {
    return orRefused(line, (object) => {
      if (object.type === 'refused') return { refused: `${this.#hello.to} refuses: ${JSON.stringify(object.reason)}` };
      expectType(object, 'challenge');
      const proof = this.#caller.answer({ ...this.#hello, ...this.#port }, object.nonce, object.proof);
      if (proof === null) return { refused: `what answers as ${this.#hello.to} has another secret` };
      return { send: JSON.stringify({ type: 'proof', proof }) };
    });
  }
}

/** The same, as replica `self` of `cluster` sees it, whom anybody may dial. */
export class ListenerHandshake {
  readonly #secret: Secret;
  readonly #cluster: string;
  readonly #self: ReplicaId;
  readonly #members: readonly ReplicaId[];
  readonly #port: BoundPort;
  #begun: { readonly hello: Hello; readonly keeper: Doorkeeper } | null = null;

  /** @param port as it was reached. */
  constructor(secret: Secret, cluster: string, self: ReplicaId, members: readonly ReplicaId[], port: BoundPort) {
    this.#secret = secret;
    this.#cluster = cluster;
    this.#self = self;
    this.#members = members;
    this.#port = port;
  }

  /** A line to send, after which another one comes; who it is, proved; or why it is refused. */
  take(line: string): { readonly send: string } | { readonly hello: Hello } | { readonly refused: string } {
    return orRefused(line, (object) => {
      if (this.#begun === null) return { send: this.#challenge(object) };
      expectType(object, 'proof');
      const { hello, keeper } = this.#begun;
      return keeper.admits(object.proof) ? { hello } : { refused: 'the proof is wrong: is it the same secret?' };
    });
  }

  #challenge(object: JsonObject): string {
    const hello = helloOf(object);
    const { cluster, from, to } = hello;
    if (cluster !== this.#cluster) {
      throw new BadField(`this is a replica of cluster ${this.#cluster}, not ${cluster}`);
    }
    if (to !== this.#self) throw new BadField(`this is ${this.#self}, not ${to}`);
    if (from !== 'router' && from !== 'client' && (from === this.#self || !this.#members.includes(from))) {
      throw new BadField(`${from} is no peer of ${this.#self}`);
    }
    const [ours, theirs] = [this.#members, hello.members ?? this.#members].map((ids) => ids.join(', '));
    if (theirs !== ours) throw new BadField(`this is a cluster of ${ours}, not of ${theirs}`);
    const { nonce } = object;
    if (!isNonce(nonce)) throw new BadField('nonce must be 64 digits of hex');
    const keeper = new Doorkeeper(this.#secret, { ...hello, ...this.#port }, nonce);
    this.#begun = { hello, keeper };
    return JSON.stringify({ type: 'challenge', v: PROTOCOL_VERSION, nonce: keeper.nonce, proof: keeper.proof });
  }
}

function orRefused<Step>(
  line: string,
  step: (object: JsonObject) => Step | { readonly refused: string },
): Step | { readonly refused: string } {
  const parsed = parseObject(line);
  if ('error' in parsed) return { refused: parsed.error };
  try {
    return step(parsed.object);
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    return { refused: error.message };
  }
}

function helloOf(object: JsonObject): Hello {
  expectType(object, 'hello');
  if (object.v !== PROTOCOL_VERSION) {
    throw new BadField(`version ${shown(object.v)} is not spoken here, only ${PROTOCOL_VERSION}`);
  }
  const from = wordOrReplicaField(object, 'from', ['router', 'client']);
  const to = wordOrReplicaField(object, 'to', []);
  return {
    cluster: textField(object, 'cluster', 128),
    from,
    to,
    ...(object.members !== undefined && { members: membersOf(object.members) }),
  };
}

function membersOf(value: unknown): readonly ReplicaId[] {
  const isList = Array.isArray(value) && value.every((id) => typeof id === 'string' && /^n[1-9]$/.test(id));
  if (!isList) throw new BadField(`members must be a list of replicas, not ${shown(value)}`);
  return value as ReplicaId[];
}

function expectType({ type }: JsonObject, expected: 'hello' | 'challenge' | 'proof'): void {
  if (type !== expected) throw new BadField(`a ${expected} must come here, not ${shown(type)}`);
}
