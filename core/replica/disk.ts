import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rename,
  renameSync,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Disk, Done } from '../wal/disk.ts';
import { isLogFile, SNAPSHOT_PART, segmentBase } from '../wal/files.ts';
import { FOLDER_MODE, makeFolder, syncFolder as syncFolderNow } from '../wire/own-folder.ts';
import { open } from './patient-open.ts';

/**
 * The log's disk over the files of `folder`, which is created for its owner alone if it is missing. Everything else in
 * the folder is left alone; one of the log's that is no regular file of its own (a symbolic link, say) is refused.
 */
export function openDisk(folder: string): Disk {
  makeFolder(folder);
  return new FileDisk(folder);
}

/**
 * What a power cut would leave of the log in `folder`, if `end` is as `Wal.durableEnd` says: later segments go, and the
 * file is cut to what has been fsynced. So does a snapshot that is not whole, of which nothing is ever used.
 */
export function cutToDurable(folder: string, end: { readonly file: string; readonly size: number }): void {
  const last = segmentBase(end.file);
  if (last === null) throw new Error(`${end.file} is no file of a log`);
  for (const file of listFiles(folder)) {
    if ((segmentBase(file) ?? 0) > last || file === SNAPSHOT_PART) unlinkSync(join(folder, file));
  }
  withFile(join(folder, end.file), constants.O_WRONLY, (fd) => ftruncateSync(fd, end.size));
}

class FileDisk implements Disk {
  readonly #folder: string;
  /** The file being written, kept open between operations. */
  #file: { readonly name: string; readonly fd: number } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  list(): readonly string[] {
    return listFiles(this.#folder);
  }

  read(file: string): Uint8Array {
    return withFile(this.#path(file), constants.O_RDONLY, (fd) => readFileSync(fd));
  }

  write(file: string, at: number, bytes: Uint8Array): void {
    withFile(this.#path(file), constants.O_WRONLY | constants.O_CREAT, (fd) => {
      let written = 0;
      while (written < bytes.length) {
        written += progress(writeSync(fd, bytes, written, bytes.length - written, at + written));
      }
    });
  }

  truncate(file: string, size: number): void {
    withFile(this.#path(file), constants.O_WRONLY, (fd) => ftruncateSync(fd, size));
  }

  remove(file: string): void {
    unlinkSync(this.#path(file));
  }

  /** In a folder of their own beside the log: `damaged-1`, `damaged-2`… */
  setAside(files: readonly string[]): string {
    const there = new Set(readdirSync(this.#folder));
    let count = 1;
    while (there.has(`damaged-${count}`)) count++;
    const folder = join(this.#folder, `damaged-${count}`);
    mkdirSync(folder, { mode: FOLDER_MODE });
    for (const file of files) renameSync(this.#path(file), join(folder, file));
    syncFolderNow(folder);
    this.syncFolder();
    return folder;
  }

  syncFile(file: string): void {
    withFile(this.#path(file), constants.O_WRONLY, fsyncSync);
  }

  syncFolder(): void {
    syncFolderNow(this.#folder);
  }

  append(file: string, text: string, done: Done): void {
    this.#open(file, constants.O_APPEND, done, (fd) => writeAll(fd, Buffer.from(text), 0, done));
  }

  sync(file: string, done: Done): void {
    this.#open(file, constants.O_APPEND, done, (fd) => fdatasync(fd, done));
  }

  create(file: string, text: string, done: Done): void {
    const isNew = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
    this.#open(file, isNew, done, (fd) => {
      const syncFile = () =>
        fsync(
          fd,
          orDone(done, () => syncFolder(this.#folder, done)),
        );
      writeAll(fd, Buffer.from(text), 0, orDone(done, syncFile));
    });
  }

  cut(file: string, size: number, done: Done): void {
    this.#open(file, constants.O_APPEND, done, (fd) => ftruncate(fd, size, done));
  }

  rename(from: string, to: string, done: Done): void {
    this.close(
      orDone(done, () => {
        rename(
          this.#path(from),
          this.#path(to),
          orDone(done, () => syncFolder(this.#folder, done)),
        );
      }),
    );
  }

  discard(files: readonly string[], done: Done): void {
    const [file, ...others] = files;
    if (file === undefined) {
      this.close(done);
      return;
    }
    unlink(this.#path(file), (error) => {
      if (error && error.code !== 'ENOENT') done(error);
      else this.discard(others, done);
    });
  }

  close(done: Done): void {
    const file = this.#file;
    this.#file = null;
    if (file) close(file.fd, done);
    else queueMicrotask(() => done(null));
  }

  /** Calls `then` with the file's descriptor, opened in place of the one that was open, or `done` with why not. */
  #open(file: string, flags: number, done: Done, then: (fd: number) => void): void {
    if (this.#file?.name === file) {
      then(this.#file.fd);
      return;
    }
    this.close((closing) => {
      if (closing) {
        done(closing);
        return;
      }
      open(this.#path(file), constants.O_WRONLY | constants.O_NOFOLLOW | flags, FILE_MODE, (error, fd) => {
        if (error) {
          done(error);
          return;
        }
        this.#file = { name: file, fd };
        then(fd);
      });
    });
  }

  #path(file: string): string {
    return join(this.#folder, file);
  }
}

const FILE_MODE = 0o600;

function listFiles(folder: string): string[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => isLogFile(name));
  for (const file of files) {
    if (!file.isFile()) throw new Error(`${join(folder, file.name)} is not a regular file`);
  }
  return files.map(({ name }) => name);
}

/** `O_NOFOLLOW`: should a link have taken the file's place since it was listed, this fails with ELOOP. */
function withFile<Result>(path: string, flags: number, use: (fd: number) => Result): Result {
  const fd = openSync(path, flags | constants.O_NOFOLLOW, FILE_MODE);
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

/** A callback that goes on to `then`, or to `done` with what went wrong. */
const orDone =
  (done: Done, then: () => void): Done =>
  (error) =>
    error ? done(error) : then();

function progress(written: number): number {
  if (written === 0) throw new Error('write wrote nothing');
  return written;
}

function syncFolder(folder: string, done: Done): void {
  open(folder, constants.O_RDONLY, FILE_MODE, (error, fd) => {
    if (error) {
      done(error);
      return;
    }
    fsync(fd, (syncing) => close(fd, (closing) => done(syncing ?? closing)));
  });
}
