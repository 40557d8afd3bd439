// Folders that hold data: each is durable in the one above it before anything relies on it.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DataFolder } from '../../core/cluster/data-folder.ts';
import { makeFolder } from '../../core/wire/own-folder.ts';

/** What was done in the file system, in order: names that came and went, and the folders that were fsynced. */
const done = vi.hoisted(() => [] as string[]);
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>();
  const folders = new Map<number, string>();
  const openSync: typeof fs.openSync = (path, ...rest) => {
    const fd = actual.openSync(path, ...rest);
    folders.set(fd, `${path}`);
    return fd;
  };
  const fsyncSync = (fd: number): void => {
    if (actual.fstatSync(fd).isDirectory()) done.push(`sync ${folders.get(fd)}`);
    actual.fsyncSync(fd);
  };
  const renameSync = (from: string, to: string): void => {
    done.push(`rename ${to}`);
    actual.renameSync(from, to);
  };
  const rmSync: typeof fs.rmSync = (path, options) => {
    done.push(`remove ${path}`);
    actual.rmSync(path, options);
  };
  return { ...actual, openSync, fsyncSync, renameSync, rmSync };
});

let place = '';
beforeEach(() => {
  place = fs.mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  done.length = 0;
});
afterEach(() => fs.rmSync(place, { recursive: true }));

test('every folder that had to be made, for its owner alone', () => {
  const path = join(place, 'a', 'b', 'c');
  expect(makeFolder(path)).toBe(join(place, 'a'));
  expect(done).toEqual([place, join(place, 'a'), join(place, 'a', 'b')].map((folder) => `sync ${folder}`));
  expect(fs.statSync(path).mode & 0o777).toBe(0o700);
  done.length = 0;
  expect(makeFolder(path)).toBeNull();
  expect(done).toEqual([]);
});

test('a file in the way is named', () => {
  fs.writeFileSync(join(place, 'file'), '');
  for (const path of ['file', 'file/below', 'file/far/below']) {
    expect(() => makeFolder(join(place, path))).toThrow(`${join(place, 'file')} is a file, not a folder`);
  }
});

test('a new cluster’s folder: its file has its name for good before the unfinished one goes', () => {
  const path = join(place, 'deep', 'data');
  DataFolder.open(path, 1).close();
  const at = (what: string): number => done.lastIndexOf(what);
  expect(done).toContain(`sync ${dirname(path)}`);
  const named = at(`rename ${join(path, 'cluster.json')}`);
  const gone = at(`remove ${join(path, 'cluster.json.new')}`);
  expect(named).toBeGreaterThan(-1);
  expect(done.slice(named, gone)).toContain(`sync ${path}`);
});
