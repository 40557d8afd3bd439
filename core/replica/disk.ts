import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Disk, Done } from '../wal/disk.ts';
import { segmentBase, segmentFile } from '../wal/segment.ts';

/**
 * The log's disk over the files of `folder`, which is created for its owner alone if it is missing. Everything else in
 * the folder is left alone; a segment that is no regular file of its own (a symbolic link, say) is refused.
 */
export function openDisk(folder: string): Disk {
  createFolder(folder);
  return new FileDisk(folder);
}

/**
 * What a power cut would leave of the log in `folder`, if `end` is as `Wal.durableEnd` says: later segments go, and the
 * file is cut to what has been fsynced.
 */
export function cutToDurable(folder: string, end: { readonly file: string; readonly size: number }): void {
  const last = segmentBase(end.file);
  if (last === null) throw new Error(`${end.file} is no file of a log`);
  for (const base of listSegments(folder)) {
    if (base > last) unlinkSync(join(folder, segmentFile(base)));
  }
  withFile(join(folder, end.file), constants.O_WRONLY, (fd) => ftruncateSync(fd, end.size));
}

class FileDisk implements Disk {
  readonly #folder: string;
  /** The segment being written, kept open between operations. */
  #file: { readonly base: number; readonly fd: number } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): readonly number[] {
    return listSegments(this.#folder);
  }

  read(base: number): Uint8Array {
    return withFile(this.#path(base), constants.O_RDONLY, (fd) => readFileSync(fd));
  }

  write(base: number, at: number, bytes: Uint8Array): void {
    withFile(this.#path(base), constants.O_WRONLY | constants.O_CREAT, (fd) => {
      let written = 0;
      while (written < bytes.length) {
        written += progress(writeSync(fd, bytes, written, bytes.length - written, at + written));
      }
    });
  }

  truncate(base: number, size: number): void {
    withFile(this.#path(base), constants.O_WRONLY, (fd) => ftruncateSync(fd, size));
  }

  remove(base: number): void {
    unlinkSync(this.#path(base));
  }

  syncFile(base: number): void {
    withFile(this.#path(base), constants.O_WRONLY, fsyncSync);
  }

  syncFolder(): void {
    syncFolderNow(this.#folder);
  }

  append(base: number, text: string, done: Done): void {
    this.#open(base, constants.O_APPEND, done, (fd) => writeAll(fd, Buffer.from(text), 0, done));
  }

  sync(base: number, done: Done): void {
    this.#open(base, constants.O_APPEND, done, (fd) => fdatasync(fd, done));
  }

  create(base: number, text: string, done: Done): void {
    const orDone =
      (then: () => void): Done =>
      (error) =>
        error ? done(error) : then();
    const isNew = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
    this.#open(base, isNew, done, (fd) => {
      const syncFile = () =>
        fsync(
          fd,
          orDone(() => syncFolder(this.#folder, done)),
        );
      writeAll(fd, Buffer.from(text), 0, orDone(syncFile));
    });
  }

  close(done: Done): void {
    const file = this.#file;
    this.#file = null;
    if (file) close(file.fd, done);
    else queueMicrotask(() => done(null));
  }

  /** Calls `then` with the segment's descriptor, opened in place of the one that was open, or `done` with why not. */
  #open(base: number, flags: number, done: Done, then: (fd: number) => void): void {
    if (this.#file?.base === base) {
      then(this.#file.fd);
      return;
    }
    this.close((closing) => {
      if (closing) {
        done(closing);
        return;
      }
      open(this.#path(base), constants.O_WRONLY | constants.O_NOFOLLOW | flags, FILE_MODE, (error, fd) => {
        if (error) {
          done(error);
          return;
        }
        this.#file = { base, fd };
        then(fd);
      });
    });
  }

  #path(base: number): string {
    return join(this.#folder, segmentFile(base));
  }
}

/** A log holds what users wrote: it is theirs alone. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** A new folder is durable once the folder above it is: one fsync for each that had to be made. */
function createFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  const { length } = resolve(first);
  for (let made = resolve(folder); made.length >= length; made = dirname(made)) syncFolderNow(dirname(made));
}

function listSegments(folder: string): number[] {
  const bases: number[] = [];
  for (const file of readdirSync(folder, { withFileTypes: true })) {
    const base = segmentBase(file.name);
    if (base === null) continue;
    if (!file.isFile()) throw new Error(`${join(folder, file.name)} is not a regular file`);
    bases.push(base);
  }
  return bases.sort((a, b) => a - b);
}

/** `O_NOFOLLOW`: should a link have taken the file's place since it was listed, this fails with ELOOP. */
function withFile<Result>(path: string, flags: number, use: (fd: number) => Result): Result {
  return withOpen(openSync(path, flags | constants.O_NOFOLLOW, FILE_MODE), use);
}

function syncFolderNow(folder: string): void {
  withOpen(openSync(folder, constants.O_RDONLY), fsyncSync);
}

function withOpen<Result>(fd: number, use: (fd: number) => Result): Result {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** A write may come back short, when the disk fills or the file reaches a limit: the rest is tried, and tells why. */
function writeAll(fd: number, bytes: Uint8Array, from: number, done: Done): void {
  write(fd, bytes, from, bytes.length - from, null, (error, written) => {
    if (error) done(error);
    else if (from + written === bytes.length) done(null);
    else if (written === 0) done(new Error('write wrote nothing'));
    else writeAll(fd, bytes, from + written, done);
  });
}

function progress(written: number): number {
  if (written === 0) throw new Error('write wrote nothing');
  return written;
}

function syncFolder(folder: string, done: Done): void {
  open(folder, constants.O_RDONLY, (error, fd) => {
    if (error) {
      done(error);
      return;
    }
    fsync(fd, (syncing) => close(fd, (closing) => done(syncing ?? closing)));
  });
}
