// Few file descriptors, and crowds that take all of them: who is connected stays so, and nobody dies of it.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { Running } from '../process/running.ts';
import { Crowd } from './attack.ts';
import { Recording } from './recording.ts';

test('ulimit -n 64, and a thousand connections on one port after the other', async () => {
  const via = ['sh', '-c', 'ulimit -n 64 && exec "$@"', 'sh'];
  await using cluster = await Running.up(['--tempo', 'slow'], undefined, { via });
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
  const { replicas, term } = await cluster.until((now) => now.writes.ok > 20);
  for (const addr of [cluster.addr, ...replicas.map((each) => each.addr ?? '')]) {
    using _ = await Crowd.of(addr, 1000);
    const { writes } = await cluster.client.ask({ op: 'status' });
    await cluster.until((now) => now.writes.ok > writes.ok + 20);
  }
  expect(await cluster.client.ask({ op: 'status' })).toMatchObject({ term });

  // One that comes back finds its peers' ports crowded.
  const [leader, follower] = [await cluster.leader(), (await cluster.followers())[0] as ReplicaId];
  await cluster.act('kill', follower);
  {
    using _ = await Crowd.of(replicas.find(({ id }) => id === leader)?.addr ?? '', 1000);
    await cluster.act('start', follower);
  }
  const { violations } = await recording.finish();
  expect(violations).toEqual([]);
});

/** Takes every descriptor there is; gives one back once another has been refused, and prints what came of it. */
const script = `
  import { closeSync, constants, open as openOnce, openSync } from 'node:fs';
  import { open } from ${JSON.stringify(new URL('../../dist/core/replica/patient-open.js', import.meta.url).href)};
  const taken = [];
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch {}
  open('/dev/null', constants.O_RDONLY, 0, (error) => console.log(error?.code ?? 'opened'));
  openOnce('/dev/null', constants.O_RDONLY, (error) => {
    console.log(error?.code ?? 'opened');
    closeSync(taken.pop());
  });
`;

test('what a log cannot do without is waited for, when every descriptor is taken', () => {
  const limited = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('sh', limited, { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'EMFILE\nopened\n', stderr: '' });
});
