import type { Socket } from 'node:net';
import type { PeerMessage } from '../protocol/messages.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Reply } from '../protocol/requests.ts';
import type { Address } from '../wire/dialer.ts';
import { isTls, listenAt } from '../wire/door.ts';
import { type BoundPort, HELLO_BYTES_MAX, HELLO_DEADLINE_MS, ListenerHandshake } from '../wire/hello.ts';
import { endAfterLines, LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { PeerDecoder } from '../wire/peers.ts';
import { encodeFromReplica, type FromReplica, parseToReplica, type ToReplica } from '../wire/replica-channel.ts';
import type { Secret } from '../wire/secret.ts';
import { sayAlive } from '../wire/silence.ts';
import { Acknowledgements, acknowledgementIn } from './acknowledgements.ts';
import { DirectClients } from './direct-clients.ts';

/** More connections than this are closed as they come; those of peers and of the router that stand keep theirs. */
const CONNECTIONS_MAX = 320;
/** More than this that have not proved who they are: the one that has taken the longest makes room. */
export const UNPROVED_MAX = 32;
/** While a router has this many bytes to take in, what was read for it waits unencoded, and statuses are left out. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;

export interface ServerOptions {
  readonly cluster: string;
  readonly secret: Secret;
  /** Peers are told all the time that this replica is there. Default false. */
  readonly saysAlive?: boolean;
  readonly id: ReplicaId;
  readonly members: readonly ReplicaId[];
  onPeerMessage(from: ReplicaId, message: PeerMessage): void;
  onPeerClosed(from: ReplicaId): void;
  onRouter(router: RouterConnection): void;
  /** Answered by `answer`; what is asked of the log, by `tellRouter`. */
  onRequest(message: ToReplica): void;
}

/** The way back to a router. What is sent on a closed one goes nowhere. */
export interface RouterConnection {
  send(message: FromReplica): void;
}

/**
 * Takes in connections of peers and routers. They begin with a handshake, in which each side proves that it has the
 * cluster's secret; whoever does not is told why in one line, and closed.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #unproved = new Set<Socket>();
  readonly #peers = new Map<ReplicaId, Socket>();
  readonly #clients: DirectClients;
  #router: { readonly socket: Socket; readonly connection: RouterConnection } | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clients = new DirectClients(options.onRequest);
  }

  /** Calls back with the port it listens on, or with why it cannot: the port is taken, say. `port` 0: any that is free. */
  listen(address: Address, onListening: (port: number) => void, onError: (error: Error) => void): void {
    const options = { secret: this.#options.secret, connectionsMax: CONNECTIONS_MAX };
    const server = listenAt(address, options, (socket) => this.#greet(socket));
    server.once('error', onError);
    server.on('listening', () => {
      server.off('error', onError);
      const taken = server.address();
      if (taken && typeof taken === 'object') onListening(taken.port);
    });
  }

  /** To whoever asked; to the router that is connected now, if that was one: no other knows the id. */
  answer(reply: Reply): void {
    if (!this.#clients.answer(reply)) this.tellRouter({ type: 'reply', reply });
  }

  /** To the router, if there is one. */
  tellRouter(message: FromReplica): void {
    this.#router?.connection.send(message);
  }

  #greet(socket: Socket): void {
    const { secret, cluster, id, members } = this.#options;
    const deadline = setTimeout(() => socket.destroy(), HELLO_DEADLINE_MS);
    const proved = (): void => {
      clearTimeout(deadline);
      this.#unproved.delete(socket);
    };
    socket.on('close', proved);
    this.#unproved.add(socket);
    if (this.#unproved.size > UNPROVED_MAX) this.#makeRoom();
    const limits = { bytesMax: HELLO_BYTES_MAX };
    const handshake = new ListenerHandshake(secret, cluster, id, members, portOf(socket));
    const refuse = (reason: string): void => {
      writeLine(socket, JSON.stringify({ type: 'refused', reason }));
      endAfterLines(socket, 'soon');
    };
    let take = (line: string): void => {
      const step = handshake.take(line);
      if ('send' in step) {
        writeLine(socket, step.send);
      } else if ('refused' in step) {
        take = () => {};
        refuse(step.refused);
      } else {
        proved();
        limits.bytesMax = LINE_BYTES_MAX;
        const { from } = step.hello;
        take =
          from === 'router'
            ? this.#takeRouter(socket, refuse)
            : from === 'client'
              ? this.#clients.serve(socket, connectionTo(socket), refuse)
              : this.#takePeer(socket, from, refuse);
      }
    };
    readLines(socket, limits, (line) => take(line), refuse);
  }

  #makeRoom(): void {
    const [longest] = this.#unproved;
    if (!longest) return;
    this.#unproved.delete(longest);
    longest.destroy();
  }

  #takePeer(socket: Socket, from: ReplicaId, refuse: (reason: string) => void): (line: string) => void {
    if (this.#options.saysAlive) sayAlive(socket);
    const before = this.#peers.get(from);
    this.#peers.set(from, socket);
    if (before) {
      before.destroy();
      this.#options.onPeerClosed(from);
    }
    socket.on('close', () => {
      if (this.#peers.get(from) !== socket) return;
      this.#peers.delete(from);
      this.#options.onPeerClosed(from);
    });
    const decoder = new PeerDecoder();
    let broken = false;
    return (line) => {
      if (broken || this.#peers.get(from) !== socket) return;
      const taken = decoder.take(line);
      if ('invalid' in taken) {
        broken = true;
        refuse(taken.invalid);
      } else if (taken.message) this.#options.onPeerMessage(from, taken.message);
    };
  }

  #takeRouter(socket: Socket, refuse: (reason: string) => void): (line: string) => void {
    // There is one router. The one before is gone, or will be: what it asked and was not read yet is not done.
    this.#router?.socket.destroy();
    const router = connectionTo(socket);
    this.#router = { socket, connection: router };
    socket.on('close', () => {
      if (this.#router?.socket === socket) this.#router = null;
    });
    this.#options.onRouter(router);
    let broken = false;
    return (line) => {
      if (broken) return;
      const parsed = parseToReplica(line);
      if ('invalid' in parsed) {
        broken = true;
        refuse(parsed.invalid);
      } else this.#options.onRequest(parsed.message);
    };
  }
}

/** Where it was reached: on a plain connection a proof is for that port alone. */
function portOf(socket: Socket): BoundPort {
  return isTls(socket) || socket.localPort === undefined ? {} : { port: socket.localPort };
}

/** Values may be large, and be asked for faster than they are taken in. Answers to writes are small, and never wait. */
function connectionTo(socket: Socket): RouterConnection {
  const waiting: FromReplica[] = [];
  const isFull = (): boolean => socket.writableLength > WAITING_BYTES_MAX;
  const acknowledgements = new Acknowledgements((message) => writeLine(socket, encodeFromReplica(message)));
  socket.on('drain', () => {
    while (waiting.length > 0 && !isFull()) writeLine(socket, encodeFromReplica(waiting.shift() as FromReplica));
  });
  return {
    send: (message) => {
      const acknowledged = acknowledgementIn(message);
      if (acknowledged) return acknowledgements.add(acknowledged);
      acknowledgements.flush();
      const isLarge = message.type === 'log' || (message.type === 'reply' && message.reply.type === 'read');
      if (!isFull() && !(isLarge && waiting.length > 0)) writeLine(socket, encodeFromReplica(message));
      else if (isLarge) waiting.push(message);
      else if (message.type !== 'status') writeLine(socket, encodeFromReplica(message));
    },
  };
}
