// However the dashboard ends, the terminal is as it was before, and nothing of the cluster it started is left.
import { readdirSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { Running } from '../process/running.ts';
import { entry } from '../process/sandbox.ts';
import { expectGivenBack, isListening, opened } from './shown.ts';
import { key, Terminal } from './terminal.ts';

/**
 * Loaded into the program before its first line: from SIGUSR2 on, the cluster seems to send what no panel can draw.
 * The product has no such switch, and needs none.
 */
const SPOILT = `
  const parse = JSON.parse;
  let isSpoilt = false;
  process.on('SIGUSR2', () => { isSpoilt = true; });
  JSON.parse = (...all) => {
    const value = parse(...all);
    if (isSpoilt && value && value.snapshot) value.snapshot.replicas[0].role = 'king';
    return value;
  };
`;
const SPOILING = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SPOILT)}` };

const ENDS = [
  ['q', 0, (terminal: Terminal) => terminal.press('q')],
  ['Ctrl-C', 130, (terminal: Terminal) => terminal.press(key.controlC)],
  ['SIGTERM', 143, (terminal: Terminal) => process.kill(terminal.pid, 'SIGTERM')],
  ['SIGHUP', 129, (terminal: Terminal) => process.kill(terminal.pid, 'SIGHUP')],
  ['SIGINT', 130, (terminal: Terminal) => process.kill(terminal.pid, 'SIGINT')],
] as const;

test.each(ENDS)('play: %s is exit code %i, and nothing is left', async (_name, code, end) => {
  await using terminal = new Terminal(['--port', '0']);
  const addr = await opened(terminal);
  end(terminal);
  expect(await terminal.exit()).toEqual({ code, signal: 0 });
  expectGivenBack(terminal);
  expect(terminal.screen()).toBe('');
  await expectNothingLeft(terminal, addr);
});

test.each(ENDS)('attach: %s is exit code %i, and the cluster goes on', async (_name, code, end) => {
  await using cluster = await Running.up();
  await using terminal = new Terminal(['attach', '--addr', cluster.addr]);
  await opened(terminal);
  end(terminal);
  expect(await terminal.exit()).toEqual({ code, signal: 0 });
  expectGivenBack(terminal);
  expect(terminal.sandbox.processes()).toEqual([]);
  expect(await cluster.write('key', 'value')).toMatchObject({ outcome: 'ok' });
});

test('play: an error while drawing is told where it can be seen, and nothing is left', async () => {
  await using terminal = new Terminal(['--port', '0'], { env: SPOILING });
  const addr = await opened(terminal);
  process.kill(terminal.pid, 'SIGUSR2');
  terminal.press('w');
  expect(await terminal.exit()).toEqual({ code: 1, signal: 0 });
  expectGivenBack(terminal);
  expect(terminal.screen()).toMatch(/^lockstep: unexpected: no such role: king/);
  await expectNothingLeft(terminal, addr);
});

test('attach: an error while drawing is told where it can be seen, and the cluster goes on', async () => {
  await using cluster = await Running.up();
  await using terminal = new Terminal(['attach', '--addr', cluster.addr], { env: SPOILING });
  await opened(terminal);
  process.kill(terminal.pid, 'SIGUSR2');
  terminal.press('w');
  expect(await terminal.exit()).toEqual({ code: 1, signal: 0 });
  expectGivenBack(terminal);
  expect(terminal.screen()).toMatch(/^lockstep: unexpected: no such role: king/);
  expect(await cluster.write('key', 'value')).toMatchObject({ outcome: 'ok' });
});

test('play: an error anywhere else is told too, and nothing is left', async () => {
  const thrown = `process.on('SIGUSR2', () => { throw new Error('somewhere else'); })`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrown)}` };
  await using terminal = new Terminal(['--port', '0'], { env });
  const addr = await opened(terminal);
  process.kill(terminal.pid, 'SIGUSR2');
  expect(await terminal.exit()).toEqual({ code: 1, signal: 0 });
  expectGivenBack(terminal);
  expect(terminal.screen()).toMatch(/^lockstep: this is a bug: somewhere else/);
  // It had no time to end its children: they see that it is gone.
  await vi.waitFor(() => expectNothingLeft(terminal, addr), { timeout: 10_000 });
});

/** In a session of its own, which no signal from the terminal reaches; its input and output are the terminal all the same. */
const outOfReach = (...words: readonly string[]): [string, ...string[]] => [
  process.execPath,
  '-e',
  `require('node:child_process').spawn(process.execPath, ${JSON.stringify([entry, ...words])}, { detached: true, stdio: 'inherit' })`,
];

test.each([
  ['with a hang-up signal', undefined],
  ['without one', outOfReach('--port', '0')],
] as const)('play: the window is closed %s, and nothing is left', async (_name, command) => {
  await using terminal = new Terminal(['--port', '0'], command ? { command } : {});
  const addr = await opened(terminal);
  terminal.hangUp();
  await vi.waitFor(() => expect(terminal.sandbox.processes()).toEqual([]), { timeout: 10_000 });
  await expectNothingLeft(terminal, addr);
});

test('attach: the window is closed without a hang-up signal, and the cluster goes on', async () => {
  await using cluster = await Running.up();
  await using terminal = new Terminal([], { command: outOfReach('attach', '--addr', cluster.addr) });
  await opened(terminal);
  terminal.hangUp();
  await vi.waitFor(() => expect(terminal.sandbox.processes()).toEqual([]), { timeout: 10_000 });
  expect(await cluster.write('key', 'value')).toMatchObject({ outcome: 'ok' });
});

/** No process, nobody at its address, no folder. */
async function expectNothingLeft(terminal: Terminal, addr: string): Promise<void> {
  expect(terminal.sandbox.processes()).toEqual([]);
  expect(readdirSync(terminal.sandbox.tmp)).toEqual([]);
  expect(await isListening(addr)).toBe(false);
}
