import type { Disk, Done } from '../wal/disk.ts';
import { DiskFile } from './disk-file.ts';
import type { Draw } from './draw.ts';
import type { Schedule } from './schedule.ts';

/** Whoever watches what is written and what is on the disk, and knows better than the log. */
export interface DiskWatch {
  /** Appended to the log, and not fsynced. */
  appended(text: string): void;
  /** All that was appended is on the disk. */
  synced(): void;
  /** The process goes on writing after its disk has failed. */
  askedAfterFailure(operation: string): void;
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
  readonly kind: 'append' | 'sync' | 'create' | 'close';
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
  readonly #files = new Map<number, DiskFile>();
  /** The folder as it is on the disk: the files that were there at its last fsync. */
  #durableFiles = new Map<number, DiskFile>();
  #pending: Pending | null = null;
  /** Ends what is under way. */
  #finish: () => void = () => {};
  #hasFailed = false;

  constructor(parts: SimDiskParts) {
    this.#parts = parts;
  }

  /** What the worst crash would leave of each segment, in order of base. */
  stored(): readonly { readonly base: number; readonly bytes: Uint8Array }[] {
    return [...this.#durableFiles].sort(([a], [b]) => a - b).map(([base, file]) => ({ base, bytes: file.stored() }));
  }

  /** The segment that holds this offset of the log, and where in it. */
  placeOf(offset: number): { readonly base: number; readonly file: DiskFile; readonly at: number } {
    const base = this.list().findLast((each) => each <= offset) ?? 0;
    return { base, file: this.#file(base), at: offset - base };
  }

  /** A file is gone. Returns a function that brings it back. */
  lose(base: number): () => void {
    const file = this.#file(base);
    this.#files.delete(base);
    this.#durableFiles.delete(base);
    return () => {
      this.#files.set(base, file);
      this.#durableFiles.set(base, file);
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
    for (const base of new Set([...this.#files.keys(), ...this.#durableFiles.keys()])) {
      const [now, then] = [this.#files.get(base), this.#durableFiles.get(base)];
      const file = now === then || draw.chance(0.5) ? now : then;
      file?.crash(draw);
      if (file === undefined) this.#files.delete(base);
      else this.#files.set(base, file);
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

  list(): readonly number[] {
    return [...this.#files.keys()].sort((a, b) => a - b);
  }

  read(base: number): Uint8Array {
    return this.#file(base).read();
  }

  write(base: number, at: number, bytes: Uint8Array): void {
    let file = this.#files.get(base);
    if (file === undefined) {
      if (this.isFull) throw new DiskError('ENOSPC: no space left on device, open');
      file = new DiskFile(this.#parts.pageBytes);
      this.#files.set(base, file);
    }
    file.write(at, bytes);
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
    this.#durableFiles = new Map(this.#files);
  }

  append(base: number, text: string, done: Done): void {
    const file = this.#file(base);
    const take = (part: string): void => {
      file.append(part);
      this.#parts.watch.appended(part);
    };
    const cut = (): void => take(text.slice(0, this.#parts.draw.below(text.length)));
    const effect = (): Error | null => {
      if (!this.isFull) {
        take(text);
        return null;
      }
      cut();
      return new DiskError('ENOSPC: no space left on device, write');
    };
    this.#begin({ kind: 'append', effect, part: cut }, this.#parts.fsyncMs / 100, done);
  }

  sync(base: number, done: Done): void {
    const { draw, watch, fsyncMs } = this.#parts;
    const file = this.#file(base);
    const effect = (): Error | null => {
      if (this.failsNextSync) {
        this.failsNextSync = false;
        file.failSync(draw);
        return new DiskError('EIO: i/o error, fdatasync');
      }
      file.sync();
      if (this.#durableFiles.get(base) === file) watch.synced();
      return null;
    };
    this.#begin({ kind: 'sync', effect, part: () => {} }, draw.around(fsyncMs + this.slowMs), done);
  }

  create(base: number, text: string, done: Done): void {
    const { draw, watch, fsyncMs } = this.#parts;
    if (this.#files.has(base)) throw new Error(`a segment at ${base} exists`);
    const make = (part: string): DiskFile => {
      const file = new DiskFile(this.#parts.pageBytes);
      this.#files.set(base, file);
      file.append(part);
      watch.appended(part);
      return file;
    };
    const effect = (): Error | null => {
      if (this.isFull) {
        make('');
        return new DiskError('ENOSPC: no space left on device, write');
      }
      make(text).sync();
      this.syncFolder();
      watch.synced();
      return null;
    };
    const part = (): void => void make(text.slice(0, draw.below(text.length + 1)));
    this.#begin({ kind: 'create', effect, part }, draw.around(fsyncMs + this.slowMs), done);
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
      this.#hasFailed ||= error !== null;
      tell(process, () => done(error));
    };
    schedule.after(ms, this.#finish);
  }

  #file(base: number): DiskFile {
    const file = this.#files.get(base);
    if (file === undefined) throw new Error(`no segment at ${base}`);
    return file;
  }
}

/** What a real disk may say too. */
export class DiskError extends Error {}
