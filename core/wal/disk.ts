/**
 * What the log needs of a disk, and all that it knows of one: a folder of files, by name (see files.ts). Real processes
 * have it over files, the simulator over memory, where it tears and rots the real format.
 */
export interface Disk extends StartUpDisk, RunningDisk {}

/** Before the replica runs: synchronous, and an error is thrown. */
export interface StartUpDisk {
  /** The names of all files of the log, in any order. */
  list(): readonly string[];
  /** All bytes of a file. */
  read(file: string): Uint8Array;
  /** Writes `bytes` at `at`, an offset within the file, over what is there. Creates the file if it is missing. */
  write(file: string, at: number, bytes: Uint8Array): void;
  /** Cuts a file down to `size` bytes. */
  truncate(file: string, size: number): void;
  remove(file: string): void;
  /** Moves files out of the way, to be looked at by people, and makes that durable. Returns where to, in words. */
  setAside(files: readonly string[]): string;
  /** Makes a file's bytes and size durable. */
  syncFile(file: string): void;
  /** Makes it durable which files there are. */
  syncFolder(): void;
}

/**
 * While it runs: one operation at a time. Each calls `done` once, after the call has returned, with null or with what
 * went wrong; of what it should have done, any part may then have happened.
 */
export interface RunningDisk {
  /** Appends `text` as UTF-8 to a file, all of it (a write can come back short). */
  append(file: string, text: string, done: Done): void;
  /** Makes a file's bytes durable. */
  sync(file: string, done: Done): void;
  /** Creates a file holding `text`, and makes it durable: file and folder. An error if it exists. */
  create(file: string, text: string, done: Done): void;
  /** Cuts a file down to `size` bytes, after a write of which only a part did fit. */
  cut(file: string, size: number, done: Done): void;
  /** Gives a file another name, over any file of that name, and makes that durable. */
  rename(from: string, to: string, done: Done): void;
  /** Removes those of the files that are there. A crash may bring any of them back. */
  discard(files: readonly string[], done: Done): void;
  /** Lets go of all files. */
  close(done: Done): void;
}

export type Done = (error: Error | null) => void;

/** Whether a write failed for want of room: on the disk, in a quota, or in what a file may be. */
export const isFull = (error: Error & { readonly code?: unknown }): boolean =>
  error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG';
