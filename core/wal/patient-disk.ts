import { type Done, isFull, type RunningDisk } from './disk.ts';

/** What becomes of a disk. */
export interface DiskCallbacks {
  /** It failed. Called once; it is not used again. */
  failed(error: Error): void;
  /** There is no room for a write, which waits. `again`: there was none before. */
  full(error: Error, again: boolean): void;
  /** There is room again. Called once. */
  freed(): void;
}

/**
 * A disk whose writes wait for room. Each operation calls `then` once it has succeeded, and never if it does not.
 *
 * 1. A write that does not fit has left nothing when it is tried again: what did fit is taken back first.
 * 2. After any other failure the disk is not used any more: an fsync that is retried may succeed without the data,
 *    because the kernel has marked the pages clean (Rebello et al., ATC'20).
 */
export class PatientDisk {
  readonly #disk: RunningDisk;
  readonly #callbacks: DiskCallbacks;
  /** The write that waits for room. */
  #waiting: (() => void) | null = null;
  #isFull = false;

  constructor(disk: RunningDisk, callbacks: DiskCallbacks) {
    this.#disk = disk;
    this.#callbacks = callbacks;
  }

  /** A write waits for room. */
  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Tries the write that waits, if one does. */
  retry(): void {
    const write = this.#waiting;
    this.#waiting = null;
    write?.();
  }

  /** Appends to a file of `size` bytes. */
  append(file: string, size: number, text: string, then: () => void): void {
    this.#write(
      (done) => this.#disk.append(file, text, done),
      (done) => this.#disk.cut(file, size, done),
      then,
    );
  }

  create(file: string, text: string, then: () => void): void {
    this.#write(
      (done) => this.#disk.create(file, text, done),
      (done) => this.#disk.discard([file], done),
      then,
    );
  }

  sync(file: string, then: () => void): void {
    this.#disk.sync(file, this.#orFail(then));
  }

  rename(from: string, to: string, then: () => void): void {
    // The folder may need room for the name.
    this.#write(
      (done) => this.#disk.rename(from, to, done),
      (done) => done(null),
      then,
    );
  }

  discard(files: readonly string[], then: () => void): void {
    if (files.length === 0) then();
    else this.#disk.discard(files, this.#orFail(then));
  }

  close(then: () => void): void {
    this.#disk.close(this.#orFail(then));
  }

  #write(write: (done: Done) => void, undo: (done: Done) => void, then: () => void): void {
    write((error) => {
      if (error && isFull(error)) {
        undo(this.#orFail(() => this.#wait(error, () => this.#write(write, undo, then))));
        return;
      }
      this.#orFail(() => this.#goOn(then))(error);
    });
  }

  #wait(error: Error, write: () => void): void {
    const again = this.#isFull;
    this.#waiting = write;
    this.#isFull = true;
    this.#callbacks.full(error, again);
  }

  #goOn(then: () => void): void {
    if (this.#isFull) {
      this.#isFull = false;
      this.#callbacks.freed();
    }
    then();
  }

  #orFail(then: () => void): Done {
    return (error) => {
      if (error) this.#callbacks.failed(error);
      else then();
    };
  }
}
