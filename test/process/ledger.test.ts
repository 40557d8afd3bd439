// What the router has to tell of the writes it answered, after a failover that cost some.
import { expect, test } from 'vitest';
import { run } from './lockstep.ts';
import { isSettled, Running } from './running.ts';

test('async: the ledger lists exactly the writes that a failover lost', async () => {
  await using cluster = await Running.up(['--mode', 'async', '--tempo', 'slow']);
  expect((await cluster.cli('ledger')).record).toEqual({ v: 1, writes: [] });
  await cluster.write('shared', 'everywhere');
  const old = await cluster.leader();
  expect(await cluster.cli('link', 'leader', 'all', 'cut')).toMatchObject({ code: 0 });
  // The leader has not noticed yet: it still counts on the contact it had.
  const alone = await Promise.all(['a', 'b', 'c'].map((key) => cluster.write(key, 'alone')));
  const pending = await cluster.cli('ledger', '--fate', 'pending');
  expect(pending.record.writes.map(keyOf)).toEqual(['a', 'b', 'c']);
  await cluster.act('kill', old);
  // Only when others have gone on without it: started before, it would win, and nothing be lost.
  await cluster.writeUntilOk('after', 'the failover');
  await cluster.client.ask({ op: 'heal' });
  await cluster.until((now) => now.fates.lost === 3 && now.fates.pending === 0 && isSettled(now));

  const lost = await cluster.cli('ledger', '--lost');
  expect(lost.code).toBe(0);
  expect(lost.record).toEqual({
    v: 1,
    writes: ['a', 'b', 'c'].map((key, index) => ({
      ...{ id: expect.any(String), key, mode: 'async', outcome: 'ok', position: alone[index]?.position },
      ...{ durableOn: [old], ms: alone[index]?.ms, fate: 'lost', leader: old },
    })),
  });
  expect(lost.record.writes.map(idOf)).toEqual(cluster.all('lost').map(idOf));
  const newest = await cluster.client.ask({ op: 'ledger', fate: 'lost', limit: 2 });
  expect(newest.writes.map(keyOf)).toEqual(['b', 'c']);

  const all = await cluster.client.ask({ op: 'ledger' });
  const answered = all.writes.filter(({ outcome }) => outcome === 'ok').map(({ key, fate }) => `${key} ${fate}`);
  expect(answered).toEqual(['shared committed', 'a lost', 'b lost', 'c lost', 'after committed']);
  const committed = await cluster.client.ask({ op: 'ledger', fate: 'committed' });
  expect(committed.writes.map(keyOf)).toEqual(['shared', 'after']);

  const { stdout } = await run(['ledger', '--lost', '--addr', cluster.addr], { sandbox: cluster.sandbox });
  const [heading, ...rows] = stdout.trimEnd().split('\n');
  expect(heading).toMatch(/^id +key +mode +outcome +position +durable on +ms +fate +why$/);
  expect(rows.map((row) => row.split(/ +/).toSpliced(6, 1))).toEqual(
    lost.record.writes.map((write: Written) => [write.id, write.key, 'async', 'ok', write.position, old, 'lost']),
  );
});

interface Written {
  readonly id: string;
  readonly key: string;
  readonly position: string;
}
const keyOf = ({ key }: Pick<Written, 'key'>): string => key;
const idOf = ({ id }: Pick<Written, 'id'>): string => id;
