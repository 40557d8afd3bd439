// The machine's own wall clock jumps, as seen by every process of a cluster, Node's internals too: by libfaketime.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Running } from '../../process/running.ts';
import { Sandbox } from '../../process/sandbox.ts';
import { Recording } from '../recording.ts';
import { faketimeLibrary } from '../tools.ts';
import { needs } from './needs.ts';

test('the wall clock jumps by days, back and forth', async (context) => {
  needs('libfaketime', context);
  await using sandbox = new Sandbox();
  const file = join(sandbox.folder, 'offset');
  writeFileSync(file, '+0');
  const env = {
    LD_PRELOAD: faketimeLibrary() ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // The monotonic clock is what it is.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  await using cluster = await Running.up([], sandbox, { env });
  const { term } = await cluster.until((now) => now.leader !== null);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
  for (const offset of ['+10d', '-10d', '+3600', '-1', '+0']) {
    writeFileSync(file, offset);
    const { writes } = await cluster.client.ask({ op: 'status' });
    await cluster.until((now) => now.writes.ok > writes.ok + 100);
    await cluster.setMode(offset.startsWith('-') ? 'async' : 'quorum');
  }
  const shown = cluster.events.map(({ at }) => at);
  expect(Math.max(...shown) - Math.min(...shown), 'the clock does not jump').toBeGreaterThan(10 * 24 * 3600 * 1000);
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ 'last term': term, rejected: 0, unknown: 0 });
});
