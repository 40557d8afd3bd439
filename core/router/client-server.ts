import { createServer, type Server, type Socket } from 'node:net';
import type { ClientRequest, ErrorCode, WatchRecord } from '../observe/api.ts';
import { LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { parseRequest } from '../wire/requests.ts';
import { Room } from '../wire/room.ts';
import type { Watcher } from './publisher.ts';

/** So many clients may be connected at once; more are refused. */
const CONNECTIONS_MAX = 256;
/** Requests of one client that are not answered yet; beyond it nothing more is read from it until some are. */
const REQUESTS_MAX = 4_000;
/** Answers that a client has not taken in, in bytes; beyond it nothing more is read from it until it has. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** What all clients together have begun to say and not ended, in bytes. */
const UNFINISHED_BYTES_MAX = 64 * 1024 * 1024;
/** What a client has not taken in when a watch record is due; beyond it the record is left out. */
const WATCH_BYTES_MAX = 1024 * 1024;

export interface Client extends Watcher {
  onClosed(then: () => void): void;
}

export type Handler = (request: ClientRequest, client: Client, reply: (result: object) => void) => void;

/**
 * Serves clients: one JSON object a line in, one back, in any order, matched by `id`. A line that is no JSON object
 * ends the connection, for what follows it may be anything (a browser's request, say); a bad request is only answered.
 */
export function createClientServer(handle: Handler): Server {
  const room = new Room(UNFINISHED_BYTES_MAX);
  let connections = 0;
  return createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
    const connection = new ClientConnection(socket, handle, room);
    if (connections > CONNECTIONS_MAX) {
      connection.refuse('overloaded', `${CONNECTIONS_MAX} clients are connected already: close one of them`);
    } else connection.serve();
  });
}

class ClientConnection implements Client {
  readonly #socket: Socket;
  readonly #handle: Handler;
  readonly #room: Room;
  #open = 0;
  #refused = false;
  #watching = false;
  /** The client has said all it has to say. As a shell's pipe into nc, it still gets its answers. */
  #ended = false;

  constructor(socket: Socket, handle: Handler, room: Room) {
    this.#socket = socket;
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
    this.#socket.destroySoon();
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
    const id = parsed.id === undefined ? {} : { id: parsed.id };
    if (parsed.request === undefined) {
      if (isObject(line)) this.#write({ ...id, v: 1, error: parsed.error });
      else this.refuse('bad-request', parsed.error.message);
    } else {
      this.#open += 1;
      this.#watching ||= parsed.request.op === 'watch';
      this.#handle(parsed.request, this, (result) => {
        this.#open -= 1;
        this.#write({ ...id, ...result });
        this.#throttle();
        this.#endIfDone();
      });
    }
    this.#throttle();
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
    if (this.#ended && this.#open === 0 && !this.#watching) this.#socket.end();
  }
}

/** Whether a refused line at least was meant as one of ours. */
const isObject = (line: string): boolean => line.startsWith('{') && line.endsWith('}');
