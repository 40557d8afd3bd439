// Data folders that cannot be written to, root or not: by mounts that only the program under test sees.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../process/lockstep.ts';
import { Running } from '../../process/running.ts';
import { Sandbox } from '../../process/sandbox.ts';
import { needs } from './needs.ts';

/** Runs a shell command first, in a mount namespace of its own. */
const mounted = (command: string): readonly string[] => ['unshare', '-m', 'sh', '-c', `${command} && exec "$@"`, 'sh'];

const readOnly = (folder: string): string =>
  `mount --bind '${folder}' '${folder}' && mount -o remount,ro,bind '${folder}'`;

/** All that is in a folder, by name. */
function contents(folder: string): readonly (readonly [string, string])[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.map((file) => [
    join(file.parentPath, file.name),
    readFileSync(join(file.parentPath, file.name), 'utf8'),
  ]);
}

test('a read-only folder: one line, and nothing left running', async (context) => {
  needs('mounts', context);
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'data');
  mkdirSync(data);
  const refused = await run(['up', '--port', '0', '--data', data], { sandbox, via: mounted(readOnly(data)) });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^[^\n]*data cannot be used for data[^\n]*EROFS[^\n]*\n$/);
  expect(sandbox.processes()).toEqual([]);
});

test("a cluster's folder that has become read-only: one line, and nothing in it is touched", async (context) => {
  needs('mounts', context);
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'data');
  await stoppedCluster(sandbox, data);
  const before = contents(data);
  const refused = await run(['up', '--port', '0', '--data', data], { sandbox, via: mounted(readOnly(data)) });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^[^\n]*data cannot be used for data[^\n]*EROFS[^\n]*\n$/);
  expect(contents(data)).toEqual(before);
  expect(sandbox.processes()).toEqual([]);
});

test("one replica's folder is read-only: it says so and stays down, the others go on", async (context) => {
  needs('mounts', context);
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'data');
  await stoppedCluster(sandbox, data);
  const before = contents(join(data, 'n2'));
  await using cluster = await Running.up(['--data', data], sandbox, { via: mounted(readOnly(join(data, 'n2'))) });
  const { reason } = await cluster.happened('died', ({ id }) => id === 'n2');
  expect(reason).toMatch(/n2.*EROFS/);
  expect(await cluster.writeUntilOk('key', 'by two')).toMatchObject({ outcome: 'ok', durableOn: ['n1', 'n3'] });
  expect(contents(join(data, 'n2'))).toEqual(before);
});

async function stoppedCluster(sandbox: Sandbox, data: string): Promise<void> {
  await using cluster = await Running.up(['--data', data], sandbox);
  await cluster.write('key', 'value');
  await cluster.leader();
  cluster.program.signal('SIGTERM');
  await cluster.program.exit();
}
