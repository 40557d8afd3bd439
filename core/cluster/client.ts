import type { ClientRequest, ResultOf, WatchRecord } from '../observe/api.ts';
import type { Cluster, ClusterChange, ClusterReply } from '../observe/cluster.ts';
import type { ClusterEvent } from '../observe/events.ts';
import type { ClusterSnapshot } from '../observe/snapshot.ts';
import { DoorError } from '../wire/door.ts';
import { type ParsedRequest, parseRequest } from '../wire/requests.ts';
import { Secret, SecretError } from '../wire/secret.ts';
import { type OnAnswer, type RouterAddress, RouterConnection } from './client-connection.ts';
import { NoClusterError } from './no-cluster.ts';

export { DoorError, NoClusterError, SecretError };

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** How long the router may take to be reached and to say its first word, in ms. Default 3000. */
  readonly timeoutMs?: number;
  /** Where the cluster's secret stands, without which it cannot be changed. Default null: it is not known. */
  readonly secretFile?: string | null;
  /** Whether the connection is TLS. Default: where the address is not of this machine alone. */
  readonly isTls?: boolean | undefined;
  /** Whether to come back when the connection is lost, again and again until `close`. Default false. */
  readonly reconnect?: boolean;
}

/** The connection went before the answer came: what was asked may be done or not. */
export class ConnectionLostError extends Error {}

/** Reads fields as the router would, so that a bad request is known before it is sent. Undefined fields are not there. */
export function checkRequest(fields: object): ParsedRequest {
  return parseRequest(JSON.stringify(fields));
}

/**
 * A cluster reached over TCP, at its router.
 *
 * 1. A request is answered exactly once: by the router, or by the loss of the connection it went out on. None is sent
 *    again on another connection.
 * 2. At most one connection and one timer are open at a time; after `close` none, so that a process can end by itself.
 * 3. The router is watched on every connection, once anybody has subscribed.
 * 4. A subscriber hears first whether there is a connection, then the latest snapshot if there is one, then the rest.
 * 5. No event is told twice, though the router tells its last ones again on every connection.
 */
export class Client implements Cluster {
  readonly #address: RouterAddress;
  readonly #reconnect: boolean;
  readonly #closing = new AbortController();
  readonly #subscribers = new Set<Subscriber>();
  #connection: RouterConnection | null = null;
  #state: ConnectionChange = { type: 'connection', connected: false, message: 'not connected yet' };
  #latest: ClusterSnapshot | null = null;
  /** Which router was heard last, by the time of its start, and the number of its last event. */
  #heard: { readonly startedAt: number | null; n: number } = { startedAt: null, n: 0 };
  #isWatching = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = RETRY_MS_MIN;

  /**
   * Reaches the router and hears its first word. Rejects with `NoClusterError`, also if it would reconnect; with
   * `SecretError` if the secret cannot be read, and `DoorError` if there is none where it is needed.
   */
  static async connect(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    await client.#open();
    return client;
  }

  private constructor(options: ClientOptions) {
    const { host, port, secretFile = null, isTls, timeoutMs = TIMEOUT_MS, reconnect = false } = options;
    this.#address = { host, port, timeoutMs, secret: secretFile === null ? null : Secret.load(secretFile), isTls };
    this.#reconnect = reconnect;
  }

  /** The secret that was given is not this cluster's: it can be looked at and written to, and not changed. */
  get isSecretWrong(): boolean {
    return this.#connection?.isSecretWrong ?? false;
  }

