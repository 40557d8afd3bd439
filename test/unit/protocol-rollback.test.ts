// What a replica drops when its log differs from the leader's, and what goes back with it: DESIGN.md §3, §4 and §5.
import { describe, expect, test } from 'vitest';
import { lsn, replicaId, term } from '../../core/protocol/position.ts';
import { Lab } from './support/lab.ts';
import { entryAt } from './support/lab-start.ts';

/** n1 led term 1 and was cut off with three writes of its own; n2 leads term 2 and has committed there. */
function afterFailover(): Lab {
  const lab = new Lab();
  lab.elect('n1');
  lab.write('quorum', { key: 'x', value: 'old' });
  lab.write('quorum', { key: 'gone', value: 'here' });
  lab.run(100);
  lab.cut('n1');
  lab.writeAll([
    { mode: 'async', key: 'x', value: 'lost', session: 's', seq: 1 },
    { mode: 'quorum', key: 'gone', deletes: true },
    { mode: 'sync', key: 'new', value: 'lost' },
  ]);
  lab.settle();
  lab.elect('n2');
  return lab;
}

test('the drop is reported, with the writes that were in it', () => {
  const lab = afterFailover();
  expect(lab.log('n1')).toBe('1:1 1:2 1:3 1:4 1:5 1:6');
  lab.heal();
  lab.run(100);
  expect(lab.log('n1')).toBe('1:1 1:2 1:3 2:4');
  expect(lab.events('n1', 'rolled-back')).toEqual([
    {
      type: 'rolled-back',
      term: 2,
      leader: 'n2',
      firstLsn: 4,
      lastLsn: 6,
      dropped: [
        { id: 'w3', position: { term: 1, lsn: 4 }, key: 'x', mode: 'async' },
        { id: 'w4', position: { term: 1, lsn: 5 }, key: 'gone', mode: 'quorum' },
        { id: 'w5', position: { term: 1, lsn: 6 }, key: 'new', mode: 'sync' },
      ],
    },
  ]);
});

test('of the drop at most 1000 writes are named', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.cut('n1');
  lab.writeAll(Array.from({ length: 1500 }, () => ({ mode: 'async' })));
  lab.settle();
  lab.elect('n2');
  lab.heal();
  lab.run(100);
  const [event] = lab.events('n1', 'rolled-back');
  expect([event?.firstLsn, event?.lastLsn, event?.dropped.length]).toEqual([2, 1501, 1000]);
});

test('the state goes back: overwritten, deleted and new keys are as they were', () => {
  const lab = afterFailover();
  const values = () => ['x', 'gone', 'new'].map((key) => lab.outcome(lab.read('any', { at: 'n1', key })));
  expect(values()).toEqual(['lost at 1:6 uncommitted', 'null at 1:6 uncommitted', 'lost at 1:6 uncommitted']);
  lab.heal();
  lab.run(200);
  expect(values()).toEqual(['old at 2:4', 'here at 2:4', 'null at 2:4']);
});

test('so do the sessions: a retry of what was lost is a new write', () => {
  const lab = afterFailover();
  lab.heal();
  lab.run(100);
  lab.elect('n1');
  const retry = lab.write('quorum', { key: 'x', value: 'lost', session: 's', seq: 1 });
  lab.settle();
  expect(lab.outcome(retry)).toBe('ok 3:6');
});

test('nothing at or below the commit is dropped: a leader that would ask for it stops this replica', () => {
  const lab = new Lab({ size: 1, starts: { n1: { log: [1, 1, 1], committed: 2 } } });
  const prev = { term: term(1), lsn: lsn(1) };
  const message = { type: 'append', term: term(9), prev, committedLsn: lsn(0), entries: [entryAt(9, 2)] } as const;
  const asked = () => lab.step('n1', { type: 'receive', from: replicaId('n2'), message });
  expect(asked).toThrow('truncating 2, but 2 is committed');
});

describe('the hint of what is committed', () => {
  test('is kept with the hard state, and a restart goes on from it', () => {
    const lab = new Lab();
    lab.elect('n1');
    for (let writes = 0; writes < 2; writes++) {
      lab.write('quorum');
      lab.settle();
      lab.run(100);
    }
    expect(lab.committed()).toEqual([3, 3, 3]);
    for (const id of lab.ids) lab.kill(id);
    for (const id of lab.ids) lab.restart(id);
    // As of the last batch that each one wrote: before the last write was committed.
    expect(lab.committed()).toEqual([2, 2, 2]);
    lab.elect('n3');
    lab.run(100);
    expect(lab.committed()).toEqual([4, 4, 4]);
  });

  test('that speaks beyond the log is taken as far as the log goes', () => {
    const lab = new Lab({ size: 1, starts: { n1: { log: [1, 1], committed: 5 } } });
    expect(lab.status('n1')).toMatchObject({ committedLsn: 2, durableLsn: 2 });
  });

  test('a follower commits only what it has on its own disk', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.holdDisk('n3');
    lab.write('quorum');
    lab.run(200);
    expect(lab.committed()).toEqual([2, 2, 1]);
    lab.releaseDisk('n3');
    lab.settle();
    expect(lab.committed()).toEqual([2, 2, 2]);
  });

  test('and only as far as its log is known to be the leader’s', () => {
    // n3 holds 1:2, which n1 never had; that n1 has committed LSN 3 says nothing of it.
    const lab = new Lab({ starts: { n1: { log: [1, 2] }, n2: { log: [1, 2] }, n3: { log: [1, 1, 1], term: 2 } } });
    lab.hold('n1', 'n3');
    lab.elect('n1');
    lab.run(100);
    expect(lab.status('n1').committedLsn).toBe(3);
    const { queue } = lab.network.link('n1', 'n3');
    queue.splice(0, queue.length, ...queue.filter((message) => message.type === 'heartbeat'));
    lab.deliverLink('n1', 'n3');
    expect(lab.status('n3')).toMatchObject({ leader: 'n1', committedLsn: 0 });
    lab.heal();
    lab.run(200);
    expect(lab.log('n3')).toBe('1:1 2:2 3:3');
  });
});
