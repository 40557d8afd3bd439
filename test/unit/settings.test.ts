import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveAddress } from '../../cli/address.ts';
import { clusterOptions } from '../../cli/cluster-flags.ts';
import { Context } from '../../cli/context.ts';
import { type Looks, type LooksFlags, resolveLooks } from '../../cli/looks.ts';
import { main } from '../../cli/main.ts';
import { FakeIo, run } from './support/fake-io.ts';

let home = '';
let folder = '';
let file = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  folder = join(home, 'lockstep');
  file = join(folder, 'config.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function store(text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
}

const contextOf = (env: Record<string, string>) => new Context(new FakeIo({ XDG_CONFIG_HOME: home, ...env }), main);

const config = (...words: string[]) => run(['config', ...words], { XDG_CONFIG_HOME: home });

test('flags beat environment beats config beats defaults', async () => {
  store('{"replicas":5,"mode":"sync","tempo":"slow"}');
  const io = new FakeIo({ XDG_CONFIG_HOME: home, LOCKSTEP_MODE: 'async', LOCKSTEP_TEMPO: 'fast', LOCKSTEP_PORT: '' });
  const options = await clusterOptions(new Context(io, main), { tempo: 'normal', color: true });
  expect(options).toEqual({
    replicas: 5,
    mode: 'async',
    host: '127.0.0.1',
    port: 7400,
    data: null,
    tempo: 'normal',
  });
  expect(io.stderr).toBe('');
});

test('the looks: flags beat environment beats config beats defaults', async () => {
  const looks = (env: Record<string, string> = {}, flags: Partial<LooksFlags> = {}): Promise<Looks> =>
    resolveLooks(contextOf(env), { color: true, mouse: true, ...flags });
  expect(await looks()).toEqual({ theme: 'dark', ascii: false, mouse: true, noColor: false });
  store('{"theme":"light","ascii":true,"mouse":false}');
  expect(await looks()).toEqual({ theme: 'light', ascii: true, mouse: false, noColor: false });
  const env = { LOCKSTEP_THEME: 'mono', LOCKSTEP_ASCII: '0', LOCKSTEP_MOUSE: 'true', NO_COLOR: '1' };
  expect(await looks(env)).toEqual({ theme: 'mono', ascii: false, mouse: true, noColor: true });
  const flags = { theme: 'contrast', ascii: true, mouse: false, color: false } as const;
  expect(await looks(env, flags)).toEqual({ theme: 'contrast', ascii: true, mouse: false, noColor: true });
});

test('a wrong value in the environment is named by whoever uses it, and nobody else', async () => {
  const env = { LOCKSTEP_THEME: 'bad', LOCKSTEP_ASCII: 'yes' };
  expect(await resolveAddress(undefined, contextOf(env))).toEqual({ host: '127.0.0.1', port: 7400 });
  expect(await clusterOptions(contextOf(env), { color: true })).toMatchObject({ port: 7400 });
  const looks = (flags: Partial<LooksFlags>) => resolveLooks(contextOf(env), { color: true, mouse: true, ...flags });
  await expect(looks({ ascii: true })).rejects.toThrow(
    'LOCKSTEP_THEME must be dark, light, contrast or mono, not "bad"',
  );
  await expect(looks({ theme: 'dark' })).rejects.toThrow('LOCKSTEP_ASCII must be true or false, not "yes"');
});

test('a settings file that cannot be read is complained of once, whoever asks', async () => {
  mkdirSync(file, { recursive: true });
  const io = new FakeIo({ XDG_CONFIG_HOME: home });
  const context = new Context(io, main);
  await resolveAddress(undefined, context);
  await resolveLooks(context, { color: true, mouse: true });
  expect(io.stderr.split('\n')).toHaveLength(2);
});

test('a number of replicas that nobody gave is left to the data folder', async () => {
  const data = join(home, 'data');
  const options = (env: Record<string, string>) => clusterOptions(contextOf(env), { data, color: true });
  expect((await options({})).replicas).toBeNull();
  store('{"replicas":5}');
  expect((await options({})).replicas).toBe(5);
  mkdirSync(data);
  expect((await options({})).replicas).toBe(5);
  writeFileSync(join(data, 'something'), '');
  expect((await options({})).replicas).toBeNull();
  expect((await options({ LOCKSTEP_REPLICAS: '4' })).replicas).toBe(4);
});

