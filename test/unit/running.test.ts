// How a user's commands find the secret of what the user runs, and of nothing else.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ENTRY_BYTES_MAX, findRunning, registerRunning } from '../../core/cluster/running.ts';
import { Secret } from '../../core/wire/secret.ts';

let home: string;
let secretFile: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  secretFile = join(home, 'secret');
  Secret.create(secretFile);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const env = () => ({ HOME: home });
const folder = () => join(home, '.local', 'state', 'lockstep', 'running');
const register = (host = '127.0.0.1', port = 7400) => registerRunning('c', { host, port, secretFile }, env());
const find = (host = '127.0.0.1', port = 7400) => findRunning({ host, port }, env());
const onlyFile = (): string => join(folder(), readdirSync(folder())[0] ?? 'none');
const here = Object.values(networkInterfaces()).flatMap(
  (all) => all?.flatMap(({ address, internal }) => (internal ? [] : [address])) ?? [],
);

test('what runs is found at its address until it is taken back, in a folder of the user’s alone', () => {
  const remove = register();
  expect(find()).toEqual({ secretFile, isTls: false, problem: null });
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(onlyFile()).mode & 0o777).toBe(0o600);
  remove();
  expect(find()).toBeNull();
  expect(readdirSync(folder())).toEqual([]);
  remove();
});

test('it says where the secret is, and not what it is', () => {
  register();
  const { stdout } = spawnSync('cat', [onlyFile()], { encoding: 'utf8' });
  expect(stdout).toContain(secretFile);
  const { stdout: secret } = spawnSync('cat', [secretFile], { encoding: 'utf8' });
  expect(stdout).not.toContain(secret.trim());
});

test('XDG_STATE_HOME comes before HOME, where it is an absolute path', () => {
  const state = join(home, 'state');
  registerRunning('c', { host: '127.0.0.1', port: 1, secretFile }, { HOME: home, XDG_STATE_HOME: state });
  expect(readdirSync(join(state, 'lockstep', 'running'))).toHaveLength(1);
  expect(find('127.0.0.1', 1)).toBeNull();
  expect(findRunning({ host: '127.0.0.1', port: 1 }, { HOME: home, XDG_STATE_HOME: 'state' })).toBeNull();
});

test.each([
  ['127.0.0.1', '127.0.0.1', false],
  ['127.0.0.1', 'localhost', false],
  ['::1', 'localhost', false],
  ['localhost', '127.0.0.1', false],
  ['0.0.0.0', '127.0.0.1', true],
  ['0.0.0.0', 'localhost', true],
  ['::', '::1', true],
  ['10.0.0.1', '10.0.0.1', true],
])('listening at %s it is found at %s', (listening, host, isTls) => {
  register(listening);
  expect(find(host)).toMatchObject({ secretFile, isTls });
});

test('listening anywhere it is found at every address of this machine', () => {
  register('0.0.0.0');
  for (const host of here) expect(find(host)).toMatchObject({ isTls: true });
});

test.each([
  // Somebody else may listen there.
  ['127.0.0.1', '127.0.0.2'],
  ['127.0.0.1', '::1'],
  ['127.0.0.2', 'localhost'],
  ['127.0.0.1', '192.0.2.1'],
  ['0.0.0.0', '192.0.2.1'],
  ['0.0.0.0', 'elsewhere.example'],
])('listening at %s it is not found at %s', (listening, host) => {
  register(listening);
  expect(find(host)).toBeNull();
  expect(find(listening, 7401)).toBeNull();
});

test('what a dead process has left is not found, and is removed by the next one', () => {
  const dead = {
    v: 1,
    machine: hostname(),
    host: '127.0.0.1',
    port: 7400,
    secretFile,
    supervisor: { pid: 2 ** 22 + 1, started: '1' },
  };
  // The pid of one that lives, with another start, is that of one that is dead.
  const reused = { ...dead, supervisor: { pid: process.pid, started: '1' } };
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  for (const [index, entry] of [dead, reused].entries()) {
    writeFileSync(join(folder(), `${index}.json`), JSON.stringify(entry), { mode: 0o600 });
  }
  expect(find()).toBeNull();
  register('127.0.0.1', 7401);
  expect(readdirSync(folder())).toEqual([`c-${process.pid}.json`]);
  // What runs on another machine, whose users have this home too, is left alone.
  const elsewhere = { ...dead, machine: 'another', supervisor: { pid: process.pid, started: null } };
  writeFileSync(join(folder(), 'elsewhere.json'), JSON.stringify(elsewhere), { mode: 0o600 });
  expect(find()).toBeNull();
  register('127.0.0.1', 7401);
  expect(readdirSync(folder()).sort()).toEqual([`c-${process.pid}.json`, 'elsewhere.json']);
});

test('a secret that cannot be used is said, with what can still be done', () => {
  register();
  chmodSync(secretFile, 0o644);
  const ways = `without it the cluster can be looked at, but only process ${process.pid} can stop it`;
  expect(find()).toEqual({
    secretFile: null,
    isTls: false,
    problem: `the secret ${secretFile} is open to other users (mode 0644): chmod 600 it; ${ways}`,
  });
  rmSync(secretFile);
  expect(find()?.problem).toBe(`there is no secret at ${secretFile}; ${ways}`);
});

test('what is no entry is passed over: a link, nonsense, too much', () => {
  register();
  const file = onlyFile();
  const good = spawnSync('cat', [file], { encoding: 'utf8' }).stdout;
  expect(find()).not.toBeNull();
  writeFileSync(file, good.padEnd(ENTRY_BYTES_MAX));
  expect(find()).not.toBeNull();
  writeFileSync(file, good.padEnd(ENTRY_BYTES_MAX + 1));
  expect(find()).toBeNull();
  for (const text of [
    '',
    'null',
    '[]',
    '{',
    '{"v":1}',
    good.replace('"v":1', '"v":2'),
    good.replace('7400', '"7400"'),
  ]) {
    writeFileSync(file, text);
    expect(find(), text).toBeNull();
  }
  writeFileSync(file, good);
  renameSync(file, join(home, 'elsewhere'));
  symlinkSync(join(home, 'elsewhere'), file);
  expect(find()).toBeNull();
});

test('where the folder cannot be looked into, nothing is found', () => {
  const file = join(home, 'file');
  writeFileSync(file, '');
  const inFile = { HOME: home, XDG_STATE_HOME: file };
  expect(findRunning({ host: '127.0.0.1', port: 7400 }, inFile)).toBeNull();
  expect(() => registerRunning('c', { host: '127.0.0.1', port: 7400, secretFile }, inFile)).toThrow(
    'is a file, not a folder',
  );
});

test('a folder that others can write to, or that is another’s, is not believed', () => {
  const remove = register();
  remove();
  chmodSync(folder(), 0o777);
  expect(() => register()).toThrow(/must be a folder of yours that nobody else can write to$/);
  chmodSync(folder(), 0o700);
  register();
  expect(find()).not.toBeNull();
  chmodSync(folder(), 0o770);
  expect(find()).toBeNull();
  chmodSync(folder(), 0o700);
  const { uid } = statSync(folder());
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  expect(find()).toBeNull();
  vi.restoreAllMocks();
  const real = `${folder()}-real`;
  renameSync(folder(), real);
  symlinkSync(real, folder());
  expect(find()).toBeNull();
  expect(existsSync(real)).toBe(true);
});
