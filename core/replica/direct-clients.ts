import type { Socket } from 'node:net';
import { writeId } from '../protocol/position.ts';
import type { Reply } from '../protocol/requests.ts';
import { parseToReplica, type ToReplica } from '../wire/replica-channel.ts';
import type { RouterConnection } from './server.ts';

/** So many clients may be connected to one replica at once; more are refused. */
export const CLIENTS_MAX = 256;
/** Requests of one client that are not answered yet; beyond it nothing more is read from it until some are. */
export const REQUESTS_MAX = 4_000;
/** Answers that a client has not taken in, in bytes; beyond it nothing more is read from it until it has. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** The id of a client's request begins with this and the client's number: no id of a router's does. */
const MARK = '@';
const END = ':';

/**
 * Serves clients on the replica's own port, past the router: for `lockstep bench`, to tell what the router costs. They
 * speak as the router does, and may write and read, no more. Nobody keeps a ledger of what they write, and they are told
 * no statuses.
 */
export class DirectClients {
  readonly #onRequest: (message: ToReplica) => void;
  readonly #clients = new Map<number, (reply: Reply) => void>();
  #count = 0;

  constructor(onRequest: (message: ToReplica) => void) {
    this.#onRequest = onRequest;
  }

  /** Takes one in, and returns what takes its lines. `way`: back to it. */
  serve(socket: Socket, way: RouterConnection, refuse: (reason: string) => void): (line: string) => void {
    if (this.#clients.size >= CLIENTS_MAX) {
      refuse(`${CLIENTS_MAX} clients are connected to this replica already: close one of them`);
      return () => {};
    }
    this.#count += 1;
    const number = this.#count;
    const begin = `${MARK}${number}${END}`;
    let open = 0;
    let broken = false;
    const throttle = (): void => {
      const isFull = open >= REQUESTS_MAX || socket.writableLength > WAITING_BYTES_MAX;
      if (isFull) socket.pause();
      else if (socket.isPaused()) socket.resume();
    };
    this.#clients.set(number, (reply) => {
      open -= 1;
      way.send({ type: 'reply', reply: withId(reply, reply.id.slice(begin.length)) });
      throttle();
    });
    socket.on('close', () => this.#clients.delete(number));
    socket.on('drain', throttle);
    return (line) => {
      if (broken) return;
      const parsed = parseToReplica(line);
      const message = 'invalid' in parsed ? null : marked(parsed.message, begin);
      if (message === null) {
        broken = true;
        refuse('invalid' in parsed ? parsed.invalid : 'a client may only write and read');
        return;
      }
      open += 1;
      this.#onRequest(message);
      throttle();
    };
  }

  /** Answers the client whose request it was; one that is gone is told nothing. False: it was no client's. */
  answer(reply: Reply): boolean {
    if (!reply.id.startsWith(MARK)) return false;
    const number = Number(reply.id.slice(MARK.length, reply.id.indexOf(END)));
    this.#clients.get(number)?.(reply);
    return true;
  }
}

/** The same request under an id that tells whose it is; null: it is none that a client may make. */
function marked(message: ToReplica, begin: string): ToReplica | null {
  if (message.type === 'read') return { type: 'read', read: { ...message.read, id: begin + message.read.id } };
  if (message.type !== 'write') return null;
  const { id, term, command, mode, session, token } = message.write;
  const write = { id: writeId(begin + id), term, command, mode, session, ...(token ? { token } : {}) };
  return { type: 'write', write };
}

function withId(reply: Reply, id: string): Reply {
  return reply.type === 'write' ? { ...reply, id: writeId(id) } : { ...reply, id };
}
