import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Context } from '../../cli/context.ts';
import { EXIT } from '../../cli/failure.ts';
import { EXIT_OF_SIGNAL } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import { buildProgram } from '../../cli/program.ts';
import { FakeIo, run } from './support/fake-io.ts';
import { unusedPort } from './support/fake-router.ts';

const commands = buildProgram(new Context(new FakeIo(), main)).commands.map((command) => command.name());

test('every command of the manual is there', () => {
  const manual = `play up down attach replica router write delete read load ledger status log mode tempo
    kill stop pause resume start power-cut link heal sim bench config`;
  expect(commands).toEqual(manual.split(/\s+/));
});

test.each([...commands.map((name) => [name]), ...['get', 'set', 'path', 'reset'].map((name) => ['config', name])])(
  '%s %s --help says what it does, with examples',
  async (...words) => {
    const { exit, io } = await run([...words, '--help']);
    expect(exit).toBe(0);
    expect(io.stdout).toContain(`Usage: lockstep ${words.join(' ')}`);
    expect(io.stdout).toMatch(/\nExamples:\n {2}lockstep/);
    expect(io.stderr).toBe('');
  },
);

test.each([...commands.filter((name) => name !== 'config'), 'config get', 'config set', 'config path', 'config reset'])(
  '%s takes --json and --no-color',
  async (words) => {
    const { io } = await run([...words.split(' '), '--help']);
    expect(io.stdout).toContain('--json');
    expect(io.stdout).toContain('--no-color');
  },
);

test('--help and --version end well', async () => {
  const help = await run(['--help']);
  expect(help.exit).toBe(0);
  expect(help.io.stdout).toContain('power-cut [options] <target>');
  const version = await run(['--version']);
  expect(version.exit).toBe(0);
  expect(version.io.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the help says how TLS is named', async () => {
  for (const words of [['--help'], ['status', '--help'], ['attach', '--help']]) {
    expect((await run(words)).io.stdout, words.join(' ')).toContain('tls://HOST:PORT');
  }
});

test('every exit code stands in the help and in the README', async () => {
  const codes = [...Object.values(EXIT), EXIT_OF_SIGNAL.SIGINT, EXIT_OF_SIGNAL.SIGTERM];
  for (const text of [(await run(['--help'])).io.stdout, readFileSync('README.md', 'utf8')]) {
    const told = /exit codes: ([\s\S]+)/i.exec(text)?.[1]?.split('\n').slice(0, 4).join(' ') ?? '';
    expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(told))).toEqual([]);
  }
});

