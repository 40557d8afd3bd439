import type { Draw } from './draw.ts';

/**
 * One file of a simulated disk: as processes see it, as the disk has it, and which pages of the two differ and are known
 * to. As long as it is only appended to and fsynced it is kept as text, for that is all that happens to most files.
 */
export class DiskFile {
  readonly #pageBytes: number;
  /** What processes read, but for `#appended`. The same array as `#stored` while the two are the same. */
  #cache: Uint8Array;
  #stored: Uint8Array;
  readonly #dirty = new Set<number>();
  /** Appended since, while nothing else differed: the first `#synced` of them are on the disk. */
  #appended: string[] = [];
  #synced = 0;

  constructor(pageBytes: number, bytes: Uint8Array = new Uint8Array()) {
    this.#pageBytes = pageBytes;
    this.#cache = bytes;
    this.#stored = bytes;
  }

  /** As processes see it. */
  read(): Uint8Array {
    this.#settle();
    return this.#cache.slice();
  }

  /** As the disk has it: what the worst crash would leave. */
  stored(): Uint8Array {
    this.#settle();
    return this.#stored;
  }

  append(text: string): void {
    if (this.#isSame()) this.#appended.push(text);
    else this.write(this.#cache.length, encoder.encode(text));
  }

  write(at: number, bytes: Uint8Array): void {
    this.#settle();
    this.#part();
    if (at + bytes.length > this.#cache.length) this.#cache = resized(this.#cache, at + bytes.length);
    this.#cache.set(bytes, at);
    for (let page = this.#pageOf(at); page <= this.#pageOf(at + bytes.length - 1); page++) this.#dirty.add(page);
  }

  truncate(size: number): void {
    this.#settle();
    this.#part();
    this.#cache = resized(this.#cache, size);
    for (const page of this.#dirty) if (page * this.#pageBytes >= size) this.#dirty.delete(page);
  }

  /** All that was written is on the disk from now on. What an fsync that failed has lost is not written any more. */
  sync(): void {
    if (this.#isSame()) {
      this.#synced = this.#appended.length;
      return;
    }
    this.#stored = resized(this.#stored, this.#cache.length);
    for (const page of this.#dirty) this.#keep(page);
    this.#dirty.clear();
    if (isEqual(this.#stored, this.#cache)) this.#stored = this.#cache;
  }

  /** An fsync failed. Some pages were written; the kernel takes all of them for clean from now on (ATC'20). */
  failSync(draw: Draw): void {
    this.#settle();
    this.#part();
    this.#stored = resized(this.#stored, Math.max(this.#stored.length, draw.chance(0.5) ? this.#cache.length : 0));
    for (const page of this.#dirty) if (draw.chance(0.3)) this.#keep(page);
    this.#dirty.clear();
  }

  /**
   * The power goes. Of what was not fsynced any page may be on the disk, in any order, and so may the new size; a page
   * that was just being written may hold something else.
   */
  crash(draw: Draw): void {
    this.#settle();
    if (this.#stored === this.#cache) return;
    const durable = this.#stored.length;
    const isKept = [0, 0.5, 0.9, 1][draw.below(4)] as number;
    if (this.#cache.length !== durable && draw.chance(isKept)) this.#stored = resized(this.#stored, this.#cache.length);
    for (const page of this.#dirty) {
      if (!draw.chance(isKept)) continue;
      const end = this.#keep(page);
      if (draw.chance(0.1)) this.#garble(draw, Math.max(durable, page * this.#pageBytes), end);
    }
    this.#cache = this.#stored;
    this.#dirty.clear();
  }

  /** Durable data changes by itself, from `from` to before `to`. Returns a function that brings it back. */
  rot(from: number, to: number, change: (byte: number) => number): () => void {
    this.#settle();
    const before = this.#stored.slice(from, to);
    const after = before.map(change);
    const put = (bytes: Uint8Array): void => {
      this.#settle();
      const isSame = this.#isSame();
      this.#stored = this.#stored.slice();
      this.#stored.set(bytes, from);
      if (isSame) this.#cache = this.#stored;
      else this.#cache.set(bytes, from);
    };
    put(after);
    return () => put(before);
  }

  /** Whether processes see what the disk has, but for what was appended as text. */
  #isSame(): boolean {
    return this.#stored === this.#cache && this.#dirty.size === 0;
  }

  /** Makes bytes of the text. */
  #settle(): void {
    if (this.#appended.length === 0) return;
    const [synced, unsynced] = [this.#appended.slice(0, this.#synced), this.#appended.slice(this.#synced)];
    this.#appended = [];
    this.#synced = 0;
    this.#stored = joined(this.#stored, encoder.encode(synced.join('')));
    this.#cache = this.#stored;
    if (unsynced.length > 0) this.write(this.#cache.length, encoder.encode(unsynced.join('')));
  }

  /** What is changed next is not on the disk. */
  #part(): void {
    if (this.#cache === this.#stored) this.#cache = this.#stored.slice();
  }

  /** A page reaches the disk. Returns where it ends. */
  #keep(page: number): number {
    const from = page * this.#pageBytes;
    const end = Math.min(from + this.#pageBytes, this.#cache.length);
    if (end > this.#stored.length) this.#stored = resized(this.#stored, end);
    this.#stored.set(this.#cache.subarray(from, end), from);
    return end;
  }

  /** A digit becomes another, a letter another: what only a checksum finds. */
  #garble(draw: Draw, from: number, to: number): void {
    for (let count = 1 + draw.below(3); count > 0 && to > from; count--) {
      const at = from + draw.below(to - from);
      this.#stored[at] = (this.#stored[at] as number) ^ 1;
    }
  }

  #pageOf(at: number): number {
    return Math.floor(at / this.#pageBytes);
  }
}

const encoder = new TextEncoder();

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (b.length === 0) return a;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
