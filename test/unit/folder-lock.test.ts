// One user of a folder at a time, whatever the others are and wherever they died.
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FolderLock, InUse, isAbandoned, LOCK_FILE } from '../../core/cluster/folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

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

test('a pid that another process has by now does not keep it', () => {
  const reused = { pid: process.pid, started: '1' };
  writeFileSync(lockFile(), JSON.stringify({ id: 'first', supervisor: reused, children: [reused] }));
  // Nor is that other process ended as one of its children.
  FolderLock.take(folder).release();
});

test('a pid of another user’s process does not keep it either, nor does it free a lock that is held', () => {
  // Signals to process 1 are refused to all but root: that it is there is known all the same.
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  });
  writeFileSync(lockFile(), JSON.stringify({ id: 'first', supervisor: { pid: 1, started: '1' }, children: [] }));
  const mine = FolderLock.take(folder);
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  mine.release();
});

test('a lock that another user wrote is nobody’s to take over, and ends no process', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const owner = FolderLock.take(folder);
  owner.setChildren([child.pid ?? 0]);
  const lock = JSON.parse(readFileSync(lockFile(), 'utf8'));
  writeFileSync(lockFile(), JSON.stringify({ ...lock, supervisor: DEAD }));
  const kill = vi.spyOn(process, 'kill');
  const { uid } = statSync(lockFile());
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  expect(isAbandoned(folder)).toBe(false);
  expect(kill).not.toHaveBeenCalledWith(child.pid, 'SIGKILL');
  vi.mocked(process.getuid as () => number).mockReturnValue(uid);
  expect(isAbandoned(folder)).toBe(true);
  expect(kill).toHaveBeenCalledWith(child.pid, 'SIGKILL');
});

test.each([
  ['a link', () => symlinkSync(join(folder, 'elsewhere'), lockFile())],
  [
    'a link to a lock of the dead',
    () => {
      leave('elsewhere', 'first');
      symlinkSync(join(folder, 'elsewhere'), lockFile());
    },
  ],
  ['a folder', () => mkdirSync(lockFile())],
  ['a name that leads out of the folder', () => leave(LOCK_FILE, '../../first')],
  [
    'too long',
    () =>
      writeFileSync(lockFile(), JSON.stringify({ id: 'first', supervisor: DEAD, children: [] }).padEnd(16 * 1024 + 1)),
  ],
])('a lock that is no file of ours is nobody’s to take: %s', (_what, prepare) => {
  prepare();
  expect(() => FolderLock.take(folder)).toThrow(InUse);
  expect(isAbandoned(folder)).toBe(false);
});

test('what those wrote who died on their way to it is swept, but not what somebody is writing', () => {
  const name = (n: number): string => `lock-00000000-0000-0000-0000-00000000000${n}`;
  leave(name(1), 'first');
  writeFileSync(join(folder, name(2)), '{"id":');
  utimesSync(join(folder, name(2)), 0, 0);
  writeFileSync(join(folder, name(3)), '{"id":');
  writeFileSync(
    join(folder, name(4)),
    JSON.stringify({ id: 'x', supervisor: { pid: process.pid, started: null }, children: [] }),
  );
  const lock = FolderLock.take(folder);
  expect(readdirSync(folder).sort()).toEqual([name(3), name(4), LOCK_FILE]);
  lock.release();
});

test('abandoned is what the dead left, not what is free or used', () => {
  expect(isAbandoned(folder)).toBe(false);
  const lock = FolderLock.take(folder);
  expect(isAbandoned(folder)).toBe(false);
  lock.release();
  leave(LOCK_FILE, 'first');
  expect(isAbandoned(folder)).toBe(true);
});
