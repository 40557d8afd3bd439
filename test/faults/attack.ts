import { createConnection, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { until } from '../process/deadline.ts';

/** Sends `parts`, ends, and takes what comes back until the other side closes; throws if it does not. */
export async function send(addr: string, parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(addr);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  for (const part of parts) socket.write(part);
  socket.end();
  await closed(socket, () => `${addr} keeps open what said ${parts.join('').slice(0, 100)}`);
  return answer;
}

/** Connections that say nothing, or nothing to the end. */
export class Crowd implements Disposable {
  readonly #sockets: readonly Socket[];

  /** Opens `count` connections, each of which says `opening`; resolves when each was taken in or turned away. */
  static async of(addr: string, count: number, opening: string | Buffer = ''): Promise<Crowd> {
    const sockets = Array.from({ length: count }, () => connect(addr));
    const settled = sockets.map(async (socket) => {
      const taken = new Promise((resolve) => socket.write(opening === '' ? Buffer.alloc(0) : opening, resolve));
      await Promise.race([taken, closed(socket, () => `${addr} neither takes nor closes a connection`)]);
    });
    await Promise.all(settled);
    return new Crowd(sockets);
  }

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  /** How many the other side has not closed. */
  get open(): number {
    return this.#sockets.filter((socket) => !socket.destroyed).length;
  }

  /** Says `text` on each of them, a character every `everyMs`, to those that are open. */
  async drip(text: string, everyMs: number): Promise<void> {
    for (const character of text) {
      for (const socket of this.#sockets) if (!socket.destroyed) socket.write(character);
      await pass(everyMs);
    }
  }

  /** Resolves when the other side has closed all of them. */
  async turnedAway(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => closed(socket, () => `${this.open} are still open`)));
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function connect(addr: string): Socket {
  const [host = '', port] = addr.split(':');
  // What is refused while it still speaks ends in a reset; and what is not read would not be seen to end.
  return createConnection({ host, port: Number(port), allowHalfOpen: false })
    .on('error', () => {})
    .resume();
}

function closed(socket: Socket, complain: () => string): Promise<true> {
  return until(
    () => socket.destroyed || undefined,
    (changed) => {
      socket.on('close', changed);
      return () => socket.off('close', changed);
    },
    complain,
  );
}
