import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cutToDurable, openDisk } from '../../core/replica/disk.ts';
import type { Disk, Done } from '../../core/wal/disk.ts';
import { segmentBase, segmentFile } from '../../core/wal/files.ts';
import { openWal, type Wal } from '../../core/wal/wal.ts';
import { batch, entries, IDENTITY, names, openLog, refusal } from './support/wal-log.ts';

/** How many bytes one write takes at most: a full disk and a file at its limit take fewer than they are given. */
const bounds = vi.hoisted(() => ({ writeBytesMax: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>();
  const write = (fd: number, bytes: Uint8Array, at: number, length: number, position: null, done: () => void) =>
    actual.write(fd, bytes, at, Math.min(length, bounds.writeBytesMax), position, done);
  const writeSync = (fd: number, bytes: Uint8Array, at: number, length: number, position: number) =>
    actual.writeSync(fd, bytes, at, Math.min(length, bounds.writeBytesMax), position);
  return { ...actual, write, writeSync };
});

const FIRST = 'wal-000000000000.ndjson';
let root = '';
let folder = '';

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'lockstep-wal-'));
  folder = join(root, 'a', 'n1');
});
afterEach(() => {
  bounds.writeBytesMax = Number.POSITIVE_INFINITY;
  fs.rmSync(root, { recursive: true });
});

/** Opens the log in the folder, and waits for its callbacks one by one. */
function openFiles(segmentBytesMax = 1000): { readonly wal: Wal; next(): Promise<number> } {
  const called: number[] = [];
  let waiting: { resolve(number: number): void; reject(error: Error): void } | null = null;
  let failure: Error | null = null;
  const callbacks = {
    persisted(number: number) {
      if (waiting) waiting.resolve(number);
      else called.push(number);
      waiting = null;
    },
    failed(error: Error) {
      failure = error;
      waiting?.reject(error);
    },
    full: () => {},
    freed: () => {},
  };
  const opened = openWal(openDisk(folder), IDENTITY, callbacks, { segmentBytesMax });
  if (opened.verdict !== 'ok') throw new Error(opened.message);
  const next = () =>
    new Promise<number>((resolve, reject) => {
      const number = called.shift();
      if (number !== undefined) resolve(number);
      else if (failure) reject(failure);
      else waiting = { resolve, reject };
    });
  return { wal: opened.wal, next };
}

const closed = (wal: Wal): Promise<void> =>
  new Promise((resolve, reject) => wal.close((error) => (error ? reject(error) : resolve())));
const done = (operation: (callback: Done) => void): Promise<void> =>
  new Promise((resolve, reject) => operation((error) => (error ? reject(error) : resolve())));
const reopened = (): string[] => names(openLog(openDisk(folder)).recovered.entries);

test('a log over files: groups, segments, close, reopen; the files are for their owner alone', async () => {
  const { wal, next } = openFiles();
  for (let number = 1; number <= 8; number++) {
    wal.submit(batch(number, { add: entries(number * 2 - 1, number * 2) }));
    expect(await next()).toBe(number);
  }
  await closed(wal);
  const files = fs.readdirSync(folder);
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) {
    expect(fs.statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(join(folder, file), 'utf8')).toContain(`"base":${segmentBase(file)},`);
  }
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  expect(wal.durableEnd().size).toBe(fs.statSync(join(folder, wal.durableEnd().file)).size);
  expect(reopened()).toEqual(names(entries(1, 16)));
});

test('short writes are gone on with, at start and while running', async () => {
  bounds.writeBytesMax = 7;
  const { wal, next } = openFiles();
  for (let number = 1; number <= 4; number++) {
    wal.submit(batch(number, { add: entries(number * 2 - 1, number * 2) }));
    expect(await next()).toBe(number);
  }
  expect(reopened()).toEqual(names(entries(1, 8)));
});

test('a write that takes nothing is an error, not an endless loop', async () => {
  const { wal, next } = openFiles();
  bounds.writeBytesMax = 0;
  wal.submit(batch(1, { add: entries(1, 1) }));
  await expect(next()).rejects.toThrow('write wrote nothing');
  expect(() => openDisk(folder).write(FIRST, 0, Buffer.from('x'))).toThrow('write wrote nothing');
});

