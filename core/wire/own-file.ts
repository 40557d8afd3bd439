import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync, type Stats, writeFileSync } from 'node:fs';

/** Why a file is not used: one line that begins with its path. */
export class UnfitFileError extends Error {
  /** As the system names it, `ENOENT` say; null where it is for us to refuse it. */
  readonly code: string | null;

  constructor(message: string, options: ErrorOptions & { readonly code: string | null }) {
    super(message, options);
    this.code = options.code;
  }
}

/**
 * The text of a small file of this user's. A symbolic link is not followed, and what was opened is what is looked at,
 * whatever its name leads to next.
 *
 * @param isPrivate whether nobody else may be able to read or write it.
 * @throws UnfitFileError
 */
export function readOwnFile(file: string, bytesMax: number, isPrivate = false): string {
  const fd = openOwn(file);
  try {
    const stats = fstatSync(fd);
    const reason = unfitness(stats, bytesMax, isPrivate);
    if (reason !== null) throw new UnfitFileError(`${file} ${reason}`, { code: null });
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Writes a file anew, its owner's alone: what stood under its name, be it a link, goes, and nothing is written through it. */
export function writeOwnFile(file: string, text: string, { flush = false } = {}): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush });
}

/** `O_NONBLOCK`: a pipe must not be waited for. */
function openOwn(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code = null, message } = error as NodeJS.ErrnoException;
    throw new UnfitFileError(`${file} ${inWords(code, message)}`, { code, cause: error });
  }
}

function inWords(code: string | null, message: string): string {
  if (code === 'ELOOP') return 'is a symbolic link: put the file itself there';
  return code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? message})`;
}

function unfitness(stats: Stats, bytesMax: number, isPrivate: boolean): string | null {
  const { uid, mode, size } = stats;
  if (!stats.isFile()) return 'is not a regular file';
  if (process.getuid && uid !== process.getuid()) return 'belongs to another user: run it as that user';
  if (process.getuid && isPrivate && (mode & 0o077) !== 0) {
    return `is open to other users (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 600 it`;
  }
  return size > bytesMax ? `is longer than ${bytesMax} bytes: is it the right file?` : null;
}
