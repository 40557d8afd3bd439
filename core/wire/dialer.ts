import type { Socket } from 'node:net';
import { dialTo, isTls, tlsTrouble } from './door.ts';
import { DialerHandshake, HELLO_BYTES_MAX, HELLO_DEADLINE_MS, type Hello } from './hello.ts';
import { LINE_BYTES_MAX, readLines, writeLine } from './lines.ts';
import type { Secret } from './secret.ts';
import { endWhenSilent } from './silence.ts';

/** Where a process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface DialerOptions {
  /** What both sides prove on every connection, before anything else is said. */
  readonly secret: Secret;
  readonly hello: Hello;
  /** The other side says something all the time: a connection on which nothing comes is lost. Default false. */
  readonly endsWhenSilent?: boolean;
  /** A lost connection is dialled again after this, in ms. */
  readonly redialMs: number;
  /** While more than this many bytes wait to be taken in by the other side, nothing more is sent. */
  readonly waitingBytesMax: number;
  /** Returns why the line is refused, which ends the connection; null if it is not. */
  readonly onLine: (line: string) => string | null;
  /** A connection that stood is gone. What was sent on it may have arrived or not. */
  readonly onClosed: () => void;
  /** There is somebody, and no connection with it: it has another secret, say. Told again only when the reason changes. */
  readonly onRefused: (reason: string) => void;
}

/** Keeps a connection to another process of the cluster: dials it, shakes hands, and dials again when it is lost. */
export class Dialer {
  readonly #options: DialerOptions;
  #redialMs: number;
  #address: Address | null = null;
  #socket: Socket | null = null;
  /** The handshake is done on it. */
  #isOpen = false;
  #redial: NodeJS.Timeout | null = null;
  /** Why there was no connection the last time. */
  #refusal: string | null = null;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#redialMs = options.redialMs;
  }

  get connected(): boolean {
    return this.#isOpen && this.#socket?.destroyed === false;
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
    const dialled = this.#address;
    if (!dialled) return;
    const { secret, hello, endsWhenSilent, onClosed } = this.#options;
    const socket = dialTo(dialled, secret, () => writeLine(socket, handshake.hello));
    const handshake = new DialerHandshake(secret, hello, isTls(socket) ? {} : { port: dialled.port });
    socket.on('error', (error) => {
      if (!this.#isOpen && tlsTrouble(error) !== null)
        this.#refuse(socket, `what answers as ${hello.to} has another secret, or does not speak TLS`);
    });
    const deadline = setTimeout(() => socket.destroy(), HELLO_DEADLINE_MS);
    const limits = { bytesMax: HELLO_BYTES_MAX };
    this.#socket = socket;
    readLines(
      socket,
      limits,
      (line) => {
        if (this.#isOpen) return this.#take(socket, line);
        const step = handshake.take(line);
        if ('refused' in step) return this.#refuse(socket, step.refused);
        clearTimeout(deadline);
        limits.bytesMax = LINE_BYTES_MAX;
        this.#isOpen = true;
        this.#refusal = null;
        if (endsWhenSilent) endWhenSilent(socket);
        writeLine(socket, step.send);
      },
      () => {},
    );
    socket.on('close', () => {
      clearTimeout(deadline);
      const stood = this.#isOpen;
      this.#socket = null;
      this.#isOpen = false;
      if (stood) onClosed();
      if (this.#address !== dialled) this.#dial();
      else this.#redial = setTimeout(() => this.#dial(), this.#redialMs);
    });
  }

  #take(socket: Socket, line: string): void {
    if (this.#options.onLine(line) !== null) socket.destroy();
  }

  #refuse(socket: Socket, reason: string): void {
    socket.destroy();
    if (reason === this.#refusal) return;
    this.#refusal = reason;
    this.#options.onRefused(reason);
  }
}
