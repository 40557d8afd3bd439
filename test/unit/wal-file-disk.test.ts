import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PersistBatch } from '../../core/protocol/io.ts';
import { cutToDurable, openDisk } from '../../core/replica/disk.ts';
import type { Disk, Done } from '../../core/wal/disk.ts';
import { segmentBase, segmentFile } from '../../core/wal/files.ts';
import { openWal, type Wal } from '../../core/wal/wal.ts';
import { batch, entries, hardState, IDENTITY, names, openLog, refusal, SILENT } from './support/wal-log.ts';
import { part } from './support/wal-story.ts';

/**
 * How many bytes one write takes at most: a full disk and a file at its limit take fewer than they are given. And how
 * many all of them take together, before there is no room.
 */
const bounds = vi.hoisted(() => ({ writeBytesMax: Number.POSITIVE_INFINITY, room: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>();
  const write = (
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: null,
    done: (error: Error | null, written: number, buffer: Uint8Array) => void,
  ) => {
    if (bounds.room === 0) return done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }), 0, bytes);
    const taken = Math.min(length, bounds.writeBytesMax, bounds.room);
    bounds.room -= taken;
    actual.write(fd, bytes, at, taken, position, done);
  };
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
  bounds.room = Number.POSITIVE_INFINITY;
  fs.rmSync(root, { recursive: true });
});

/** Opens the log in the folder, and waits for its callbacks one by one. */
function openFiles(segmentBytesMax = 1000, onFull = () => {}): { readonly wal: Wal; next(): Promise<number> } {
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
    full: onFull,
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

test('a log with snapshots over files: parts, names, segments that go; for their owner alone', async () => {
  const { wal, next } = openFiles();
  let number = 0;
  const submit = async (batch: PersistBatch) => {
    wal.submit(batch);
    expect(await next()).toBe(batch.number);
  };
  for (let lsn = 1; lsn <= 6; lsn++) await submit(batch(++number, { add: entries(lsn * 2 - 1, lsn * 2) }));
  const before = fs.readdirSync(folder).length;
  await submit(part(++number, '1:8', { last: false, keys: ['a'] }));
  expect(fs.readdirSync(folder)).toContain('snapshot.part');
  await submit(part(++number, '1:8', { index: 1, keys: ['b'] }));
  expect(fs.readdirSync(folder).length).toBeLessThan(before);
  expect(fs.readdirSync(folder)).toContain('snapshot-000000000008.ndjson');
  const own = openLog(openDisk(folder)).recovered;
  expect(own.snapshot).toMatchObject({ position: { term: 1, lsn: 8 }, pieces: [{ key: 'a' }, { key: 'b' }] });
  expect(names(own.entries)).toEqual(names(entries(9, 12)));

  await submit(part(++number, '2:20', { installs: true, hard: hardState(2) }));
  await submit(batch(++number, { hard: hardState(2), add: entries(21, 22, 2) }));
  await closed(wal);
  const files = fs.readdirSync(folder);
  expect(files.filter((file) => file.startsWith('snapshot'))).toEqual(['snapshot-000000000020.ndjson']);
  for (const file of files) expect(fs.statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  const installed = openLog(openDisk(folder)).recovered;
  expect(installed.snapshot?.position).toEqual({ term: 2, lsn: 20 });
  expect(names(installed.entries)).toEqual(['2:21', '2:22']);
});

test('a disk without room: what did fit of a write is cut off, and it goes when there is some', async () => {
  let isFull = (): void => {};
  const full = () => new Promise<void>((resolve) => (isFull = resolve));
  const { wal, next } = openFiles(700, () => isFull());
  wal.submit(batch(1, { add: entries(1, 2) }));
  await next();
  const { size } = fs.statSync(join(folder, FIRST));
  /** Submits what does not fit, and waits until it has been taken back. */
  const tooMuch = async (next: PersistBatch) => {
    bounds.room = 100;
    const waits = full();
    wal.submit(next);
    await waits;
  };
  await tooMuch(batch(2, { add: entries(3, 4) }));
  // It does not fit into the first segment, and so it was a new one.
  expect(fs.readdirSync(folder)).toEqual([FIRST]);
  expect(fs.statSync(join(folder, FIRST)).size).toBe(size);
  bounds.room = Number.POSITIVE_INFINITY;
  wal.retry();
  expect(await next()).toBe(2);
  const sizes = () => fs.readdirSync(folder).map((file) => [file, fs.statSync(join(folder, file)).size]);
  let before = sizes();
  await tooMuch(part(3, '1:3', { last: false }));
  expect(sizes()).toEqual(before);
  bounds.room = Number.POSITIVE_INFINITY;
  wal.retry();
  expect(await next()).toBe(3);
  before = sizes();
  await tooMuch(part(4, '1:3', { index: 1 }));
  expect(sizes()).toEqual(before);
  bounds.room = Number.POSITIVE_INFINITY;
  wal.retry();
  expect(await next()).toBe(4);
  await closed(wal);
  const { snapshot, entries: after } = openLog(openDisk(folder)).recovered;
  expect([...(snapshot?.pieces ?? [])]).toHaveLength(4);
  expect(names(after)).toEqual(['1:4']);
});

test('what is set aside is in a folder of its own, each time in another', () => {
  openFiles();
  for (const count of [1, 2]) {
    const [file = ''] = fs.readdirSync(folder).filter((name) => name.startsWith('wal-'));
    const damaged = join(folder, file);
    fs.writeFileSync(damaged, '');
    const opened = openWal(openDisk(folder), IDENTITY, SILENT, { mayBeNew: false, rebuild: true });
    const aside = join(folder, `damaged-${count}`);
    expect(opened).toMatchObject({ verdict: 'ok', report: { rebuilt: { folder: aside } } });
    expect(fs.readdirSync(aside)).toEqual([file]);
    expect(fs.statSync(aside).mode & 0o777).toBe(0o700);
    expect(fs.existsSync(damaged)).toBe(false);
    expect(openDisk(folder).list()).toHaveLength(1);
  }
});

test('a power cut leaves whole snapshots, and nothing of one that is not', async () => {
  const { wal, next } = openFiles(100_000);
  wal.submit(batch(1, { add: entries(1, 4) }));
  wal.submit(part(2, '1:2'));
  wal.submit(part(3, '1:4', { last: false }));
  while ((await next()) !== 3);
  cutToDurable(folder, wal.durableEnd());
  expect(fs.readdirSync(folder).sort()).toEqual(['snapshot-000000000002.ndjson', FIRST]);
  expect(reopened()).toEqual(['1:3', '1:4']);
});

test('what is to be removed may be gone already; what cannot be removed is an error', async () => {
  const disk = openDisk(folder);
  await done((callback) => disk.create(FIRST, 'x', callback));
  fs.mkdirSync(join(folder, 'snapshot.part'));
  await done((callback) => disk.discard(['wal-000000000007.ndjson', FIRST, 'wal-000000000009.ndjson'], callback));
  expect(fs.readdirSync(folder)).toEqual(['snapshot.part']);
  await expect(done((callback) => disk.discard(['snapshot.part'], callback))).rejects.toThrow(/EISDIR|EPERM/);
});