const bad: readonly (readonly [argv: string, message: string])[] = [
  ['wirte x 1', 'unknown command \'wirte\' (did you mean write?); see "lockstep --help"'],
  ['xyzzy', 'unknown command \'xyzzy\'; see "lockstep --help"'],
  ['write x 1 --jsn', 'unknown option \'--jsn\' (did you mean --json?); see "lockstep write --help"'],
  ['--replcas 3', 'unknown option \'--replcas\' (did you mean --replicas?); see "lockstep --help"'],
  ['write x', 'missing required argument \'value\'; see "lockstep write --help"'],
  ['write x 1 2', "too many arguments for 'write'. Expected 2 arguments but got 3"],
  ['--no-color status', 'options come after the command, as in "lockstep status --json"'],
  ['up --replicas 0', '--replicas must be a whole number from 1 to 9, not "0"'],
  ['--replicas 99', '--replicas must be a whole number from 1 to 9, not "99"'],
  ['play --replicas three', '--replicas must be a whole number from 1 to 9, not "three"'],
  ['up --mode eventual', '--mode must be async, quorum or sync, not "eventual"'],
  ['up --port 70000', '--port must be a whole number from 0 to 65535, not "70000"'],
  ['up --tempo allegro', '--tempo must be slow, normal or fast, not "allegro"'],
  ['write x 1 --mode snyc', '--mode must be async, quorum or sync, not "snyc"'],
  ['write x 1 --count 0', '--count must be a whole number from 1 to 1000000, not "0"'],
  [`write ${'k'.repeat(1025)} 1`, 'key is 1025 bytes of UTF-8; at most 1 KiB (1024 bytes)'],
  [`write x ${'v'.repeat(1024 * 1024 + 1)}`, 'value is 1048577 bytes of UTF-8; at most 1 MiB (1048576 bytes)'],
  [`write x ${'v'.repeat(1024 * 1024)} --count 10`, 'value is 1048578 bytes of UTF-8; at most 1 MiB'],
  ['write x \ud800', 'value holds half a surrogate pair'],
  ['read x --token 17', 'token must be a position, term:lsn such as "2:17", not "17"'],
  ['read x --token 2:17 --linearizable', '--token and --linearizable exclude each other'],
  ['read x --from n10', 'from must be followers, leader or a replica, n1 to n9, not "n10"'],
  ['read x --linearizable --from followers', 'only the leader serves linearizable reads'],
  ['read x --timeout 1s', '--timeout must be a whole number from 0 to 60000, not "1s"'],
  ['mode fast', 'mode must be async, quorum or sync, not "fast"'],
  ['tempo presto', 'tempo must be slow, normal or fast, not "presto"'],
  ['kill n0', 'target must be leader, followers, all or a replica, n1 to n9, not "n0"'],
  ['kill', "missing required argument 'target'"],
  ['link n1 n1 cut', 'from and to are both n1; a link is between two replicas'],
  ['link n1 n2 break', 'a fault must be cut, restore, heal, delay=MS or drop=PERCENT, not "break"'],
  ['link n1 n2 delay=60001', 'ms must be a number from 0 to 60000, not 60001'],
  ['link n1 n2 drop=101%', 'percent must be a number from 0 to 100, not 101'],
  ['link n1 n2 delay=1.2.3', 'ms must be a number from 0 to 60000'],
  ['log all', 'replica must be a replica, n1 to n9, not "all"'],
  ['log n1 --from 0', '--from must be a whole number from 1 to 9007199254740991, not "0"'],
  ['ledger --limit 1001', '--limit must be a whole number from 1 to 1000, not "1001"'],
  ['ledger --fate gone', '--fate must be pending, committed, lost or discarded, not "gone"'],
  ['ledger --lost --fate pending', '--lost and --fate exclude each other'],
  ['load --rate 0', '--rate must be a whole number from 1 to 100000, not "0"'],
  ['status --addr nowhere', '--addr must be HOST:PORT such as 127.0.0.1:7400, not "nowhere"'],
  ['status --addr host:0', '--addr must be HOST:PORT such as 127.0.0.1:7400, not "host:0"'],
  ['config set colour red', 'a setting must be replicas, mode, tempo, port, theme, mouse or ascii, not "colour"'],
  ['config set replicas 10', 'replicas must be a whole number from 1 to 9, not "10"'],
  ['config set mouse off', 'mouse must be true or false, not "off"'],
  ['--theme pink', '--theme must be dark, light, contrast or mono, not "pink"'],
  ['attach --theme pink', '--theme must be dark, light, contrast or mono, not "pink"'],
  ['config sett replicas 1', 'unknown command \'sett\' (did you mean set?); see "lockstep config --help"'],
  ['up --data --tempo', '--data must be a folder, not "--tempo"'],
];

test.each(bad.map(([argv, message]) => [argv.slice(0, 60), message, argv.split(' ')] as const))(
  'wrong usage: %s',
  async (_title, message, argv) => {
    const plain = await run(argv);
    expect(plain.exit).toBe(2);
    expect(plain.io.stdout).toBe('');
    expect(plain.io.stderr).toMatch(/^lockstep: [^\n]+\n$/);
    expect(plain.io.stderr).toContain(message);
    expect(plain.io.stderr).not.toMatch(/\bat .*\.[jt]s:\d/);

    const json = await run([...argv, '--json']);
    expect(json.exit).toBe(2);
    expect(json.io.stderr).toBe('');
    expect(json.io.records).toEqual([{ v: 1, error: { code: 'usage', message: expect.stringContaining(message) } }]);
  },
);

test.each([
  ['LOCKSTEP_ADDR', 'nowhere', 'LOCKSTEP_ADDR must be HOST:PORT'],
  ['LOCKSTEP_PORT', '7400x', 'LOCKSTEP_PORT must be a whole number from 0 to 65535, not "7400x"'],
])('a wrong %s is wrong usage, and named', async (name, value, message) => {
  const { exit, io } = await run(['status'], { [name]: value });
  expect(exit).toBe(2);
  expect(io.stderr).toContain(message);
});

test.each([
  'down',
  'attach',
  'write x 1',
  'delete x',
  'read x',
  'load',
  'status',
  'status -w',
  'mode',
  'tempo',
  'kill n1',
  'heal',
  'log n1',
  'ledger',
])('no cluster there: %s', async (words) => {
  const addr = `127.0.0.1:${await unusedPort()}`;
  const plain = await run(words.split(' '), { LOCKSTEP_ADDR: addr });
  expect(plain.exit).toBe(3);
  expect(plain.io.stderr).toMatch(/^lockstep: no cluster at [^\n]+; start one with "lockstep up --port \d+"[^\n]*\n$/);
  expect(plain.io.stderr).toContain(addr);
  const json = await run([...words.split(' '), '--json', '--addr', addr]);
  expect(json.exit).toBe(3);
  expect(json.io.records).toEqual([{ v: 1, error: { code: 'no-cluster', message: expect.any(String) } }]);
});

test('what was typed is escaped before it is shown', async () => {
  const { io } = await run(['write', 'x', '1', '--mode', '\x1b[31m\u202e']);
  expect(io.stderr).toMatch(/^[\x20-\x7e]+\n$/);
});