  /** Rejects with `ConnectionLostError` if the connection is gone before the answer, or is closed. */
  ask<R extends ClientRequest>(request: R): Promise<ResultOf<R>> {
    return new Promise((resolve, reject) => {
      this.#send(request, (answer) => {
        if ('result' in answer) resolve(answer.result as unknown as ResultOf<R>);
        else reject(new ConnectionLostError(lostMessage(answer.lost)));
      });
    });
  }

  request<R extends ClientRequest>(request: R, onReply: (reply: ClusterReply<R>) => void): void {
    this.#send(request, (answer) => {
      if (this.#closing.signal.aborted) return;
      if ('result' in answer) onReply({ type: 'result', result: answer.result as unknown as ResultOf<R> });
      else onReply({ type: 'disconnected', message: lostMessage(answer.lost) });
    });
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    const subscriber: Subscriber = { listener, isGreeted: false };
    this.#subscribers.add(subscriber);
    queueMicrotask(() => this.#greet(subscriber));
    if (!this.#isWatching) {
      this.#isWatching = true;
      this.#watch();
    }
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#retry);
    this.#subscribers.clear();
    this.#connection?.close();
    this.#connection = null;
  }

  #send(request: ClientRequest, onAnswer: OnAnswer): void {
    if (this.#connection !== null) this.#connection.send(request, onAnswer);
    else setImmediate(onAnswer, { lost: this.#closing.signal.aborted ? 'closed' : this.#state.message });
  }

  async #open(): Promise<void> {
    const connection = await RouterConnection.open(this.#address, this.#closing.signal);
    if (this.#closing.signal.aborted) {
      connection.close();
      return;
    }
    connection.handle({ onRecord: (record) => this.#take(record), onLost: (reason) => this.#lose(reason) });
    this.#connection = connection;
    this.#retryMs = RETRY_MS_MIN;
    this.#change({ type: 'connection', connected: true, message: 'connected' });
    if (this.#isWatching) this.#watch();
  }

  #watch(): void {
    this.#connection?.send({ op: 'watch' }, () => {});
  }

  #take(record: WatchRecord): void {
    switch (record.type) {
      case 'snapshot':
        this.#latest = record.snapshot;
        this.#tell({ type: 'snapshot', snapshot: record.snapshot });
        break;
      case 'event':
        if (this.#isNews(record.event)) this.#tell({ type: 'event', event: record.event });
        break;
      default:
        record satisfies never;
    }
  }

  /** As `WatchRecord` says how events are known. */
  #isNews({ n, at }: ClusterEvent): boolean {
    if (n === 1 && at !== this.#heard.startedAt) this.#heard = { startedAt: at, n: 0 };
    if (n <= this.#heard.n) return false;
    this.#heard.n = n;
    return true;
  }

  #lose(reason: string): void {
    this.#connection = null;
    this.#change({ type: 'connection', connected: false, message: reason });
    if (this.#reconnect) this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closing.signal.aborted) return;
    this.#retry = setTimeout(() => {
      this.#open().catch((error: unknown) => {
        if (!(error instanceof NoClusterError)) throw error;
        this.#retryLater();
      });
    }, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
  }

  #change(state: ConnectionChange): void {
    this.#state = state;
    this.#tell(state);
  }

  #tell(change: ClusterChange): void {
    for (const subscriber of [...this.#subscribers]) {
      // One that ends another's subscription, or closes the client, is obeyed at once.
      if (subscriber.isGreeted && this.#subscribers.has(subscriber)) subscriber.listener(change);
    }
  }

  #greet(subscriber: Subscriber): void {
    if (!this.#subscribers.has(subscriber)) return;
    subscriber.isGreeted = true;
    subscriber.listener(this.#state);
    if (this.#latest !== null && this.#subscribers.has(subscriber)) {
      subscriber.listener({ type: 'snapshot', snapshot: this.#latest });
    }
  }
}

interface Subscriber {
  readonly listener: (change: ClusterChange) => void;
  isGreeted: boolean;
}

type ConnectionChange = Extract<ClusterChange, { type: 'connection' }>;

const TIMEOUT_MS = 3000;
/** The pause before the next attempt to reconnect doubles from the first to the second. */
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 2000;

const lostMessage = (reason: string): string => `the connection was lost before the answer: ${reason}`;
