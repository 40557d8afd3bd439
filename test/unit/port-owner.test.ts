// Who has the port, and what to do about it: what is advised must be what helps.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describeOwner } from '../../core/cluster/port-owner.ts';
import { Secret } from '../../core/wire/secret.ts';
import { FakeRouter } from './support/fake-router.ts';

let router: FakeRouter | null = null;
afterEach(() => router?.close());

async function ownerOf(status: object, wanting?: Parameters<typeof describeOwner>[1], host = '127.0.0.1') {
  router = await new FakeRouter(() => ({ v: 1, ...status })).listen(0, host);
  const { port } = router;
  return { port, said: await describeOwner({ host, port }, wanting, {}) };
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test.each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
  'a cluster with a supervisor can be stopped from here: %s',
  async (host) => {
    const { port, said } = await ownerOf({ cluster: 'abc', supervised: true }, undefined, host);
    const at = host === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`;
    expect(said).toBe(
      `port ${port} is taken by another lockstep (cluster abc): look at it with "lockstep attach --addr ${at}", ` +
        `stop it with "lockstep down --addr ${at}", or give another --port (0 takes any that is free)`,
    );
  },
);

test('the router of a cluster without one cannot be stopped by "down": its process is ended', async () => {
  const { port, said } = await ownerOf({ cluster: 'accounts', supervised: false });
  expect(said).toContain(`port ${port} is taken by the router of cluster accounts`);
  expect(said).toContain('end its process with Ctrl-C or SIGTERM, or give another --port');
  expect(said).not.toContain('lockstep down');
});

test('a second router of the same cluster is told that there is one', async () => {
  const secretFile = join(mkdtempSync(join(tmpdir(), 'lockstep-test-')), 'secret');
  Secret.create(secretFile);
  const wanting = { advice: 'give the router another address', router: { cluster: 'accounts', secretFile } };
  const { port, said } = await ownerOf({ cluster: 'accounts', supervised: false }, wanting);
  rmSync(dirname(secretFile), { recursive: true });
  expect(said).toContain(`the router of cluster accounts runs at 127.0.0.1:${port} already, and it has one`);
  expect(said).not.toContain('lockstep down');
  expect(said).not.toContain('another address');
});

test('what does not speak lockstep is another program', async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 400\r\n\r\n'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  expect(await describeOwner({ host: '127.0.0.1', port }, undefined, {})).toBe(
    `port ${port} is taken by another program: give another --port (0 takes any that is free)`,
  );
  other.close();
});
