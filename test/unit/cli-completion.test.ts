import { describe, expect, test } from 'vitest';
import { Context } from '../../cli/context.ts';
import { DashboardCommands } from '../../cli/dashboard-commands.ts';
import { main } from '../../cli/main.ts';
import { buildProgram } from '../../cli/program.ts';
import { splitWords } from '../../cli/words.ts';
import type { Completion } from '../../views/commander.ts';
import { FakeIo } from './support/fake-io.ts';

const program = buildProgram(new Context(new FakeIo(), main));
const options = { program, run: main, env: {}, addr: 'nowhere:1', replicas: () => ['n1', 'n2'] };
const complete = (line: string): readonly Completion[] => new DashboardCommands(options).complete(line);

/** The words that are offered. */
const offered = (line: string): string[] => complete(line).map(({ word }) => word);

describe('completion', () => {
  test('of nothing: every command there is, sorted, but those that make no sense here', () => {
    const words = offered('');
    const all = program.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    const foreground = ['play', 'up', 'attach', 'replica', 'router'];
    expect(words).toEqual([...all, 'help'].filter((name) => !foreground.includes(name)).sort());
    expect(complete('').every((each) => each.words.length > 0)).toBe(true);
  });

  test.each<[string, string[]]>([
    ['lockstep wri', ['write']],
    ['pl', []],
    ['st', ['start', 'status', 'stop']],
    ['pu', ['put']],
    ['nonsense ', []],
    ['--', ['--help', '--version']],
    ['write', ['write']],
    ['write ', []],
    ['write x', []],
    ['write x 1 ', ['--addr', '--count', '--help', '--json', '--mode', '--no-color', '--secret-file', '--token']],
    ['write x 1 --mode async --json --m', []],
    ['put x 1 --mo', ['--mode']],
    ['write --mode ', ['async', 'quorum', 'sync']],
    ['write x 1 --mode s', ['sync']],
    ['write x 1 --mode "s', ['sync']],
    ['write x 1 --mode=a', ['--mode=async']],
    ['write x 1 --mode=async --t', ['--token']],
    ['write x 1 --token ', []],
    ['write x 1 --token=', []],
    ['write -- ', []],
    ['mode ', ['async', 'quorum', 'sync']],
    ['mode sync ', ['--addr', '--help', '--json', '--no-color', '--secret-file']],
    ['kill ', ['all', 'followers', 'leader', 'n1', 'n2']],
    ['start n1 --r', ['--rebuild']],
    ['stop n1 --r', []],
    ['power-cut f', ['followers']],
    ['link n', ['n1', 'n2']],
    ['link n1 ', ['all', 'n2']],
    ['link n1 all d', ['delay=', 'drop=']],
    ['link n1 all delay=1', []],
    ['link --one-way n1 all c', ['cut']],
    ['log ', ['n1', 'n2']],
    ['read x --from ', ['followers', 'leader', 'n1', 'n2']],
    ['status ', ['--addr', '--help', '--json', '--no-color', '--secret-file', '--watch']],
    ['status -w ', ['--addr', '--help', '--json', '--no-color', '--secret-file']],
    ['config ', ['get', 'help', 'path', 'reset', 'set']],
    ['config set t', ['tempo', 'theme']],
    ['config set theme ', ['contrast', 'dark', 'light', 'mono']],
    ['config set mouse ', ['false', 'true']],
    ['config set port ', []],
    ['help st', ['start', 'status', 'stop']],
    ['help status ', []],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words);
  });

  test('says what each means', () => {
    expect(complete('mode as')).toEqual([{ word: 'async', words: 'acknowledged once the leader has it on disk' }]);
    expect(complete('ge')).toEqual([{ word: 'get', words: 'the same as read' }]);
    expect(complete('status --w')).toEqual([{ word: '--watch', words: 'go on showing it until stopped' }]);
  });
});

test.each<[string, string[], string | null, boolean]>([
  ['', [], null, true],
  [' a\t b ', ['a', 'b'], null, true],
  ['a b', ['a', 'b'], null, false],
  ['a"b c"d', ['ab cd'], null, false],
  [`'a "\\b'`, ['a "\\b'], null, false],
  ['"a \\"b\\\\ \\n"', ['a "b\\ \\n'], null, false],
  ['a\\ b \\"c \\\\', ['a b', '"c', '\\'], null, false],
  ['"" \'\'', ['', ''], null, false],
  ['a "b ', ['a', 'b '], '"', false],
  ["'", [''], "'", false],
  ['a\\', ['a\\'], null, false],
])('%j in words', (line, words, open, isEnded) => {
  expect(splitWords(line)).toEqual({ words, open, isEnded });
});
