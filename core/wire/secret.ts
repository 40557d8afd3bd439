import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, rmSync } from 'node:fs';
import { readOwnFile, UnfitFileError, writeOwnFile } from './own-file.ts';

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
    const text = readSecret(file).trim();
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
      writeOwnFile(unfinished, `${randomBytes(SECRET_BYTES_MIN).toString('hex')}\n`, { flush: true });
      linkSync(unfinished, file);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new SecretError(`the secret cannot be written to ${file} (${code ?? message})`, { cause: error });
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

function readSecret(file: string): string {
  try {
    return readOwnFile(file, SECRET_FILE_BYTES_MAX, true);
  } catch (error) {
    if (!(error instanceof UnfitFileError)) throw error;
    const message = error.code === 'ENOENT' ? `there is no secret at ${file}` : `the secret ${error.message}`;
    throw new SecretError(message, { cause: error });
  }
}
