// The two figures of the Raft paper (Ongaro & Ousterhout 2014) that every implementation has to answer for.
import { describe, expect, test } from 'vitest';
import { Lab } from './support/lab.ts';

describe('figure 7: a leader comes to power over followers that lack entries, have too many, or both', () => {
  const starts = {
    n1: { log: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6], term: 7 },
    // (a) to (f) of the figure.
    n2: { log: [1, 1, 1, 4, 4, 5, 5, 6, 6], term: 7 },
    n3: { log: [1, 1, 1, 4], term: 7 },
    n4: { log: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], term: 7 },
    n5: { log: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], term: 7 },
    n6: { log: [1, 1, 1, 4, 4, 4, 4], term: 7 },
    n7: { log: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], term: 7 },
  };

  test('it is elected by those that are not fresher, and all logs become its log', () => {
    const lab = new Lab({ size: 7, starts });
    lab.elect('n1');
    const votes = lab.ids.slice(1).map((id) => lab.events(id, 'vote').at(-1)?.granted);
    expect(votes).toEqual([true, true, false, false, true, true]);
    const log = '1:1 1:2 1:3 4:4 4:5 5:6 5:7 6:8 6:9 6:10 8:11';
    expect(lab.ids.map((id) => lab.log(id))).toEqual(lab.ids.map(() => log));
  });

  test('who had too much says what it dropped, and nobody else drops anything', () => {
    const lab = new Lab({ size: 7, starts });
    lab.elect('n1');
    const dropped = lab.ids.flatMap((id) =>
      lab
        .events(id, 'rolled-back')
        .map(({ firstLsn, lastLsn, dropped: writes }) => [id, firstLsn, lastLsn, writes.length]),
    );
    expect(dropped).toEqual([
      ['n4', 11, 11, 1],
      ['n5', 11, 12, 2],
      ['n6', 6, 7, 2],
      ['n7', 4, 11, 8],
    ]);
  });

  test('whatever of it was there before is committed with its first own entry, and not before', () => {
    const lab = new Lab({ size: 7, starts });
    lab.elect('n1');
    expect(lab.status('n1').committedLsn).toBe(11);
    lab.run(100);
    expect(lab.committed()).toEqual([11, 11, 11, 11, 11, 11, 11]);
  });
});

describe('figure 8: an entry of an old term on a majority is not committed by that', () => {
  /** (c): n1 led term 2 and left its entry on n2; n5 led term 3; n1 leads term 4 and has its old entry sent to n3. */
  function untilC(): Lab {
    const lab = new Lab({
      size: 5,
      starts: {
        n1: { log: [1, 2], term: 3 },
        n2: { log: [1, 2], term: 3 },
        n3: { log: [1], term: 3 },
        n4: { log: [1], term: 3 },
        n5: { log: [1, 3], term: 3 },
      },
    });
    lab.kill('n5');
    for (const id of ['n2', 'n3', 'n4']) lab.hold('n1', id);
    lab.winVotes('n1', ['n2', 'n3', 'n4']);
    expect(lab.status('n1').term).toBe(4);
    // n3 refuses the probe, 4:3 after 2:2, and is sent 2:2 and 4:3. Of these only the first arrives.
    lab.deliver('n1', 'n3');
    lab.settle();
    const { queue } = lab.network.link('n1', 'n3');
    const [append] = queue.splice(0).filter((message) => message.type === 'append');
    if (!append) throw new Error('no append');
    queue.push({ ...append, entries: append.entries.slice(0, 1) });
    lab.deliver('n1', 'n3');
    lab.settle();
    expect([lab.log('n1'), lab.log('n2'), lab.log('n3')]).toEqual(['1:1 2:2 4:3', '1:1 2:2', '1:1 2:2']);
    return lab;
  }

  test('(c) 2:2 is on three of five, and n1 knows it, and does not commit it', () => {
    const lab = untilC();
    // n2 answers as well: it holds 2:2, and not yet 4:3.
    const { queue } = lab.network.link('n1', 'n2');
    const [probe] = queue.splice(0).filter((message) => message.type === 'append');
    if (!probe) throw new Error('no append');
    queue.push({ ...probe, entries: [] });
    lab.deliver('n1', 'n2');
    lab.settle();
    const durable = lab.status('n1').followers.map((follower) => [follower.id, follower.lag?.entries]);
    expect(durable.slice(0, 2)).toEqual([
      ['n2', 1],
      ['n3', 1],
    ]);
    expect(lab.status('n1').committedLsn).toBe(0);
  });

  test('(d) so n5 may still win, and replace it everywhere', () => {
    const lab = untilC();
    lab.kill('n1');
    lab.restart('n5');
    lab.elect('n5');
    lab.restart('n1');
    lab.heal();
    lab.run(1000);
    expect(lab.ids.map((id) => lab.log(id))).toEqual(lab.ids.map(() => '1:1 3:2 5:3'));
    expect(lab.events('n2', 'rolled-back')).toMatchObject([{ firstLsn: 2, lastLsn: 2 }]);
    expect(lab.committed()).toEqual([3, 3, 3, 3, 3]);
  });

  test('(e) unless an entry of term 4 got to a majority: then both are committed, and n5 cannot win', () => {
    const lab = untilC();
    lab.heal();
    lab.run(100);
    expect(lab.status('n1').committedLsn).toBe(3);
    lab.kill('n1');
    lab.restart('n5');
    expect(() => lab.elect('n5')).toThrow('n5 was not elected');
    expect(lab.events('n3', 'vote').at(-1)).toMatchObject({ candidate: 'n5', reason: 'stale-log' });
    lab.elect('n3');
    expect(lab.log('n5')).toBe('1:1 2:2 4:3 5:4');
  });
});
