import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Bytes there and back: what is sent in one turn goes out as one piece, and what came is kept until it is whole. */
export class Pipe {
  readonly #socket: Socket;
  readonly #take: (bytes: Buffer) => number;
  #outgoing: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);

  /** `take` is given all that came and was not yet taken, and says how many bytes of it were whole answers. */
  static async connect(port: number, take: (bytes: Buffer) => number): Promise<Pipe> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Pipe(socket, take);
  }

  private constructor(socket: Socket, take: (bytes: Buffer) => number) {
    this.#socket = socket;
    this.#take = take;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => {
      throw new Error('the server closed the connection');
    });
  }

  send(bytes: Buffer): void {
    if (this.#outgoing.length === 0) process.nextTick(() => this.#flush());
    this.#outgoing.push(bytes);
  }

  close(): void {
    this.#socket.removeAllListeners('end');
    this.#socket.destroy();
  }

  #flush(): void {
    const [first, ...more] = this.#outgoing;
    if (first !== undefined) this.#socket.write(more.length === 0 ? first : Buffer.concat(this.#outgoing));
    this.#outgoing = [];
  }

  #receive(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = all.subarray(this.#take(all));
  }
}