test('cutToDurable leaves what was fsynced, of that file and of no later one', async () => {
  const { wal, next } = openFiles(100_000);
  wal.submit(batch(1, { add: entries(1, 3) }));
  await next();
  const end = wal.durableEnd();
  const before = fs.readFileSync(join(folder, FIRST));
  fs.appendFileSync(join(folder, FIRST), 'not yet fsynced');
  fs.writeFileSync(join(folder, segmentFile(end.size)), 'just created');
  fs.writeFileSync(join(folder, 'notes.txt'), 'of somebody');
  cutToDurable(folder, end);
  expect(fs.readdirSync(folder).sort()).toEqual(['notes.txt', FIRST]);
  expect(fs.readFileSync(join(folder, FIRST))).toEqual(before);
  expect(() => cutToDurable(folder, { file: 'notes.txt', size: 0 })).toThrow('notes.txt is no file of a log');
  expect(reopened()).toEqual(['1:1', '1:2', '1:3']);
});

test('a torn tail is cut from the file', () => {
  openFiles();
  const path = join(folder, FIRST);
  const size = fs.statSync(path).size;
  fs.appendFileSync(path, '{"type":"hard-st');
  expect(openLog(openDisk(folder)).report).toMatchObject({ entries: 0, tornBytes: 16, file: FIRST });
  expect(fs.statSync(path).size).toBe(size);
});

test('a segment that is a link, or no file, is refused, and what it points to is untouched', () => {
  openFiles();
  const [path, elsewhere] = [join(folder, FIRST), join(root, 'elsewhere')];
  fs.renameSync(path, elsewhere);
  fs.symlinkSync(elsewhere, path);
  const before = fs.readFileSync(elsewhere);
  expect(() => openDisk(folder).list()).toThrow(`${path} is not a regular file`);
  const disk = openDisk(folder);
  const attempts = [
    () => disk.read(FIRST),
    () => disk.write(FIRST, 0, Buffer.from('x')),
    () => disk.truncate(FIRST, 0),
  ];
  for (const attempt of attempts) expect(attempt).toThrow('ELOOP');
  expect(() => cutToDurable(folder, { file: FIRST, size: 0 })).toThrow(`${path} is not a regular file`);
  expect(fs.readFileSync(elsewhere)).toEqual(before);
  fs.rmSync(path);
  fs.mkdirSync(path);
  expect(() => openDisk(folder).list()).toThrow(`${path} is not a regular file`);
});

test('a link that takes the place of a segment while it runs is refused too', async () => {
  const disk = openDisk(folder);
  fs.symlinkSync(join(root, 'elsewhere'), join(folder, FIRST));
  await expect(done((callback) => disk.append(FIRST, 'x', callback))).rejects.toThrow('ELOOP');
  await expect(done((callback) => disk.create(FIRST, 'x', callback))).rejects.toThrow('EEXIST');
  expect(fs.existsSync(join(root, 'elsewhere'))).toBe(false);
});

test('a data folder reached through a link is as good as any', async () => {
  fs.mkdirSync(join(root, 'real'));
  fs.symlinkSync(join(root, 'real'), join(root, 'link'));
  folder = join(root, 'link');
  const { wal, next } = openFiles();
  wal.submit(batch(1, { add: entries(1, 1) }));
  await next();
  expect(reopened()).toEqual(['1:1']);
});

test('other files are left alone, and only canonical names are segments', () => {
  const disk: Disk = openDisk(folder);
  const others = ['wal-0.ndjson', 'wal-0000000000000.ndjson', 'wal-00000000000x.ndjson', 'wal-000000000000.ndjson.bak'];
  for (const file of others) fs.writeFileSync(join(folder, file), '');
  for (const base of [2 * 10 ** 12, 5, 10 ** 14]) disk.write(segmentFile(base), 0, Buffer.from('x'));
  expect([...disk.list()].sort()).toEqual([5, 2 * 10 ** 12, 10 ** 14].map(segmentFile).sort());
  expect(refusal(disk)).toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('wal-000000000005.ndjson, line 1'),
  });
  expect(others.every((file) => fs.existsSync(join(folder, file)))).toBe(true);
});

test('closing twice, or before anything was written, is no error', async () => {
  const disk = openDisk(folder);
  await done((callback) => disk.close(callback));
  await done((callback) => disk.create(FIRST, 'x', callback));
  await done((callback) => disk.close(callback));
  await done((callback) => disk.close(callback));
  expect(fs.readFileSync(join(folder, FIRST), 'utf8')).toBe('x');
});
