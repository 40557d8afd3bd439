// The terminal that the pty tests stand on, tried on programs that are known.
import { expect, test, vi } from 'vitest';
import { isLive } from '../process/pids.ts';
import { key, Terminal } from './terminal.ts';

test('draws what a program prints, sends it keys, and tells how it ended', async () => {
  await using terminal = new Terminal([], {
    command: ['sh', '-c', 'printf "\\033[31mname?\\033[0m "; read name; printf "hello %s\\n" "$name"; exit 3'],
  });
  await terminal.until('name?');
  terminal.press('a', 'n', 'n', key.enter);
  expect(await terminal.exit()).toEqual({ code: 3, signal: 0 });
  expect(terminal.screen()).toBe('name? ann\nhello ann');
  expect(terminal.output).toContain('\x1b[31m');
});

test('has the size it is given, and the next one', async () => {
  await using terminal = new Terminal([], {
    command: ['sh', '-c', 'trap "stty size; exit" WINCH; stty size; while :; do read line; done'],
    columns: 70,
    rows: 20,
  });
  await terminal.until('20 70');
  terminal.resize(90, 25);
  await terminal.until('25 90');
});

test('a wait that fails shows the screen', async () => {
  await using terminal = new Terminal([], { command: ['sh', '-c', 'echo something else; read line'] });
  await terminal.until('something');
  await expect(terminal.until('a dashboard', 20)).rejects.toThrow(
    /not on the screen: a dashboard[\s\S]*something else/,
  );
  await expect(terminal.exit(20)).rejects.toThrow('has not ended');
});

test('a wait ends with the program', async () => {
  await using terminal = new Terminal([], { command: ['sh', '-c', 'echo bye'] });
  await expect(terminal.until('a dashboard')).rejects.toThrow(/ended before it showed[\s\S]*bye/);
});

test('sees the alternate screen come and go', async () => {
  await using terminal = new Terminal([], {
    command: ['sh', '-c', 'echo shell; printf "\\033[?1049hinside"; read line; printf "\\033[?1049l"; read line'],
  });
  await terminal.until('inside');
  expect(terminal.isAlternate).toBe(true);
  terminal.press(key.enter);
  await terminal.until('shell');
  expect(terminal.isAlternate).toBe(false);
});

test('leaves no process behind', async () => {
  const terminal = new Terminal([], { command: ['sh', '-c', 'trap "" HUP TERM; sleep 1000 & echo up; wait'] });
  await terminal.until('up');
  const { pid, sandbox } = terminal;
  await vi.waitFor(() => expect(sandbox.processes()).toHaveLength(2));
  await terminal[Symbol.asyncDispose]();
  expect(sandbox.processes()).toEqual([]);
  expect(isLive(pid)).toBe(false);
});

test('runs the built program', async () => {
  await using terminal = new Terminal(['--version']);
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.screen()).toMatch(/^\d+\.\d+\.\d+$/);
});
