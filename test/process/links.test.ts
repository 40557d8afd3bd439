// Link faults, as they are set, told and ended.
import { expect, test } from 'vitest';
import { Running } from './running.ts';

test('leader stands for whoever leads, and a cut ends without the delay beside it', async () => {
  await using cluster = await Running.up(['--tempo', 'slow']);
  const leader = await cluster.leader();
  const [other] = await cluster.followers();
  const between = ({ from, to }: { from: string; to: string }) => from === leader && to === other;
  await cluster.cli('link', 'leader', other ?? '', 'delay=20', '--one-way');
  await cluster.cli('link', 'leader', other ?? '', 'cut', '--one-way');
  const cut = await cluster.until(({ links }) => links.some((link) => link.cut));
  expect(cut.links).toEqual([{ from: leader, to: other, cut: true, delayMs: 20, dropPercent: 0 }]);

  await cluster.happened('link', (what) => between(what) && what.cut);
  const mark = cluster.events.length;
  // About every link of the leader, and of them only one was cut.
  const restored = await cluster.cli('link', leader, 'all', 'restore');
  expect(restored.record).toMatchObject({ ok: true, message: expect.stringContaining(`${leader} → ${other} delayed`) });
  const whole = await cluster.until(({ links }) => links.every((link) => !link.cut));
  expect(whole.links).toEqual([{ from: leader, to: other, cut: false, delayMs: 20, dropPercent: 0 }]);
  expect(await cluster.happened('link', between, mark)).toMatchObject({ cut: false, delayMs: 20 });
  await cluster.cli('link', leader, other ?? '', 'delay=0');
  await cluster.until(({ links }) => links.length === 0);
  await cluster.happened('link', ({ delayMs }) => delayMs === 0, mark);
  expect(cluster.all('link', mark)).toHaveLength(2);
});

test('a link of the leader to itself, and of nobody', async () => {
  await using cluster = await Running.up();
  const leader = await cluster.leader();
  const itself = await cluster.cli('link', 'leader', leader, 'cut');
  expect(itself).toMatchObject({ code: 1, record: { error: { code: 'bad-request' } } });
  await cluster.act('kill', 'all');
  await cluster.until((now) => now.leader === null);
  const nobody = await cluster.cli('link', 'leader', 'all', 'cut');
  expect(nobody).toMatchObject({ code: 1, record: { ok: false, error: { code: 'no-leader' } } });
});