test('config set, get, path and reset', async () => {
  expect(await config('path')).toMatchObject({ exit: 0, io: { stdout: `${file}\n` } });
  expect((await config('set', 'replicas', '5')).exit).toBe(0);
  expect((await config('set', 'mode', 'sync')).io.stdout).toBe(`mode is sync from now on, in ${file}\n`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ replicas: 5, mode: 'sync' });
  expect((await config('get', 'mode')).io.stdout).toBe('sync\n');
  expect((await config()).io.stdout).toBe(
    [
      'replicas  5         (config)',
      'mode      sync      (config)',
      'tempo     normal    (default)',
      'port      7400      (default)',
      'theme     dark      (default)',
      'mouse     true      (default)',
      'ascii     false     (default)',
      '',
    ].join('\n'),
  );
  expect((await config('set', 'ascii', '1')).exit).toBe(0);
  expect((await config('set', 'theme', 'contrast')).exit).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ascii: true, theme: 'contrast' });
  expect((await config('get', 'mode', '--json')).io.records).toEqual([
    { v: 1, key: 'mode', value: 'sync', source: 'config' },
  ]);
  expect((await config('--json')).io.records[0]).toMatchObject({ v: 1, settings: { port: { value: 7400 } } });
  expect((await config('reset')).exit).toBe(0);
  expect((await config('get', 'mode')).io.stdout).toBe('quorum\n');
});

test('reading settings makes no file', async () => {
  await config();
  await config('reset');
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ['no JSON', '{"replicas":'],
  ['empty', ''],
  ['a list', '[3]'],
  ['a replica too many', '{"replicas":10}'],
  ['a word of the wrong kind', '{"mode":"eventual"}'],
  ['a port that is text', '{"port":"7400"}'],
  ['a theme that is none', '{"theme":"pink"}'],
  ['a switch that is text', '{"mouse":"false"}'],
])('a file that is invalid is set aside, with one line of warning: %s', async (_what, text) => {
  store(text);
  writeFileSync(`${file}.invalid-1`, 'an earlier one');
  const { exit, io } = await config('get', 'replicas');
  expect(exit).toBe(0);
  expect(io.stdout).toBe('3\n');
  expect(io.stderr).toMatch(
    /^lockstep: the settings in [^\n]+ are not valid \([^\n]+\); it is kept as config.json.invalid-2[^\n]+\n$/,
  );
  expect(readFileSync(`${file}.invalid-2`, 'utf8')).toBe(text);
  expect(readFileSync(`${file}.invalid-1`, 'utf8')).toBe('an earlier one');
  expect(existsSync(file)).toBe(false);
  // From now on there is nothing to warn of.
  expect((await config('set', 'replicas', '4')).io.stderr).toBe('');
  expect((await config('get', 'replicas')).io).toMatchObject({ stdout: '4\n', stderr: '' });
});

test('settings of a later version are left in the file', async () => {
  store('{"sound":"loud"}');
  expect((await config('set', 'port', '0')).io.stderr).toBe('');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ sound: 'loud', port: 0 });
});

test('a folder that cannot be written stops only config set', async () => {
  // Also for root, who may write everywhere: the folder's place is taken by a file.
  writeFileSync(folder, '');
  expect((await config('get', 'mode')).io).toMatchObject({ stdout: 'quorum\n', stderr: '' });
  const { exit, io } = await config('set', 'mode', 'sync');
  expect(exit).toBe(1);
  expect(io.stderr).toMatch(/^lockstep: cannot write [^\n]+config.json \([A-Z]+\)\n$/);
  expect((await config('set', 'mode', 'sync', '--json')).io.records).toMatchObject([
    { v: 1, error: { code: 'config-unwritable' } },
  ]);
});

test('a file that cannot be read is left alone', async () => {
  mkdirSync(file, { recursive: true });
  const { exit, io } = await config('get', 'mode');
  expect(exit).toBe(0);
  expect(io.stdout).toBe('quorum\n');
  expect(io.stderr).toMatch(/^lockstep: the settings in [^\n]+ cannot be read \(EISDIR\); none of them is used\n$/);
  expect(readdirSync(folder)).toEqual(['config.json']);
});

test('the address: flag, environment, or where up would listen', async () => {
  const at = (flag?: string, env: Record<string, string> = {}) => resolveAddress(flag, contextOf(env));
  expect(await at()).toEqual({ host: '127.0.0.1', port: 7400 });
  store('{"port":7500}');
  expect(await at()).toEqual({ host: '127.0.0.1', port: 7500 });
  expect(await at(undefined, { LOCKSTEP_PORT: '7600' })).toEqual({ host: '127.0.0.1', port: 7600 });
  expect(await at(undefined, { LOCKSTEP_PORT: '0' })).toEqual({ host: '127.0.0.1', port: 7400 });
  expect(await at(undefined, { LOCKSTEP_ADDR: 'box:1', LOCKSTEP_PORT: '2' })).toEqual({ host: 'box', port: 1 });
  expect(await at('[::1]:7401', { LOCKSTEP_ADDR: 'box:1' })).toEqual({ host: '::1', port: 7401 });
  expect(await at(':7402')).toEqual({ host: '127.0.0.1', port: 7402 });
  expect(await at('7403')).toEqual({ host: '127.0.0.1', port: 7403 });
});
