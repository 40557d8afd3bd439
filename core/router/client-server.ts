import type { Server, Socket } from 'node:net';
import type { ClientRequest, WatchRecord } from '../observe/api.ts';
import type { ErrorCode } from '../observe/error-code.ts';
import { encodeAnswer } from '../wire/client-lines.ts';
import { isTls, listenAt } from '../wire/door.ts';
import { endAfterLines, LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { parseRequest, type RequestId } from '../wire/requests.ts';
import { Room } from '../wire/room.ts';
import type { Secret } from '../wire/secret.ts';
import { sayAlive } from '../wire/silence.ts';
import { ClientTrust } from './client-trust.ts';
import type { Watcher } from './publisher.ts';

/** So many clients may be connected at once; more are refused. */
export const CONNECTIONS_MAX = 256;
/** Of those refused so many may be on their way out; more are closed as they come. */
const REFUSED_MAX = 64;
/** Requests of one client that are not answered yet; beyond it nothing more is read from it until some are. */
export const REQUESTS_MAX = 4_000;
/** Answers that a client has not taken in, in bytes; beyond it nothing more is read from it until it has. */
export const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** What all clients together have begun to say and not ended, in bytes. */
const UNFINISHED_BYTES_MAX = 64 * 1024 * 1024;
/** What a client has not taken in when a watch record is due; beyond it the record is left out. */
export const WATCH_BYTES_MAX = 1024 * 1024;

export interface Client extends Watcher {
  onClosed(then: () => void): void;
}

export interface Door {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly cluster: string;
  /** Those who have it may change the cluster; all may read and write. */
  readonly secret: Secret;
}

export type Handler = (request: ClientRequest, client: Client, reply: (result: object) => void) => void;

/**
 * Listens, and serves clients: one JSON object a line in, one back, in any order, matched by `id`. A line that is no
 * JSON object ends the connection, for what follows it may be anything (a browser's request, say); a bad request is only
 * answered.
 */
export function serveClients({ host, port, cluster, secret }: Door, handle: Handler): Server {
  const room = new Room(UNFINISHED_BYTES_MAX);
  let connections = 0;
  const options = { secret, connectionsMax: CONNECTIONS_MAX + REFUSED_MAX, allowHalfOpen: true };
  return listenAt({ host, port }, options, (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
    const trust = new ClientTrust(secret, cluster, isTls(socket));
    const connection = new ClientConnection(socket, trust, handle, room);
    if (connections > CONNECTIONS_MAX) {
      connection.refuse('overloaded', `${CONNECTIONS_MAX} clients are connected already: close one of them`);
    } else connection.serve();
  });
}

class ClientConnection implements Client {
  readonly #socket: Socket;
  readonly #trust: ClientTrust;
  readonly #handle: Handler;
  readonly #room: Room;
  #open = 0;
  #refused = false;
  #watching = false;
  /** The client has said all it has to say. As a shell's pipe into nc, it still gets its answers. */
  #ended = false;

  constructor(socket: Socket, trust: ClientTrust, handle: Handler, room: Room) {
    this.#socket = socket;
    this.#trust = trust;
    this.#room = room;
    this.#handle = handle;
    socket.on('error', () => {});
  }

  serve(): void {
    this.#socket.on('drain', () => this.#throttle());
    this.#socket.on('end', () => {
      this.#ended = true;
      this.#endIfDone();
    });
    readLines(
      this.#socket,
      { bytesMax: LINE_BYTES_MAX, room: this.#room },
      (line) => this.#take(line),
      (reason) => this.refuse('bad-request', reason),
    );
  }

  /** Says why, and closes the connection. */
  refuse(code: ErrorCode, message: string): void {
    this.#refused = true;
    this.#write({ v: 1, error: { code, message } });
    endAfterLines(this.#socket, 'soon');
  }

  send(record: WatchRecord): boolean {
    if (this.#socket.writableLength > WATCH_BYTES_MAX) return false;
    this.#write(record);
    return true;
  }

  onClosed(then: () => void): void {
    this.#socket.on('close', then);
  }

  #take(line: string): void {
    if (this.#refused) return;
    const parsed = parseRequest(line);
    const { id, request } = parsed;
    if (request === undefined) {
      if (isObject(line)) this.#answer(id, { v: 1, error: parsed.error });
      else this.refuse('bad-request', parsed.error.message);
    } else if (request.op === 'auth') {
      this.#answer(id, this.#trust.authenticate(request));
    } else this.#obey(request, id);
    this.#throttle();
  }

  #obey(request: ClientRequest, id: RequestId | undefined): void {
    const hindrance = this.#trust.hindrance(request);
    if (hindrance) {
      this.#answer(id, { v: 1, ok: false, error: hindrance });
      return;
    }
    this.#open += 1;
    if (request.op === 'watch') this.#watch();
    this.#handle(request, this, (result) => {
      this.#open -= 1;
      this.#answer(id, result);
      this.#throttle();
      this.#endIfDone();
    });
  }

  /** Who is elsewhere is told all the time that the router is there: on a cluster at rest nothing else would be said. */
  #watch(): void {
    if (!this.#watching && isTls(this.#socket)) sayAlive(this.#socket);
    this.#watching = true;
  }

  #answer(id: RequestId | undefined, result: object): void {
    writeLine(this.#socket, encodeAnswer(id, result));
  }

  #write(message: object): void {
    writeLine(this.#socket, JSON.stringify(message));
  }

  #throttle(): void {
    const isFull = this.#open >= REQUESTS_MAX || this.#socket.writableLength > WAITING_BYTES_MAX;
    if (isFull) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #endIfDone(): void {
    if (this.#ended && this.#open === 0 && !this.#watching) endAfterLines(this.#socket, 'politely');
  }
}

/** Whether a refused line at least was meant as one of ours. */
const isObject = (line: string): boolean => line.startsWith('{') && line.endsWith('}');
