// A log with damage before its end: the replica names the place and does not start; the others go on without its vote.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Running } from '../process/running.ts';
import { Sandbox } from '../process/sandbox.ts';

const sandbox = new Sandbox();
const whole = join(sandbox.folder, 'whole');

beforeAll(async () => {
  await using cluster = await Running.up(['--data', whole], sandbox);
  for (let n = 1; n <= 20; n++) await cluster.write(`key-${n}`, 'x'.repeat(1000));
  await cluster.leader();
  cluster.program.signal('SIGTERM');
  await cluster.program.exit();
});

afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
});

/** The lines of the log that hold these keys, with their newlines. */
const lineOf = (log: Buffer, key: string): readonly [start: number, end: number] => {
  const at = log.indexOf(`"${key}"`);
  return [log.lastIndexOf('\n', at) + 1, log.indexOf('\n', at) + 1];
};

const damages: readonly (readonly [string, (log: Buffer) => Buffer])[] = [
  [
    'a flipped bit',
    (log) => {
      const at = log.indexOf('"key-5"');
      return log.fill((log[at + 1] ?? 0) ^ 1, at + 1, at + 2);
    },
  ],
  ['a page of zeros', (log) => log.fill(0, 4096, 8192)],
  [
    'a tail that is there twice',
    (log) => {
      const [start] = lineOf(log, 'key-15');
      return Buffer.concat([log, log.subarray(start)]);
    },
  ],
  [
    'a gap',
    (log) => {
      const [start, end] = lineOf(log, 'key-7');
      return Buffer.concat([log.subarray(0, start), log.subarray(end)]);
    },
  ],
  ['a beginning that is gone', (log) => log.subarray(4096)],
];

test.each(damages)('%s', async (name, damage) => {
  const data = join(sandbox.folder, name);
  cpSync(whole, data, { recursive: true });
  const [file = ''] = readdirSync(join(data, 'n3')).filter((each) => each.startsWith('wal-'));
  const path = join(data, 'n3', file);
  const log = damage(readFileSync(path));
  writeFileSync(path, log);

  await using cluster = await Running.up(['--data', data], sandbox);
  const { reason } = await cluster.happened('died', ({ id }) => id === 'n3');
  expect(reason).toContain(file);
  expect(reason).toMatch(/line \d+/);
  expect(reason).toMatch(/LSN \d+/);
  expect(await cluster.writeUntilOk('after', name)).toMatchObject({ outcome: 'ok' });
  expect(cluster.all('replica').filter(({ id }) => id === 'n3')).toEqual([]);
  expect(readFileSync(path).equals(log), 'its log was touched').toBe(true);
});
