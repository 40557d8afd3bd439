import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Json } from '../process/lockstep.ts';

/**
 * A connection to a router as any program may have one: a JSON object a line each way, matched by `id`. Knows nothing
 * of the project's own client.
 */
export class Connection {
  readonly #addr: string;
  readonly #waiting = new Map<number, (answer: Json | null) => void>();
  #socket: Socket | null = null;
  #lastId = 0;

  /** @param addr host:port of the router. */
  constructor(addr: string) {
    this.#addr = addr;
  }

  /** The answer; null if the connection ended before there was one. It is made anew for the next request. */
  ask(request: Json): Promise<Json | null> {
    this.#socket ??= this.#connect();
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket.write(`${JSON.stringify({ id, ...request })}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const [host = '', port] = this.#addr.split(':');
    const socket = createConnection({ host, port: Number(port), noDelay: true });
    const lines = createInterface({ input: socket });
    lines.on('error', () => {});
    lines.on('line', (line) => {
      const answer = JSON.parse(line) as Json;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const end of waiting) end(null);
    });
    return socket;
  }
}
