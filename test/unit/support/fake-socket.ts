import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** A connection of which only what comes in matters. */
export class FakeSocket extends EventEmitter {
  destroyed = false;
  readonly writableLength = 0;

  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  receive(packet: Buffer): void {
    if (!this.destroyed) this.emit('data', packet);
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}
