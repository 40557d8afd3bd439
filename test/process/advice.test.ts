// What is advised works when it is copied, at whatever address the cluster is.
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './lockstep.ts';
import { logFile, rot } from './log-files.ts';
import { Running } from './running.ts';
import { Sandbox } from './sandbox.ts';

/** The command that stands in quotes in a message, as words after the program's name. */
function advised(message: string): string[] {
  const [, command = ''] = /"lockstep ([^"]+)"/.exec(message) ?? [];
  return command.split(' ');
}

/** A data folder of three, with two writes in each log. */
async function writtenIn(sandbox: Sandbox): Promise<string> {
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--data', data], sandbox);
  await cluster.write('key-1', 'value');
  await cluster.write('key-2', 'value');
  await cluster.leader();
  cluster.program.signal('SIGTERM');
  await cluster.program.exit();
  return data;
}

test('up --detach: a replica that did not start is named, with the command that mends it', async () => {
  await using sandbox = new Sandbox();
  const data = await writtenIn(sandbox);
  rot(data, 'n2', 'key-1');
  const up = ['up', '--detach', '--port', '0', '--data', data];
  const json = await run([...up, '--json'], { sandbox });
  expect(json).toMatchObject({ code: 1, stderr: '' });
  expect(json.records).toMatchObject([{ event: 'ready', down: [{ id: 'n2' }] }]);
  expect(json.records[0]?.down[0].reason).toContain(basename(logFile(data, 'n2')));
  const { addr } = json.records[0] ?? {};
  expect(await run(['write', 'key-3', 'value', '--addr', addr], { sandbox })).toMatchObject({ code: 0 });
  await run(['down', '--addr', addr], { sandbox });

  const { code, stdout, stderr } = await run(up, { sandbox });
  expect({ code, ready: stdout.startsWith('ready at ') }).toEqual({ code: 1, ready: true });
  expect(stderr).toMatch(/^lockstep: n2 did not start, and the others go on without it: .+ --rebuild .+\n$/);
  const mended = await run(advised(stderr), { sandbox });
  expect(mended).toMatchObject({ code: 0, stdout: expect.stringContaining('begun anew') });
});

test('up --detach without a majority names all that did not start, and leaves nothing running', async () => {
  await using sandbox = new Sandbox();
  const data = await writtenIn(sandbox);
  for (const id of ['n2', 'n3']) rmSync(join(data, id), { recursive: true });
  const { code, stdout, stderr } = await run(['up', '--detach', '--port', '0', '--data', data], { sandbox });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^lockstep: .*\bn2: .*the log is missing.*\n$/);
  expect(stderr).toMatch(/\bn3: .*the log is missing/);
  expect(sandbox.processes()).toEqual([]);
});
