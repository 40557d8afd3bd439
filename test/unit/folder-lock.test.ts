// One user of a folder at a time, whatever the others are and wherever they died.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderLock, InUse, isAbandoned, LOCK_FILE } from '../../core/cluster/folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lockFile = (): string => join(folder, LOCK_FILE);
/** Nothing has this pid: one more than the largest. */
const DEAD = { pid: 2 ** 22 + 1, started: '1' };

function leave(name: string, id: string): void {
  writeFileSync(join(folder, name), JSON.stringify({ id, supervisor: DEAD, children: [] }));
}

test('it is taken once, and free again when it is released', () => {
  const lock = FolderLock.take(folder);
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  lock.setChildren([process.pid]);
  expect(JSON.parse(readFileSync(lockFile(), 'utf8')).children[0].pid).toBe(process.pid);
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  lock.release();
  FolderLock.take(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock that cannot be read is nobody’s to take', () => {
  writeFileSync(lockFile(), '');
  expect(() => FolderLock.take(folder)).toThrow(InUse);
});

test('left by the dead it is taken over, its children are ended, and nothing else stays', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  const owner = FolderLock.take(folder);
  owner.setChildren([child.pid ?? 0]);
  const lock = JSON.parse(readFileSync(lockFile(), 'utf8'));
  writeFileSync(lockFile(), JSON.stringify({ ...lock, supervisor: DEAD }));
  const mine = FolderLock.take(folder);
  expect(await ended).toBe('SIGKILL');
  expect(readdirSync(folder)).toEqual([LOCK_FILE]);
  // The dead one's release, should it come after all, is not its business any more.
  owner.release();
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  mine.release();
});

test('of those who find it left by the dead only one gets it, also if one of them died on the way', () => {
  leave(LOCK_FILE, 'first');
  leave('taken-first', 'second');
  leave('taken-second', 'third');
  const mine = FolderLock.take(folder);
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  mine.release();
});

test('it is not taken over while somebody alive is about to', () => {
  leave(LOCK_FILE, 'first');
  const claim = { id: 'second', supervisor: { pid: process.pid, started: null }, children: [] };
  writeFileSync(join(folder, 'taken-first'), JSON.stringify(claim));
  expect(() => FolderLock.take(folder)).toThrow(InUse);
});

test('abandoned is what the dead left, not what is free or used', () => {
  expect(isAbandoned(folder)).toBe(false);
  const lock = FolderLock.take(folder);
  expect(isAbandoned(folder)).toBe(false);
  lock.release();
  leave(LOCK_FILE, 'first');
  expect(isAbandoned(folder)).toBe(true);
});
