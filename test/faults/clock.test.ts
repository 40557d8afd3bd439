// Clocks that jump: what people are shown may be odd, and nothing else is.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Running } from '../process/running.ts';
import { Sandbox } from '../process/sandbox.ts';
import { Recording } from './recording.ts';

/** Every process has a wall clock that jumps by up to a year each time it is looked at. */
const jumping = `
  const { now } = Date;
  const jump = () => now() + (Math.random() - 0.5) * 2 * 365 * 24 * 3600 * 1000;
  globalThis.Date = class extends Date {
    constructor(...args) { super(...(args.length === 0 ? [jump()] : args)); }
    static now() { return jump(); }
  };
`;

test('wall clocks that jump by months elect nobody, and lose nothing', async () => {
  await using sandbox = new Sandbox();
  const module = join(sandbox.folder, 'jumping.mjs');
  writeFileSync(module, jumping);
  const env = { NODE_OPTIONS: `--import=${module}` };
  await using cluster = await Running.up([], sandbox, { env });
  const { term } = await cluster.until((now) => now.leader !== null);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
  await cluster.until((now) => now.writes.ok > 200);
  const shown = cluster.events.map(({ at }) => at);
  expect(Math.max(...shown) - Math.min(...shown), 'the clocks do not jump').toBeGreaterThan(24 * 3600 * 1000);
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ 'last term': term, rejected: 0, unknown: 0 });
});
