import { createServer, type Server, type Socket } from 'node:net';
import type { ClientRequest } from '../observe/api.ts';
import { LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { parseRequest } from '../wire/requests.ts';
import type { Watcher } from './publisher.ts';

/** So many clients may be connected at once; more are refused. */
const CONNECTIONS_MAX = 256;
/** Requests of one client that are not answered yet; beyond it nothing more is read from it until some are. */
const REQUESTS_MAX = 20_000;
/** Answers that a client has not taken in, in bytes; beyond it nothing more is read from it until it has. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
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
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => serve(socket, handle));
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function serve(socket: Socket, handle: Handler): void {
  let open = 0;
  let refused = false;
  let watching = false;
  // Who has said all it has to say, as a shell's pipe into nc, still gets its answers.
  let ended = false;
  const endIfDone = (): void => {
    if (ended && open === 0 && !watching) socket.end();
  };
  socket.on('end', () => {
    ended = true;
    endIfDone();
  });
  const throttle = (): void => {
    const full = open >= REQUESTS_MAX || socket.writableLength > WAITING_BYTES_MAX;
    if (full) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  socket.on('drain', throttle);
  const client: Client = {
    send: (record) => {
      if (socket.writableLength > WATCH_BYTES_MAX) return false;
      writeLine(socket, JSON.stringify(record));
      return true;
    },
    onClosed: (then) => socket.on('close', then),
  };
  const refuse = (message: string): void => {
    refused = true;
    writeLine(socket, JSON.stringify({ v: 1, error: { code: 'bad-request', message } }));
    socket.destroySoon();
  };
  const take = (line: string): void => {
    if (refused) return;
    const parsed = parseRequest(line);
    const id = parsed.id === undefined ? {} : { id: parsed.id };
    if (parsed.request === undefined) {
      if (!isObject(line)) return refuse(parsed.error.message);
      writeLine(socket, JSON.stringify({ ...id, v: 1, error: parsed.error }));
      return throttle();
    }
    open += 1;
    watching ||= parsed.request.op === 'watch';
    handle(parsed.request, client, (result) => {
      open -= 1;
      writeLine(socket, JSON.stringify({ ...id, ...result }));
      throttle();
      endIfDone();
    });
    throttle();
  };
  readLines(socket, { bytesMax: LINE_BYTES_MAX }, take, refuse);
}

/** Whether a refused line at least was meant as one of ours. */
const isObject = (line: string): boolean => line.startsWith('{') && line.endsWith('}');
