import { open as openOnce } from 'node:fs';

/**
 * `open` of node:fs, for one who cannot do without: while every file descriptor is taken, by connections that nobody
 * asked for, say, it waits until one is free. Nothing has been done to the file that it waits for.
 */
export function open(
  path: string,
  flags: number,
  mode: number,
  done: (error: NodeJS.ErrnoException | null, fd: number) => void,
): void {
  openOnce(path, flags, mode, (error, fd) => {
    if (error && TAKEN.has(error.code)) setTimeout(open, AGAIN_MS, path, flags, mode, done);
    else done(error, fd);
  });
}

/** This process, or the whole machine, has as many files open as it may. */
const TAKEN: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);
const AGAIN_MS = 10;
