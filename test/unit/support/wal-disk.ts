import type { Disk, Done } from '../../../core/wal/disk.ts';

const PAGE_BYTES = 512;

/**
 * A disk in memory, with a page cache that a crash can lose. A running operation waits until `step` carries it out, so
 * a test can stop between any two. A sync that fails marks its pages clean without having written them, as Linux does.
 */
export class MemoryDisk implements Disk {
  /** Running operations in the order they were asked for, as in `append 0`. */
  readonly operations: string[] = [];
  /** The next operation of this name fails. */
  failNext: 'append' | 'sync' | 'create' | null = null;
  readonly #files = new Map<number, CachedFile>();
  /** The folder as it is on the disk: what was there at its last sync. */
  #durableNames = new Map<number, CachedFile>();
  #pending: Pending | null = null;

  /** A disk that durably holds these segments, by base. */
  static holding(segments: ReadonlyMap<number, Uint8Array>): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [base, bytes] of segments) disk.#files.set(base, new CachedFile(bytes, bytes));
    disk.#durableNames = new Map(disk.#files);
    return disk;
  }

  /** All segments as a process would read them. */
  contents(): Map<number, Uint8Array> {
    return new Map([...this.#files].sort(([a], [b]) => a - b).map(([base, { cache }]) => [base, cache.slice()]));
  }

  /** Carries out the operation that waits, if one does. */
  step(): boolean {
    const pending = this.#pending;
    if (pending === null) return false;
    this.#pending = null;
    const fails = pending.name === this.failNext;
    if (fails) this.failNext = null;
    if (fails) pending.onFailure?.();
    else pending.effect();
    pending.done(fails ? new Error(`${pending.name} failed`) : null);
    return true;
  }

  /** Carries out operations until none waits. */
  settle(): void {
    while (this.step());
  }

  /** The process dies: what it asked for last never happens, the page cache lives on. */
  kill(): void {
    this.#pending = null;
    this.failNext = null;
  }

  /**
   * The machine dies. `keep` is asked about each thing that was not fsynced, whether it reached the disk all the same:
   * each page written, each change of size, each file created or removed. Returns the disk as it is found afterwards.
   */
  crash(keep: () => boolean): MemoryDisk {
    if (this.#pending?.name !== 'sync' && keep()) this.#pending?.effect();
    this.#pending = null;
    const left = new Map<number, Uint8Array>();
    for (const base of new Set([...this.#files.keys(), ...this.#durableNames.keys()])) {
      const [now, then] = [this.#files.get(base), this.#durableNames.get(base)];
      const file = now === then || keep() ? now : then;
      if (file) left.set(base, file.afterCrash(keep));
    }
    return MemoryDisk.holding(left);
  }

  list(): readonly number[] {
    return [...this.#files.keys()].sort((a, b) => a - b);
  }

  read(base: number): Uint8Array {
    return this.#file(base).cache.slice();
  }

  write(base: number, at: number, bytes: Uint8Array): void {
    if (!this.#files.has(base)) this.#files.set(base, new CachedFile());
    this.#file(base).write(at, bytes);
  }

  truncate(base: number, size: number): void {
    this.#file(base).truncate(size);
  }

  remove(base: number): void {
    this.#file(base);
    this.#files.delete(base);
  }

  syncFile(base: number): void {
    this.#file(base).sync();
  }

  syncFolder(): void {
    this.#durableNames = new Map(this.#files);
  }

  append(base: number, text: string, done: Done): void {
    const file = this.#file(base);
    this.#begin({ name: 'append', effect: () => file.write(file.cache.length, Buffer.from(text)), done }, base);
  }

  sync(base: number, done: Done): void {
    const file = this.#file(base);
    this.#begin({ name: 'sync', effect: () => file.sync(), onFailure: () => file.loseDirtyPages(), done }, base);
  }

  create(base: number, text: string, done: Done): void {
    if (this.#files.has(base)) throw new Error(`segment ${base} exists`);
    // A crash on the way may find it made, and not yet synced.
    const effect = () => this.write(base, 0, Buffer.from(text));
    const sync = (error: Error | null) => {
      if (!error) this.syncFile(base);
      if (!error) this.syncFolder();
      done(error);
    };
    this.#begin({ name: 'create', effect, done: sync }, base);
  }

  close(done: Done): void {
    this.#begin({ name: 'close', effect: () => {}, done }, 0);
  }

  #begin(operation: Pending, base: number): void {
    if (this.#pending) throw new Error(`${operation.name} while ${this.#pending.name} is under way`);
    this.operations.push(`${operation.name} ${base}`);
    this.#pending = operation;
  }

  #file(base: number): CachedFile {
    const file = this.#files.get(base);
    if (!file) throw new Error(`no segment ${base}`);
    return file;
  }
}

interface Pending {
  readonly name: string;
  readonly effect: () => void;
  readonly onFailure?: () => void;
  readonly done: Done;
}

/** A file as processes see it (`cache`), as the disk has it (`stored`), and which pages differ and are known to. */
class CachedFile {
  cache: Uint8Array;
  #stored: Uint8Array;
  readonly #dirty = new Set<number>();

  constructor(cache: Uint8Array = new Uint8Array(), stored: Uint8Array = new Uint8Array()) {
    this.cache = cache;
    this.#stored = stored;
  }

  write(at: number, bytes: Uint8Array): void {
    this.cache = resized(this.cache, Math.max(this.cache.length, at + bytes.length));
    this.cache.set(bytes, at);
    for (let page = pageOf(at); page <= pageOf(at + bytes.length - 1); page++) this.#dirty.add(page);
  }

  truncate(size: number): void {
    this.cache = resized(this.cache, size);
    for (const page of this.#dirty) if (page * PAGE_BYTES >= size) this.#dirty.delete(page);
  }

  sync(): void {
    this.#stored = resized(this.#stored, this.cache.length);
    for (const page of this.#dirty) this.#store(page);
    this.#dirty.clear();
  }

  loseDirtyPages(): void {
    this.#dirty.clear();
  }

  afterCrash(keep: () => boolean): Uint8Array {
    if (this.cache.length !== this.#stored.length && keep()) this.#stored = resized(this.#stored, this.cache.length);
    for (const page of this.#dirty) {
      if (!keep()) continue;
      const end = Math.min((page + 1) * PAGE_BYTES, this.cache.length);
      this.#stored = resized(this.#stored, Math.max(this.#stored.length, end));
      this.#store(page);
    }
    return this.#stored;
  }

  #store(page: number): void {
    this.#stored.set(this.cache.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), page * PAGE_BYTES);
  }
}

const pageOf = (at: number): number => Math.floor(at / PAGE_BYTES);

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}
