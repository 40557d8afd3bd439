// The dashboard as lines: what a screen reader reads, and what a program is told.
import { expect, test } from 'vitest';
import { Lockstep, run } from '../process/lockstep.ts';
import { Running } from '../process/running.ts';
import { entry } from '../process/sandbox.ts';
import { opened } from './shown.ts';
import { key, Terminal } from './terminal.ts';

/** A terminal of many rows, on which nothing is ever drawn over: lines, and no escape code at all. */
const tall = { columns: 160, rows: 100 };

function expectLinesOnly({ output }: Terminal): void {
  expect(output).not.toContain('\x1b');
  expect(output.replaceAll('\r\n', '')).not.toMatch(/[^\P{Cc}\n]/u);
}

test('play --plain: what happens, what comes of keys, and q', async () => {
  await using terminal = new Terminal(['--port', '0', '--plain'], tall);
  await terminal.until(/ready at 127\.0\.0\.1:\d+: n1 n2 n3/);
  await terminal.until(/n\d leads term 1, by the votes of/);
  terminal.press('w');
  await terminal.until(/^k1 = v1: ok at 1:2, quorum, durable on n\d, n\d/m);
  await terminal.until(/1 write acknowledged, 0 lost/);
  terminal.press('t');
  await terminal.until(/^k1 = v1, from n\d at 1:2, committed, took .*; why: n\d/m);
  terminal.press('2');
  await terminal.until(/^n2 is selected: (leader|follower), term 1, at 1:2$/m);
  terminal.press('k');
  await terminal.until(/n\d killed with kill -9/);
  await terminal.until(/n\d leads term [2-9]/);
  terminal.press('?');
  await terminal.until(/^w: write to the keys k1, k2 … k9 in turn[\s\S]*^q: quit/m);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.screen()).toMatch(/stopping…$/);
  expect(terminal.sandbox.processes()).toEqual([]);
  expectLinesOnly(terminal);
});

test('attach --plain: questions and answers, while nothing else is said', async () => {
  await using cluster = await Running.up();
  await using terminal = new Terminal(['attach', '--plain', '--addr', cluster.addr], tall);
  await terminal.until('q quits');
  terminal.press('W', 'm', 'y');
  await terminal.until(/^write: key\? my$/m);
  await cluster.setMode('async');
  terminal.press(key.backspace, 'e', key.enter, '1', key.enter);
  await terminal.until(/^me = 1: ok at 1:2, async/m);
  // What happened meanwhile came after the question was answered.
  expect(terminal.screen()).toMatch(/^write: key\? my\nwrite: key\? me\nwrite me = 1\n(.*\n)*.*writes are async/m);
  terminal.press(':', ...'read me', key.enter);
  await terminal.until(/^: read me\n(.*\n)*.*\b1\b/m);
  terminal.press('R', ...'me', key.enter, 'l', key.enter);
  await terminal.until(/^me = 1, from n\d at 1:2, committed/m);
  terminal.press(key.controlC);
  expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
  expectLinesOnly(terminal);
  expect(await cluster.write('key', 'value')).toMatchObject({ outcome: 'ok' });
});

test('what is pasted is not taken for keys', async () => {
  await using cluster = await Running.up();
  await using terminal = new Terminal(['attach', '--plain', '--addr', cluster.addr], tall);
  await terminal.until('q quits');
  terminal.press('kkkk wwww kkkk qqqq');
  await terminal.until('so much at once is not taken for keys');
  terminal.press('w');
  await terminal.until(/^k1 = v1: ok at 1:2/m);
});

test('a terminal that cannot be drawn on is not drawn on', async () => {
  const command = ['env', 'TERM=dumb', process.execPath, entry, '--port', '0'] as const;
  await using terminal = new Terminal([], { ...tall, command });
  await terminal.until('ready at');
  terminal.press('w');
  await terminal.until(/^k1 = v1: ok/m);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expectLinesOnly(terminal);
});

test.each([
  [['--no-color'], {}],
  [[], { NO_COLOR: '1' }],
])('%j %j: a dashboard without any colour or weight', async (words, env) => {
  await using terminal = new Terminal(['--port', '0', ...words], { env });
  await opened(terminal);
  terminal.press('w', key.tab, 'k');
  await terminal.until(/✗ down/);
  terminal.press('q');
  await terminal.exit();
  expect(terminal.output).not.toMatch(new RegExp(`${'\x1b'}\\[[\\d;:]*m`));
});

test('play without a terminal: ready, and all that changes, as lines', async () => {
  await using program = new Lockstep(['--port', '0']);
  const ready = await program.untilLine(/^ready at \S+: n1 n2 n3, data in/);
  const addr = /at (\S+):/.exec(ready)?.[1] ?? '';
  expect(await run(['write', 'key', 'value', '--addr', addr])).toMatchObject({ code: 0 });
  await program.untilLine(/ {2}1 write acknowledged, 0 lost$/);
  await program.untilLine(/ {2}promise "no acknowledged write lost" is green now: kept$/);
  program.signal('SIGTERM');
  expect(await program.exit()).toMatchObject({ code: 143 });
  expect(program.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}/m);
  expect(program.stdout).toMatch(/stopping…\n$/);
  expect(program.stdout + program.stderr).not.toContain('\x1b');
});

test('attach --json: records for what happens, for lag, promises, writes and the connection; at last, its end', async () => {
  await using cluster = await Running.up(['--mode', 'async']);
  await using program = new Lockstep(['attach', '--json', '--addr', cluster.addr]);
  await program.until(({ event }) => event === 'cluster');
  const [follower] = await cluster.followers();
  if (follower === undefined) throw new Error('no follower');
  await cluster.cut(follower);
  await cluster.write('key', 'value');
  const behind = await program.until(({ event }) => event === 'lag');
  expect(behind).toMatchObject({ v: 1, replica: follower, state: 'behind', entries: 1 });
  expect(behind.text).toMatch(/^n\d has fallen behind: it lacks 1 entry$/);
  await cluster.client.ask({ op: 'heal' });
  await program.until(({ event, state }) => event === 'lag' && state === 'caught-up');
  await program.until(({ event, ok, lost }) => event === 'writes' && ok === 1 && lost === 0);
  await program.until(
    ({ event, promise, light }) => event === 'promise' && promise === 'noAcknowledgedWriteLost' && light === 'green',
  );
  cluster.program.signal('SIGTERM');
  await program.until(({ event, connected }) => event === 'connection' && connected === false);
  expect(await program.exit()).toMatchObject({ code: 3 });
  expect(program.otherLines).toEqual([]);
  expect(program.records.at(-1)).toMatchObject({ error: { code: 'no-cluster' } });
});
