import type { Disk, Done } from '../../../core/wal/disk.ts';

const PAGE_BYTES = 512;

export type Operation = 'append' | 'sync' | 'create' | 'cut' | 'rename' | 'discard' | 'close';

/**
 * A disk in memory, with a page cache that a crash can lose. A running operation waits until `step` carries it out, so
 * a test can stop between any two. A sync that fails marks its pages clean without having written them, as Linux does.
 */
export class MemoryDisk implements Disk {
  /** Running operations in the order they were asked for, as in `append wal-000000000000.ndjson`. */
  readonly operations: string[] = [];
  /** The next operation of this name fails. */
  failNext: Operation | null = null;
  /** Half of what is written now does not fit. */
  isFull = false;
  /** What was set aside. */
  readonly aside = new Map<string, Uint8Array>();
  readonly #files = new Map<string, CachedFile>();
  /** The folder as it is on the disk: what was there at its last sync. */
  #durableNames = new Map<string, CachedFile>();
  #pending: Pending | null = null;

  /** A disk that durably holds these files. */
  static holding(files: ReadonlyMap<string, Uint8Array>): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [name, bytes] of files) disk.#files.set(name, new CachedFile(bytes, bytes));
    disk.#durableNames = new Map(disk.#files);
    return disk;
  }

  /** All files as a process would read them, in order of their names. */
  contents(): Map<string, Uint8Array> {
    return new Map(this.list().map((name) => [name, this.read(name)]));
  }

  /** Carries out the operation that waits, if one does. */
  step(): boolean {
    const pending = this.#pending;
    if (pending === null) return false;
    this.#pending = null;
    const error = this.#errorOf(pending);
    if (error) pending.onFailure?.();
    else {
      pending.effect();
      pending.persist?.();
    }
    pending.done(error);
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
   * each page written, each change of size, each name of a file given or taken away. Returns the disk as it is found
   * afterwards.
   */
  crash(keep: () => boolean): MemoryDisk {
    if (this.#pending?.name !== 'sync' && keep()) this.#pending?.effect();
    this.#pending = null;
    const left = new Map<string, Uint8Array>();
    for (const name of new Set([...this.#files.keys(), ...this.#durableNames.keys()])) {
      const [now, then] = [this.#files.get(name), this.#durableNames.get(name)];
      const file = now === then || keep() ? now : then;
      if (file) left.set(name, file.afterCrash(keep));
    }
    return MemoryDisk.holding(left);
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  read(file: string): Uint8Array {
    return this.#file(file).cache.slice();
  }

  write(file: string, at: number, bytes: Uint8Array): void {
    if (!this.#files.has(file)) this.#files.set(file, new CachedFile());
    this.#file(file).write(at, bytes);
  }

  truncate(file: string, size: number): void {
    this.#file(file).truncate(size);
  }

  remove(file: string): void {
    this.#file(file);
    this.#files.delete(file);
  }

  setAside(files: readonly string[]): string {
    for (const file of files) {
      this.aside.set(file, this.read(file));
      this.remove(file);
    }
    this.syncFolder();
    return 'aside';
  }

  syncFile(file: string): void {
    this.#file(file).sync();
  }

  syncFolder(): void {
    this.#durableNames = new Map(this.#files);
  }

  append(file: string, text: string, done: Done): void {
    const cached = this.#file(file);
    const take = (part: string) => cached.write(cached.cache.length, Buffer.from(part));
    const onFailure = () => take(text.slice(0, text.length / 2));
    this.#begin({ name: 'append', effect: () => take(text), onFailure, done }, file);
  }

  sync(file: string, done: Done): void {
    const cached = this.#file(file);
    this.#begin({ name: 'sync', effect: () => cached.sync(), onFailure: () => cached.loseDirtyPages(), done }, file);
  }

  create(file: string, text: string, done: Done): void {
    if (this.#files.has(file)) throw new Error(`${file} exists`);
    // A crash on the way may find it made, and not yet synced.
    const take = (part: string) => this.write(file, 0, Buffer.from(part));
    const persist = () => {
      this.syncFile(file);
      this.syncFolder();
    };
    const onFailure = () => take(text.slice(0, text.length / 2));
    this.#begin({ name: 'create', effect: () => take(text), persist, onFailure, done }, file);
  }

  cut(file: string, size: number, done: Done): void {
    this.#begin({ name: 'cut', effect: () => this.truncate(file, size), done }, `${file} ${size}`);
  }

  rename(from: string, to: string, done: Done): void {
    const effect = () => {
      this.#files.set(to, this.#file(from));
      this.#files.delete(from);
    };
    this.#begin({ name: 'rename', effect, persist: () => this.syncFolder(), done }, `${from} ${to}`);
  }

  discard(files: readonly string[], done: Done): void {
    const effect = () => {
      for (const file of files) this.#files.delete(file);
    };
    this.#begin({ name: 'discard', effect, done }, files.join(' '));
  }

  close(done: Done): void {
    this.#begin({ name: 'close', effect: () => {}, done }, '');
  }

  #errorOf({ name }: Pending): Error | null {
    if (name === this.failNext) {
      this.failNext = null;
      return new Error(`${name} failed`);
    }
    if (!this.isFull || (name !== 'append' && name !== 'create')) return null;
    return Object.assign(new Error(`no room to ${name}`), { code: 'ENOSPC' });
  }

  #begin(operation: Pending, on: string): void {
    if (this.#pending) throw new Error(`${operation.name} while ${this.#pending.name} is under way`);
    this.operations.push(`${operation.name} ${on}`.trimEnd());
    this.#pending = operation;
  }

  #file(name: string): CachedFile {
    const file = this.#files.get(name);
    if (!file) throw new Error(`no file ${name}`);
    return file;
  }
}

interface Pending {
  readonly name: Operation;
  /** What a crash may find of it. */
  readonly effect: () => void;
  /** Makes it durable, if that is a part of it. */
  readonly persist?: () => void;
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
