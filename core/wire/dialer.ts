import { createConnection, type Socket } from 'node:net';
import { LINE_BYTES_MAX, readLines, writeLine } from './lines.ts';

/** Where a process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface DialerOptions {
  /** The first line on every connection. */
  readonly hello: string;
  /** A lost connection is dialled again after this, in ms. */
  readonly redialMs: number;
  /** While more than this many bytes wait to be taken in by the other side, nothing more is sent. */
  readonly waitingBytesMax: number;
  /** Returns why the line is refused, which ends the connection; null if it is not. */
  readonly onLine: (line: string) => string | null;
  /** A connection that stood is gone. What was sent on it may have arrived or not. */
  readonly onClosed: () => void;
}

/** Keeps a connection to another process of the cluster: dials it, says hello, and dials again when it is lost. */
export class Dialer {
  readonly #options: DialerOptions;
  #redialMs: number;
  #address: Address | null = null;
  #socket: Socket | null = null;
  #redial: NodeJS.Timeout | null = null;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#redialMs = options.redialMs;
  }

  get connected(): boolean {
    return this.#socket !== null && !this.#socket.connecting && !this.#socket.destroyed;
  }

  /** null: there is nobody to dial. */
  setAddress(address: Address | null): void {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return;
    this.#address = address;
    if (this.#redial) clearTimeout(this.#redial);
    this.#redial = null;
    // The close of the old connection is told first, then the new address is dialled.
    if (this.#socket) this.#socket.destroy();
    else this.#dial();
  }

  /** A connection that is lost from now on is dialled again after this, in ms. */
  setRedial(redialMs: number): void {
    this.#redialMs = redialMs;
  }

  /** Returns whether it is on its way: one line or more, without the last newline. */
  send(lines: string): boolean {
    const socket = this.#socket;
    if (!socket || !this.connected || socket.writableLength > this.#options.waitingBytesMax) return false;
    writeLine(socket, lines);
    return true;
  }

  #dial(): void {
    this.#redial = null;
    if (!this.#address) return;
    const { hello, onLine, onClosed } = this.#options;
    const socket = createConnection({ ...this.#address, noDelay: true });
    const dialled = this.#address;
    this.#socket = socket;
    let stood = false;
    socket.on('connect', () => {
      stood = true;
      writeLine(socket, hello);
    });
    const take = (line: string): void => {
      if (onLine(line) !== null) socket.destroy();
    };
    readLines(socket, { bytesMax: LINE_BYTES_MAX }, take, () => {});
    socket.on('close', () => {
      this.#socket = null;
      if (stood) onClosed();
      if (this.#address !== dialled) this.#dial();
      else this.#redial = setTimeout(() => this.#dial(), this.#redialMs);
    });
  }
}
