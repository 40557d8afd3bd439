import type { Socket } from 'node:net';
import type { AuthOp, AuthResult, ClientRequest, WatchRecord } from '../observe/api.ts';
import { answersTls, dialTo, isTls, type TlsTrouble, tlsTrouble } from '../wire/door.ts';
import { type JsonObject, parseObject } from '../wire/json.ts';
import { LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { Caller, CLIENT_PARTIES } from '../wire/proof.ts';
import type { Secret } from '../wire/secret.ts';
import { endWhenSilent } from '../wire/silence.ts';
import { inWords, type NoClusterError, noClusterAt, notUnderstoodAt, RESET } from './no-cluster.ts';

export interface RouterAddress {
  readonly host: string;
  readonly port: number;
  /** How long the router may take to be reached and to say its first word, in ms. */
  readonly timeoutMs: number;
  /** With it the connection may change the cluster; null: there is none. */
  readonly secret: Secret | null;
  /** Default: where the address is not of this machine alone. */
  readonly isTls?: boolean | undefined;
}

export interface ConnectionHandlers {
  /** What a watching connection is sent. */
  readonly onRecord: (record: WatchRecord) => void;
  /** It is gone, though nobody closed it: called once, after all that waited for an answer was told. */
  readonly onLost: (reason: string) => void;
}

/** Gets the reply to a request without its id, or the reason why there will be none. Called once. */
export type OnAnswer = (answer: { readonly result: JsonObject } | { readonly lost: string }) => void;

/**
 * One connection to a router, from its first answer on. Whether a lockstep router is there at all is known only by
 * asking: another server would take the connection too, and never reply.
 */
export class RouterConnection {
  readonly #socket: Socket;
  #handlers: ConnectionHandlers | null = null;
  readonly #waiting = new Map<number, OnAnswer>();
  #lastId = 0;
  #isWatching = false;
  /** The other side has said something. */
  #isHeard = false;
  /** What to say of the end, once it is known: the first reason counts. */
  #reason: string | null = null;
  #isOver = false;
  #trouble: TlsTrouble | null = null;
  #isSecretWrong = false;

  /** Rejects with `NoClusterError`, or `DoorError` where a secret is needed. `signal` gives up at once. */
  static open(address: RouterAddress, signal: AbortSignal): Promise<RouterConnection> {
    return new Promise((resolve, reject) => {
      // First, for without a secret there may be none.
      const connection = new RouterConnection(address);
      const give = (reason: string): void => {
        settle();
        void connection.#whyNot(address, reason, signal).then(reject);
        connection.close();
      };
      const onAbort = (): void => give('closed');
      const timer = setTimeout(() => give(`no answer within ${address.timeoutMs} ms`), address.timeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort);
      connection.send({ op: 'mode' }, (answer) => {
        if ('lost' in answer) {
          give(answer.lost);
        } else if (answer.result.v !== VERSION) {
          give('what answers there is not this version of lockstep');
        } else {
          connection.#prove(address.secret, () => {
            settle();
            resolve(connection);
          });
        }
      });
    });
  }

  private constructor(address: RouterAddress) {
    this.#socket = dialTo(address, address.secret, () => {}, address.isTls);
    readLines(
      this.#socket,
      { bytesMax: LINE_BYTES_MAX },
      (line) => this.#take(line),
      (reason) => this.#end(reason),
    );
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#trouble = tlsTrouble(error);
      this.#end(inWords(error));
    });
    this.#socket.on('close', () => this.#end(CLOSED));
    this.#socket.setTimeout(SILENT_MS_MAX, () => {
      if (this.#waiting.size > 0) this.#end(`no answer for ${SILENT_MS_MAX / 1000} s`);
    });
  }

  /** The router did not prove that it has the secret: it was told nothing, and lets nothing be changed. */
  get isSecretWrong(): boolean {
    return this.#isSecretWrong;
  }

  /** From now on; if it is gone already, `onLost` follows. */
  handle(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#isOver) setImmediate(handlers.onLost, this.#reason ?? 'closed');
  }

  /** Never calls back from within. */
  send(request: ClientRequest | AuthOp, onAnswer: OnAnswer): void {
    if (this.#isOver || this.#waiting.size >= WAITING_MAX) {
      const lost = this.#isOver ? (this.#reason ?? 'closed') : `${WAITING_MAX} requests are waiting already`;
      setImmediate(onAnswer, { lost });
      return;
    }
    if (request.op === 'watch' && !this.#isWatching) this.#watch();
    this.#lastId++;
    this.#waiting.set(this.#lastId, onAnswer);
    const line = JSON.stringify({ id: this.#lastId, ...request });
    writeLine(this.#socket, line);
  }

  close(): void {
    this.#handlers = null;
    this.#isOver = true;
    this.#socket.destroy();
    this.#failWaiting('closed');
  }

  /** What is at the address, and what to do. One who expects TLS closes the door at the first word in plain, in silence. */
  async #whyNot(address: RouterAddress, reason: string, signal: AbortSignal): Promise<NoClusterError> {
    if (this.#trouble !== null) return notUnderstoodAt(address, this.#trouble);
    const isClosed = reason === CLOSED || reason === RESET;
    const mayBeTls = isClosed && !this.#isHeard && !isTls(this.#socket) && !signal.aborted;
    if (mayBeTls && (await answersTls(address))) return notUnderstoodAt(address, 'tls-expected');
    return noClusterAt(address, reason);
  }

  /**
   * Shows that it has the secret, if there is one, and calls back once that is over, however it ends: without it the
   * router refuses what changes the cluster, and says why. A router that does not have the secret is not told the proof.
   */
  #prove(secret: Secret | null, then: () => void): void {
    if (!secret) return then();
    const caller = new Caller(secret);
    this.send({ op: 'auth', nonce: caller.nonce }, (answer) => {
      if ('lost' in answer) return then();
      const { cluster, nonce, proof } = answer.result as Partial<Challenge>;
      const own = caller.answer({ cluster: `${cluster}`, ...CLIENT_PARTIES }, nonce, proof);
      this.#isSecretWrong = own === null;
      if (own === null) then();
      else this.send({ op: 'auth', proof: own }, then);
    });
  }

  /** From elsewhere the router says all the time that it is there. */
  #watch(): void {
    this.#isWatching = true;
    if (isTls(this.#socket)) endWhenSilent(this.#socket);
  }

  #take(line: string): void {
    this.#isHeard = true;
    const parsed = parseObject(line);
    if ('error' in parsed) {
      this.#end('what answers there does not speak lockstep');
      return;
    }
    const { id, ...message } = parsed.object;
    if (id === undefined) {
      this.#takeUnasked(message);
      return;
    }
    const onAnswer = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (onAnswer === undefined) return;
    this.#waiting.delete(id as number);
    onAnswer({ result: message });
  }

  /** A record of what is watched, or why the router is about to close. Unknown kinds are ignored: they may be new. */
  #takeUnasked(message: JsonObject): void {
    if (message.type === 'snapshot' || message.type === 'event') {
      this.#handlers?.onRecord(message as unknown as WatchRecord);
      return;
    }
    const error = message.error as { message?: unknown } | undefined;
    if (typeof error?.message === 'string') this.#reason ??= error.message;
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason ??= reason;
    this.#socket.destroy();
    this.#failWaiting(this.#reason);
    this.#handlers?.onLost(this.#reason);
  }

  #failWaiting(lost: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const onAnswer of waiting) onAnswer({ lost });
  }
}

type Challenge = Extract<AuthResult, { readonly ok: true }>;

const VERSION = 1;
const CLOSED = 'the connection was closed';
/** Requests on one connection that may wait for their answers. */
export const WAITING_MAX = 10_000;
/** The longest a request may take is a read that waits for a minute. */
const SILENT_MS_MAX = 90_000;
