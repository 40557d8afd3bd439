import type { Socket } from 'node:net';
import { parseToReplica, type ToReplica } from '../wire/replica-channel.ts';
import type { RouterConnection } from './server.ts';

/** So many clients may be connected to one replica at once; more are refused. */
export const CLIENTS_MAX = 256;
/** Requests of one client that are not answered yet; beyond it nothing more is read from it until some are. */
export const REQUESTS_MAX = 4_000;
/** Answers that a client has not taken in, in bytes; beyond it nothing more is read from it until it has. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

interface Events {
  onRouterMessage(message: ToReplica, asker: RouterConnection): void;
}

/**
 * Serves one client on the replica's own port, past the router: for `lockstep bench`, to tell what the router costs. It
 * speaks as the router does, and may write and read, no more. Nobody keeps a ledger of what it writes, and it is told no
 * statuses. Returns what takes its lines.
 */
export function serveClient(
  socket: Socket,
  way: RouterConnection,
  { onRouterMessage }: Events,
  refuse: (reason: string) => void,
): (line: string) => void {
  let open = 0;
  let broken = false;
  const throttle = (): void => {
    const isFull = open >= REQUESTS_MAX || socket.writableLength > WAITING_BYTES_MAX;
    if (isFull) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };
  const client: RouterConnection = {
    send: (message) => {
      open -= 1;
      way.send(message);
      throttle();
    },
  };
  socket.on('drain', throttle);
  return (line) => {
    if (broken) return;
    const parsed = parseToReplica(line);
    if ('invalid' in parsed || (parsed.message.type !== 'write' && parsed.message.type !== 'read')) {
      broken = true;
      refuse('invalid' in parsed ? parsed.invalid : 'a client may only write and read');
      return;
    }
    open += 1;
    onRouterMessage(parsed.message, client);
    throttle();
  };
}
