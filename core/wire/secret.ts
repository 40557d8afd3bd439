import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';

/** A secret has at least this many bytes, and its file at most the other: more is some other file. */
export const SECRET_BYTES_MIN = 32;
export const SECRET_FILE_BYTES_MAX = 4096;

/** Why a file is not taken for a cluster's secret: one line that names it, and says what to do. */
export class SecretError extends Error {}

/**
 * What the processes of a cluster, and those who may change it, share. It stands in a file of its owner's alone, as one
 * line of text, and goes nowhere else: no message, log, argument or environment holds it, only what `proof` makes of it.
 */
export class Secret {
  readonly #key: Buffer;

  /**
   * Reads it from a regular file that nobody else can read or has made: a symbolic link is not followed.
   *
   * @throws SecretError if the file is missing, another's, open to others, too short or too long.
   */
  static load(file: string): Secret {
    const text = readPrivate(file).trim();
    if (Buffer.byteLength(text) >= SECRET_BYTES_MIN) return new Secret(Buffer.from(text));
    throw new SecretError(`the secret in ${file} is shorter than ${SECRET_BYTES_MIN} bytes: make a new one`);
  }

  /**
   * Makes a new one, in a file that is there whole or not at all.
   *
   * @throws SecretError if it cannot be written, or is there already.
   */
  static create(file: string): Secret {
    const unfinished = `${file}.new`;
    try {
      rmSync(unfinished, { force: true });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      const fd = openSync(unfinished, flags, 0o600);
      try {
        writeSync(fd, `${randomBytes(SECRET_BYTES_MIN).toString('hex')}\n`);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      linkSync(unfinished, file);
    } catch (error) {
      throw new SecretError(`the secret cannot be written to ${file} (${codeOf(error)})`, { cause: error });
    } finally {
      rmSync(unfinished, { force: true });
    }
    return Secret.load(file);
  }

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * HMAC-SHA-256, in hex, over the JSON text of `[purpose, ...fields]`. Without the secret nobody can make it, and one
   * made for one purpose is of no use for another.
   */
  proof(purpose: string, ...fields: readonly (string | number)[]): string {
    return this.#mac(purpose, fields).toString('hex');
  }

  /** Whether `given` is that proof. Takes as long for one that is nearly right as for any other. */
  isProof(given: unknown, purpose: string, ...fields: readonly (string | number)[]): boolean {
    if (typeof given !== 'string' || !PROOF.test(given)) return false;
    return timingSafeEqual(Buffer.from(given, 'hex'), this.#mac(purpose, fields));
  }

  /** Bytes that only those know who have the secret, and from which it cannot be told. */
  keyFor(purpose: string): Buffer {
    return this.#mac(purpose, []);
  }

  #mac(purpose: string, fields: readonly (string | number)[]): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, ...fields]))
      .digest();
  }
}

/** SHA-256 in hex. */
const PROOF = /^[0-9a-f]{64}$/;

function readPrivate(file: string): string {
  const fd = openPrivate(file);
  try {
    const { uid, mode, size, isFile } = statsOf(fd);
    if (!isFile) throw new SecretError(`the secret ${file} is not a regular file`);
    if (process.getuid && uid !== process.getuid()) {
      throw new SecretError(`the secret ${file} belongs to another user: run it as that user, or make your own copy`);
    }
    if (process.getuid && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new SecretError(`the secret ${file} is open to other users (mode ${octal}): chmod 600 it`);
    }
    if (size > SECRET_FILE_BYTES_MAX) {
      throw new SecretError(`the secret ${file} is longer than ${SECRET_FILE_BYTES_MAX} bytes: is it the right file?`);
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function statsOf(fd: number): { uid: number; mode: number; size: number; isFile: boolean } {
  const stats = fstatSync(fd);
  return { uid: stats.uid, mode: stats.mode, size: stats.size, isFile: stats.isFile() };
}

/** `O_NONBLOCK`: a pipe must not be waited for. What was opened is what is looked at, whatever the name leads to next. */
function openPrivate(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw new SecretError(unopened(file, codeOf(error)), { cause: error });
  }
}

function unopened(file: string, code: string): string {
  if (code === 'ELOOP') return `the secret ${file} is a symbolic link: name the file itself`;
  if (code === 'ENOENT') return `there is no secret at ${file}`;
  return `the secret ${file} cannot be read (${code})`;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
