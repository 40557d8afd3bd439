import { type Disk, type Done, isFull } from '../wal/disk.ts';
import { segmentBase, segmentFile } from '../wal/files.ts';
import { DiskFile } from './disk-file.ts';
import type { Draw } from './draw.ts';
import type { Schedule } from './schedule.ts';

/** Whoever watches what is written and what is on the disk, and knows better than the log. */
export interface DiskWatch {
  /** Appended to a file, and not fsynced. */
  appended(file: string, text: string): void;
  /** All that was appended to it is on the disk. */
  synced(file: string): void;
  /** What was not fsynced of a file is taken back, because it did not all fit. */
  cut(file: string): void;
  /** The process goes on writing after its disk has failed. */
  askedAfterFailure(operation: string): void;
}

/** A file on the disk itself, whatever is in the cache. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SimDiskParts {
  readonly schedule: Schedule;
  readonly draw: Draw;
  readonly watch: DiskWatch;
  readonly fsyncMs: number;
  readonly pageBytes: number;
  /** Tells the process that asked, if it is still there; one that is paused hears of it later. */
  readonly tell: (process: number, news: () => void) => void;
}

interface Pending {
  readonly kind: 'append' | 'sync' | 'create' | 'cut' | 'rename' | 'discard' | 'close';
  readonly effect: () => Error | null;
  /** What may be left of it if it never came to its end. */
  readonly part: () => void;
}

/**
 * The disk of one replica: files in memory, with all that a real disk does to them. It outlives the processes that use
 * it, of which there is one at a time.
 */
export class SimDisk implements Disk {
  /** The number of the process that uses it. */
  process = 0;
  /** Fsyncs take so much longer, on average, in ms. */
  slowMs = 0;
  isFull = false;
  failsNextSync = false;
  readonly #parts: SimDiskParts;
  readonly #files = new Map<string, DiskFile>();
  /** The folder as it is on the disk: the files that were there at its last fsync. */
  #durableFiles = new Map<string, DiskFile>();
  #pending: Pending | null = null;
  /** Ends what is under way. */
  #finish: () => void = () => {};
  #hasFailed = false;

  constructor(parts: SimDiskParts) {
    this.#parts = parts;
  }

  /** What the worst crash would leave of each file, in order of their names. */
  stored(): readonly StoredFile[] {
    const files = [...this.#durableFiles].map(([name, file]) => ({ name, bytes: file.stored() }));
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The bases of all segments, ascending. */
  bases(): readonly number[] {
    return this.list().flatMap((name) => segmentBase(name) ?? []);
  }

  file(name: string): DiskFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`no file ${name}`);
    return file;
  }

  /** The segment that holds this offset of the log, and where in it. */
  placeOf(offset: number): { readonly base: number; readonly file: DiskFile; readonly at: number } {
    const base = this.bases().findLast((each) => each <= offset) ?? 0;
    return { base, file: this.file(segmentFile(base)), at: offset - base };
  }

  /** A file is gone. Returns a function that brings it back. */
  lose(name: string): () => void {
    const file = this.file(name);
    this.#files.delete(name);
    this.#durableFiles.delete(name);
    return () => {
      this.#files.set(name, file);
      this.#durableFiles.set(name, file);
    };
  }

