/**
 * What the log needs of a disk, and all that it knows of one. Segments are named by their base (see segment.ts). Real
 * processes have it over files, the simulator over memory, where it tears and rots the real format.
 */
export interface Disk extends StartUpDisk, RunningDisk {}

/** Before the replica runs: synchronous, and an error is thrown. */
export interface StartUpDisk {
  /** The bases of all segments, ascending. */
  list(): readonly number[];
  /** All bytes of a segment. */
  read(base: number): Uint8Array;
  /** Writes `bytes` at `at`, an offset within the segment, over what is there. Creates the segment if it is missing. */
  write(base: number, at: number, bytes: Uint8Array): void;
  /** Cuts a segment down to `size` bytes. */
  truncate(base: number, size: number): void;
  remove(base: number): void;
  /** Makes a segment's bytes and size durable. */
  syncFile(base: number): void;
  /** Makes it durable which segments there are. */
  syncFolder(): void;
}

/**
 * While it runs: one operation at a time. Each calls `done` once, after the call has returned, with null or with what
 * went wrong; of what it should have done, any part may then have happened.
 */
export interface RunningDisk {
  /** Appends `text` as UTF-8 to a segment, all of it (a write can come back short). */
  append(base: number, text: string, done: Done): void;
  /** Makes a segment's bytes durable. */
  sync(base: number, done: Done): void;
  /** Creates a segment holding `text`, and makes it durable: file and folder. An error if it exists. */
  create(base: number, text: string, done: Done): void;
  /** Lets go of all files. */
  close(done: Done): void;
}

export type Done = (error: Error | null) => void;
