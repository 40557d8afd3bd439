import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { ApiError } from '../../../core/observe/api.ts';

export type FakeRequest = Readonly<Record<string, unknown>> & { readonly op: string };
export type FakeReply = object | { readonly v: 1; readonly error: ApiError };

/**
 * A router made of a function: what it returns is the reply, with the request's id; undefined is none. It answers the
 * `mode` request that opens every connection by itself.
 */
export class FakeRouter {
  readonly asked: FakeRequest[] = [];
  readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.serve(socket));
  private readonly answer: (request: FakeRequest, socket: Socket) => FakeReply | undefined;

  constructor(answer: (request: FakeRequest, socket: Socket) => FakeReply | undefined = () => ({ v: 1, ok: true })) {
    this.answer = answer;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get addr(): string {
    return `127.0.0.1:${this.port}`;
  }

  async listen(port = 0, host = '127.0.0.1'): Promise<this> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
    return this;
  }

  /** To everyone who is connected, in one packet. */
  send(...records: readonly object[]): void {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    for (const socket of this.sockets) socket.write(lines.join(''));
  }

  /** Ends every connection, and goes on listening. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let isGreeted = false;
    let rest = '';
    socket.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) {
        const { id, ...request } = JSON.parse(line) as FakeRequest & { id: number };
        const isGreeting = !isGreeted && request.op === 'mode';
        isGreeted = true;
        if (!isGreeting) this.asked.push(request);
        const reply = isGreeting ? { v: 1, ok: true, mode: 'quorum' } : this.answer(request, socket);
        if (reply !== undefined) socket.write(`${JSON.stringify({ id, ...reply })}\n`);
      }
    });
  }
}

/** A port on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const router = await new FakeRouter().listen();
  const { port } = router;
  await router.close();
  return port;
}