  /** All files are gone, while no process uses them. Returns a function that brings them back. */
  loseAll(): () => void {
    const [files, durableFiles] = [new Map(this.#files), this.#durableFiles];
    this.#files.clear();
    this.#durableFiles = new Map();
    return () => {
      for (const [name, file] of files) this.#files.set(name, file);
      this.#durableFiles = durableFiles;
    };
  }

  /** The process died: what it asked for last may have happened, or a part of it. The kernel lives, and its cache. */
  processDied(): void {
    const { draw } = this.#parts;
    const pending = this.#pending;
    this.#pending = null;
    this.process += 1;
    this.failsNextSync = false;
    this.#hasFailed = false;
    if (pending === null) return;
    if (draw.chance(0.4)) pending.effect();
    else if (draw.chance(0.5)) pending.part();
  }

  /** The machine died. */
  powerWent(): void {
    const { draw } = this.#parts;
    this.processDied();
    for (const name of new Set([...this.#files.keys(), ...this.#durableFiles.keys()])) {
      const [now, then] = [this.#files.get(name), this.#durableFiles.get(name)];
      const file = now === then || draw.chance(0.5) ? now : then;
      file?.crash(draw);
      if (file === undefined) this.#files.delete(name);
      else this.#files.set(name, file);
    }
    this.#durableFiles = new Map(this.#files);
  }

  /** From now on nothing is wrong with it. */
  heal(): void {
    this.slowMs = 0;
    this.isFull = false;
    this.failsNextSync = false;
    this.#parts.schedule.after(this.#parts.fsyncMs, this.#finish);
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  read(file: string): Uint8Array {
    return this.file(file).read();
  }

  write(name: string, at: number, bytes: Uint8Array): void {
    let file = this.#files.get(name);
    if (file === undefined) {
      if (this.isFull) throw NO_ROOM_TO_OPEN;
      file = new DiskFile(this.#parts.pageBytes);
      this.#files.set(name, file);
    }
    file.write(at, bytes);
  }

  truncate(file: string, size: number): void {
    this.file(file).truncate(size);
  }

  remove(file: string): void {
    this.file(file);
    this.#files.delete(file);
  }

  setAside(files: readonly string[]): string {
    for (const file of files) this.remove(file);
    this.syncFolder();
    return 'elsewhere';
  }

  syncFile(file: string): void {
    this.file(file).sync();
  }

  syncFolder(): void {
    this.#durableFiles = new Map(this.#files);
  }

  append(name: string, text: string, done: Done): void {
    const file = this.file(name);
    const take = (part: string): void => {
      file.append(part);
      this.#parts.watch.appended(name, part);
    };
    const cut = (): void => take(text.slice(0, this.#parts.draw.below(text.length)));
    const effect = (): Error | null => {
      if (!this.isFull) {
        take(text);
        return null;
      }
      cut();
      return NO_ROOM_TO_WRITE;
    };
    this.#begin({ kind: 'append', effect, part: cut }, this.#parts.fsyncMs / 100, done);
  }

  sync(name: string, done: Done): void {
    const { draw, watch, fsyncMs } = this.#parts;
    const file = this.file(name);
    const effect = (): Error | null => {
      if (this.failsNextSync) {
        this.failsNextSync = false;
        file.failSync(draw);
        return SYNC_FAILED;
      }
      file.sync();
      if (this.#durableFiles.get(name) === file) watch.synced(name);
      return null;
    };
    this.#begin({ kind: 'sync', effect, part: () => {} }, draw.around(fsyncMs + this.slowMs), done);
  }

  create(name: string, text: string, done: Done): void {
    const { draw, watch, fsyncMs } = this.#parts;
    if (this.#files.has(name)) throw new Error(`${name} exists`);
    const make = (part: string): DiskFile => {
      const file = new DiskFile(this.#parts.pageBytes);
      this.#files.set(name, file);
      file.append(part);
      watch.appended(name, part);
      return file;
    };
    const effect = (): Error | null => {
      if (this.isFull) {
        make('');
        return NO_ROOM_TO_WRITE;
      }
      make(text).sync();
      this.syncFolder();
      watch.synced(name);
      return null;
    };
    const part = (): void => void make(text.slice(0, draw.below(text.length + 1)));
    this.#begin({ kind: 'create', effect, part }, draw.around(fsyncMs + this.slowMs), done);
  }

  cut(name: string, size: number, done: Done): void {
    const cut = (): null => {
      this.file(name).truncate(size);
      this.#parts.watch.cut(name);
      return null;
    };
    this.#begin({ kind: 'cut', effect: cut, part: () => {} }, this.#parts.fsyncMs / 100, done);
  }

  rename(from: string, to: string, done: Done): void {
    const { draw, fsyncMs } = this.#parts;
    const rename = (): void => {
      this.#files.set(to, this.file(from));
      this.#files.delete(from);
    };
    const effect = (): null => {
      rename();
      this.syncFolder();
      return null;
    };
    this.#begin({ kind: 'rename', effect, part: rename }, draw.around(fsyncMs + this.slowMs), done);
  }

  discard(names: readonly string[], done: Done): void {
    const { draw, watch, fsyncMs } = this.#parts;
    const remove = (some: readonly string[]): null => {
      for (const name of some) {
        this.#files.delete(name);
        watch.cut(name);
      }
      return null;
    };
    const part = (): null => remove(names.slice(0, draw.below(names.length + 1)));
    this.#begin({ kind: 'discard', effect: () => remove(names), part }, fsyncMs / 100, done);
  }

  close(done: Done): void {
    this.#begin({ kind: 'close', effect: () => null, part: () => {} }, 0, done);
  }

  #begin(operation: Pending, ms: number, done: Done): void {
    const { schedule, watch, tell } = this.#parts;
    const { process } = this;
    if (this.#pending) throw new Error(`${operation.kind} while ${this.#pending.kind} is under way`);
    if (this.#hasFailed) watch.askedAfterFailure(operation.kind);
    this.#pending = operation;
    this.#finish = () => {
      // Already done, or asked for by a process that died.
      if (this.#pending !== operation) return;
      const error = operation.effect();
      this.#pending = null;
      this.#hasFailed ||= error !== null && !isFull(error);
      tell(process, () => done(error));
    };
    schedule.after(ms, this.#finish);
  }
}

/** What a real disk may say too: its code, and a word on it. */
export class DiskError extends Error {
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.code = message.slice(0, message.indexOf(':'));
  }
}

// Made once: to take down where it was made, which nobody asks, is most of what an error costs.
const NO_ROOM_TO_OPEN = new DiskError('ENOSPC: no space left on device, open');
const NO_ROOM_TO_WRITE = new DiskError('ENOSPC: no space left on device, write');
const SYNC_FAILED = new DiskError('EIO: i/o error, fdatasync');
