/**
 * What several connections may hold at once, in bytes, of lines that have begun and not ended. Each may hold a long one,
 * and all of them together not as many: whoever has held its own for the longest gives way. A line that is on its way
 * is there in a moment; one that is not may be meant to stay.
 */
export class Room {
  readonly #bytesMax: number;
  #bytes = 0;
  /** By holder, the oldest first. */
  readonly #held = new Map<object, Held>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `holder` has so many bytes by now. `giveWay` is called, at once or later, if it must let go of them. */
  hold(holder: object, bytes: number, giveWay: () => void): void {
    const held = this.#held.get(holder);
    if (held) {
      this.#bytes += bytes - held.bytes;
      held.bytes = bytes;
    } else {
      this.#held.set(holder, { bytes, giveWay });
      this.#bytes += bytes;
    }
    while (this.#bytes > this.#bytesMax) {
      const [oldest] = this.#held;
      if (!oldest) throw new Error(`${this.#bytes} bytes are held by nobody`);
      this.release(oldest[0]);
      oldest[1].giveWay();
    }
  }

  /** It holds nothing any more. */
  release(holder: object): void {
    this.#bytes -= this.#held.get(holder)?.bytes ?? 0;
    this.#held.delete(holder);
  }
}

interface Held {
  bytes: number;
  readonly giveWay: () => void;
}
