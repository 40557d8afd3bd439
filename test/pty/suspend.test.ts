// Ctrl-Z: the shell is back, the replicas go on, and fg brings the dashboard back.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Client } from '../../core/cluster/client.ts';
import { Running } from '../process/running.ts';
import { entry } from '../process/sandbox.ts';
import { expectGivenBack, opened } from './shown.ts';
import { key, Terminal } from './terminal.ts';

const PROMPT = 'what now?';
/** A shell that controls jobs. What is typed does not contain the prompt. */
async function shell(): Promise<Terminal> {
  const terminal = new Terminal([], { command: ['sh', '-i'], columns: 100, rows: 30 });
  terminal.press(`PS1='what'' now?'${key.enter}`);
  await terminal.until((screen) => screen.endsWith(PROMPT));
  return terminal;
}

/** Types a line, once the shell has asked for it. */
async function type(terminal: Terminal, line: string): Promise<void> {
  await terminal.until((screen) => !terminal.isAlternate && screen.endsWith(PROMPT));
  terminal.press(line + key.enter);
}

const reach = (addr: string): Promise<Client> => {
  const [host = '', port] = addr.split(':');
  return Client.connect({ host, port: Number(port) });
};

test.each([
  ['by itself', `'${process.execPath}' '${entry}' --port 0`],
  ['as somebody’s child, as with npx', `sh -c "'${process.execPath}' '${entry}' --port 0; :"`],
])('play %s: the cluster takes writes meanwhile, and who is paused stays so', async (_name, line) => {
  await using terminal = await shell();
  await type(terminal, line);
  const addr = await opened(terminal);
  await using stack = new AsyncDisposableStack();
  const client = stack.adopt(await reach(addr), (opened) => opened.close());
  terminal.press('m', 'm');
  await terminal.until('mode async');
  const { replicas, leader } = await client.ask({ op: 'status' });
  const follower = replicas.find(({ id }) => id !== leader);
  terminal.press(`${follower?.id.slice(1)}`, 'p');
  await terminal.until(/‖ paused/);

  terminal.press(key.controlZ);
  await terminal.until((screen) => !terminal.isAlternate && screen.endsWith(PROMPT));
  expectGivenBack(terminal);
  expect(await client.ask({ op: 'write', key: 'meanwhile', value: '1' })).toMatchObject({ outcome: 'ok' });

  terminal.resize(120, 34);
  await type(terminal, 'fg');
  await terminal.until((screen) => terminal.isAlternate && /1 ok +0 rejected/.test(screen));
  await terminal.until((screen) => Math.max(...screen.split('\n').map((row) => row.length)) === 120);
  expect(terminal.output.split('\x1b[?1000h')).toHaveLength(3);
  expect(execFileSync('ps', ['-o', 'stat=', '-p', `${follower?.pid}`], { encoding: 'utf8' })).toMatch(/^T/);
  terminal.press('w');
  await terminal.until(/2 ok +0 rejected/);

  terminal.press('q');
  await type(terminal, 'stty -a');
  await terminal.until(/[^-]icanon/);
  expect(terminal.screen()).toMatch(/[^-]echo\b/);
  expectGivenBack(terminal);
});

test('attach: in the background it stops again, and comes back from there', async () => {
  await using terminal = await shell();
  await type(terminal, `'${process.execPath}' '${entry}' up --port 0 --detach`);
  const addr = /(127\.0\.0\.1:\d+)/.exec(await terminal.until(/127\.0\.0\.1:\d+[\s\S]*what now\?$/))?.[1];
  await type(terminal, `'${process.execPath}' '${entry}' attach --addr ${addr}`);
  await opened(terminal);
  terminal.press(key.controlZ);
  await type(terminal, 'bg');
  await type(terminal, 'jobs');
  await terminal.until(/Stopped \(tty|Stopped/);
  await type(terminal, 'fg');
  await terminal.until((screen) => terminal.isAlternate && /● n\d leads/.test(screen));
  terminal.press('q');
  await terminal.until((screen) => !terminal.isAlternate && screen.endsWith(PROMPT));
});

test('attach: stopped by somebody else, it sets the terminal and draws all anew', async () => {
  await using cluster = await Running.up();
  await using terminal = await shell();
  const before = terminal.sandbox.processes();
  await type(terminal, `'${process.execPath}' '${entry}' attach --addr ${cluster.addr}`);
  await opened(terminal);
  const [pid] = terminal.sandbox.processes().filter((each) => !before.includes(each));
  if (pid === undefined) throw new Error('no process of its own');
  process.kill(pid, 'SIGSTOP');
  // The shell writes into what was drawn, and reads what is typed as it comes: the end of a line is one.
  await terminal.until((screen) => screen.endsWith(PROMPT));
  terminal.press('fg\n');
  await terminal.until((screen) => !screen.includes(PROMPT) && /● n\d leads/.test(screen));
  terminal.press('w');
  await terminal.until(/1 ok +0 rejected/);
  terminal.press('q');
  await terminal.until((screen) => !terminal.isAlternate && screen.endsWith(PROMPT));
});

test('attach --plain: the shell is back, and then the keys are', async () => {
  await using cluster = await Running.up();
  await using terminal = await shell();
  await type(terminal, `'${process.execPath}' '${entry}' attach --plain --addr ${cluster.addr}`);
  await terminal.until('q quits');
  terminal.press(key.controlZ);
  await type(terminal, 'fg');
  await terminal.until('going on');
  terminal.press('w');
  await terminal.until(/k1 = v1: ok/);
  terminal.press('q');
  await terminal.until((screen) => screen.endsWith(PROMPT));
});

test('where nobody controls jobs it comes right back', async () => {
  await using terminal = new Terminal(['--port', '0']);
  await opened(terminal);
  terminal.press(key.controlZ);
  await terminal.until(() => terminal.output.split('\x1b[?1049h').length === 3);
  terminal.press('w');
  await terminal.until(/1 ok +0 rejected/);
  expect(terminal.output.lastIndexOf('\x1b[?1000h')).toBeGreaterThan(terminal.output.lastIndexOf('\x1b[?1000l'));
});
