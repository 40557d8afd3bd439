// A cluster's secret: which file is taken for one, and what is made of it.
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SECRET_BYTES_MIN, SECRET_FILE_BYTES_MAX, Secret, SecretError } from '../../core/wire/secret.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  file = join(folder, 'secret');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const write = (text: string): void => writeFileSync(file, text, { mode: 0o600 });

test('a new one is its owner’s alone, unlike any other, and there whole', () => {
  const secret = Secret.create(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  expect(readdirSync(folder)).toEqual(['secret']);
  expect(Secret.load(file).proof('test')).toBe(secret.proof('test'));
  const other = join(folder, 'other');
  expect(Secret.create(other).proof('test')).not.toBe(secret.proof('test'));
});

test('one that is there is not written over, and what a crash left is in nobody’s way', () => {
  write('x'.repeat(SECRET_BYTES_MIN));
  expect(() => Secret.create(file)).toThrow(/^the secret cannot be written to .*secret \(EEXIST\)$/);
  expect(readFileSync(file, 'utf8')).toBe('x'.repeat(SECRET_BYTES_MIN));
  const other = join(folder, 'other');
  writeFileSync(`${other}.new`, 'half');
  Secret.create(other);
  expect(readdirSync(folder).sort()).toEqual(['other', 'secret']);
});

test.each<[string, () => void, RegExp]>([
  ['missing', () => {}, /^there is no secret at .*\/secret$/],
  ['a symbolic link', () => symlinkSync(elsewhere(), file), /is a symbolic link: put the file itself there$/],
  ['a folder', () => mkdirSync(file), /is not a regular file$/],
  ['a pipe, which nobody writes to', () => spawnSync('sh', ['-c', 'mkfifo "$0"', file]), /is not a regular file$/],
  ['to be read by others', () => openTo(0o640), /is open to other users \(mode 0640\): chmod 600 it$/],
  ['to be written by others', () => openTo(0o602), /is open to other users \(mode 0602\): chmod 600 it$/],
  ['too short', () => write(`${'x'.repeat(SECRET_BYTES_MIN - 1)}\n`), /is shorter than 32 bytes: make a new one$/],
  ['empty', () => write(''), /is shorter than 32 bytes/],
  [
    'too long',
    () => write('x'.repeat(SECRET_FILE_BYTES_MAX + 1)),
    /is longer than 4096 bytes: is it the right file\?$/,
  ],
])('refused in one line that names it: %s', (_what, prepare, says) => {
  prepare();
  const load = () => Secret.load(file);
  expect(load).toThrow(SecretError);
  expect(load).toThrow(says);
  expect(load).toThrow(/^[^\n]*$/);
});

test('one that is another user’s is refused', () => {
  Secret.create(file);
  const { uid } = statSync(file);
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  expect(() => Secret.load(file)).toThrow(/belongs to another user: run it as that user$/);
});

test('the shortest and the longest are taken, and one that nobody can write', () => {
  write(`${'x'.repeat(SECRET_BYTES_MIN)}\n`);
  const secret = Secret.load(file);
  chmodSync(file, 0o400);
  expect(Secret.load(file).proof('test')).toBe(secret.proof('test'));
  rmSync(file);
  write('x'.repeat(SECRET_FILE_BYTES_MAX));
  expect(Secret.load(file).proof('test')).not.toBe(secret.proof('test'));
});

test('a proof is HMAC-SHA-256 over JSON, so that any language can make it', () => {
  write(`${'s'.repeat(40)}\n`);
  const secret = Secret.load(file);
  const expected = createHmac('sha256', 's'.repeat(40)).update('["purpose","a\\nb",2]').digest('hex');
  expect(secret.proof('purpose', 'a\nb', 2)).toBe(expected);
  expect(secret.isProof(expected, 'purpose', 'a\nb', 2)).toBe(true);
});

test('nothing else is a proof', () => {
  const secret = Secret.create(file);
  const proof = secret.proof('purpose', 'a', 'b');
  const flipped = `${proof.slice(0, -1)}${proof.endsWith('0') ? '1' : '0'}`;
  for (const given of [flipped, proof.slice(2), `${proof}00`, proof.toUpperCase(), '', null, undefined, 7, [proof]]) {
    // Upper case of digits alone is the proof itself.
    expect(secret.isProof(given, 'purpose', 'a', 'b'), inspect(given)).toBe(given === proof);
  }
  // The same text, cut up another way, is another thing to prove.
  expect(secret.isProof(proof, 'purpose', 'ab')).toBe(false);
  expect(secret.isProof(proof, 'purpose', 'a,b')).toBe(false);
  expect(secret.isProof(proof, 'other', 'a', 'b')).toBe(false);
});

test('it shows nothing of itself, however it is printed', () => {
  const secret = Secret.create(file);
  const text = readFileSync(file, 'utf8').trim();
  for (const shown of [JSON.stringify({ secret }), inspect(secret, { depth: 9, showHidden: true }), `${secret}`]) {
    expect(shown).not.toContain(text.slice(0, 8));
    expect(shown).not.toContain(Buffer.from(text).toString('hex').slice(0, 16));
  }
});

function openTo(mode: number): void {
  write('x'.repeat(64));
  chmodSync(file, mode);
}

/** A good secret under another name. */
function elsewhere(): string {
  const other = join(folder, 'elsewhere');
  Secret.create(other);
  return other;
}
