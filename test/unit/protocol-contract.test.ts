// The five rules of Ready (core/protocol/io.ts), from the side of the protocol: what goes at once, what waits for the
// disk, how batches are numbered, what `persisted` attests, and in which order things go.
import { expect, test } from 'vitest';
import { lsn, replicaId, term } from '../../core/protocol/position.ts';
import { Lab } from './support/lab.ts';
import { entryAt } from './support/lab-start.ts';

test('rule 1: a leader sends entries while its own fsync runs', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.write('quorum');
  expect(lab.disk('n1').pending).toHaveLength(1);
  expect(lab.onWay('n1', 'n2')).toEqual(['append']);
});

test('rule 2: batches are numbered 1, 2, 3…, and from 1 again in each process', () => {
  const lab = new Lab();
  lab.elect('n1');
  for (let writes = 0; writes < 3; writes++) lab.write('async');
  const numbers = lab.disk('n1').pending.map(({ batch }) => batch.number);
  // Before these: term and vote, and the no-op.
  expect(numbers).toEqual([3, 4, 5]);
  lab.kill('n2');
  lab.restart('n2');
  expect(lab.askForVote('n2', 'vote', 7).persist?.number).toBe(1);
});

test('rule 2: several batches may share one fsync, and one `persisted` speaks for all of them', () => {
  const lab = new Lab();
  lab.elect('n1');
  const writes = ['a', 'b', 'c'].map((key) => lab.write('async', { key }));
  expect(lab.sync('n1')).toBe(3);
  expect(writes.map((write) => lab.outcome(write))).toEqual(['ok 1:2', 'ok 1:3', 'ok 1:4']);
});

test('rule 2: a batch carries term, vote and commit as they are after it', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.write('quorum');
  lab.settle();
  lab.write('quorum');
  expect(lab.disk('n1').pending[0]?.batch.hardState).toEqual({
    term: 1,
    votedFor: 'n1',
    committedLsn: 2,
    standing: 'voter',
  });
});

test('rule 3: a candidate asks for votes only once its term and its own vote are durable', () => {
  const lab = new Lab();
  lab.tick('n1', 300);
  // The pre-vote promises nothing, and goes at once.
  expect(lab.onWay('n1', 'n2')).toEqual(['vote-request']);
  lab.deliver('n1', 'n2');
  lab.deliver('n2', 'n1');
  expect(lab.status('n1').term).toBe(1);
  expect(lab.onWay('n1', 'n2')).toEqual([]);
  lab.sync('n1');
  expect(lab.onWay('n1', 'n2')).toEqual(['vote-request']);
});

test('rule 3: a candidate counts its own vote only once it is durable', () => {
  const lab = new Lab({ size: 1 });
  lab.tick('n1', 300);
  expect(lab.status('n1')).toMatchObject({ role: 'candidate', term: 1 });
  lab.sync('n1');
  expect(lab.status('n1').role).toBe('leader');
});

test('rule 3: a vote waits for the disk', () => {
  const lab = new Lab();
  const ready = lab.askForVote('n2', 'vote', 1);
  expect(ready.send).toEqual([]);
  expect(ready.persist?.hardState).toEqual({ term: 1, votedFor: 'n1', committedLsn: 0, standing: 'voter' });
  expect(lab.onWay('n2', 'n1')).toEqual([]);
  lab.sync('n2');
  expect(lab.onWay('n2', 'n1')).toEqual(['vote-reply']);
});

test('rule 3: a vote that changes nothing has nothing to write, and keeps its place behind what is written', () => {
  const lab = new Lab();
  lab.askForVote('n2', 'vote', 1);
  const again = lab.askForVote('n2', 'vote', 1);
  expect(again.persist).toMatchObject({ number: 2, dirty: false, entries: [], truncateFrom: null });
  lab.sync('n2', 1);
  expect(lab.onWay('n2', 'n1')).toEqual(['vote-reply']);
  lab.sync('n2', 1);
  expect(lab.onWay('n2', 'n1')).toEqual(['vote-reply', 'vote-reply']);
});

test('rule 3: entries are acknowledged once they are durable', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.write('quorum');
  lab.deliver('n1', 'n2');
  expect(lab.onWay('n2', 'n1')).toEqual([]);
  expect(lab.status('n2')).toMatchObject({ position: { lsn: 2 }, durableLsn: 1 });
  lab.sync('n2');
  expect(lab.onWay('n2', 'n1')).toEqual(['append-accepted']);
  expect(lab.status('n2').durableLsn).toBe(2);
});

test('rule 3: an append that brings nothing new is answered at once, and attests only what is durable', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.write('quorum');
  const { queue } = lab.network.link('n1', 'n2');
  queue.push(...queue);
  lab.deliver('n1', 'n2');
  const ready = lab.deliver('n1', 'n2');
  expect(ready.send).toMatchObject([{ message: { type: 'append-accepted', matchedLsn: 2, durableLsn: 1 } }]);
});

test('rule 3: whatever tells of a term waits until that term is durable', () => {
  const lab = new Lab();
  const heartbeat = {
    type: 'heartbeat',
    term: term(4),
    round: 1,
    atMs: 0,
    sentLsn: lsn(0),
    committedLsn: lsn(0),
    rejoin: null,
  } as const;
  lab.step('n2', { type: 'receive', from: replicaId('n1'), message: heartbeat });
  expect(lab.onWay('n2', 'n1')).toEqual([]);
  lab.sync('n2');
  expect(lab.onWay('n2', 'n1')).toEqual(['heartbeat-reply']);
});

test('but entries on their way to the disk hold up no heartbeat: a slow disk is not a dead replica', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.cut('n3');
  lab.holdDisk('n2');
  lab.write('quorum');
  lab.run(3000);
  // Only n2 can tell it so.
  expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: true });
  expect(lab.status('n2').durableLsn).toBe(1);
});

test('a leader counts itself only after its own fsync', () => {
  const lab = new Lab({ size: 2 });
  lab.elect('n1');
  lab.holdDisk('n1');
  const write = lab.write('quorum');
  lab.settle();
  expect(lab.status('n2').durableLsn).toBe(2);
  expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([1, 'waiting']);
  lab.sync('n1');
  expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([2, 'ok 1:2']);
});

test('but a majority of others commits without it', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.holdDisk('n1');
  const [quorum, async] = [lab.write('quorum'), lab.write('async')];
  lab.settle();
  expect(lab.status('n1')).toMatchObject({ durableLsn: 1, committedLsn: 3 });
  expect([lab.outcome(quorum), lab.outcome(async)]).toEqual(['ok 1:2', 'waiting']);
});

test('rule 4: `persisted` attests what the log held after that batch, less what was truncated since', () => {
  // n2 has taken in 1:2 and 1:3 from a leader of term 1, and not fsynced them, when the leader of term 2 replaces both.
  const lab = new Lab({ starts: { n2: { log: [1] } } });
  const [n1, n3] = [replicaId('n1'), replicaId('n3')];
  const append = { type: 'append', committedLsn: lsn(0), prev: { term: term(1), lsn: lsn(1) } } as const;
  lab.step('n2', {
    type: 'receive',
    from: n1,
    message: { ...append, term: term(1), entries: [entryAt(1, 2), entryAt(1, 3)] },
  });
  lab.step('n2', { type: 'receive', from: n3, message: { ...append, term: term(2), entries: [entryAt(2, 2)] } });
  expect(lab.log('n2')).toBe('1:1 2:2');
  lab.sync('n2', 1);
  expect(lab.status('n2').durableLsn).toBe(1);
  expect([lab.onWay('n2', 'n1'), lab.onWay('n2', 'n3')]).toEqual([[], []]);
  lab.sync('n2', 1);
  expect(lab.status('n2').durableLsn).toBe(2);
  expect(lab.onWay('n2', 'n3')).toEqual(['append-accepted']);
});

test('rule 4: what was durable is not, once it is truncated', () => {
  const lab = new Lab({ starts: { n2: { log: [1, 1, 1] } } });
  const prev = { term: term(1), lsn: lsn(1) };
  const message = { type: 'append', term: term(2), prev, committedLsn: lsn(0), entries: [entryAt(2, 2)] } as const;
  lab.step('n2', { type: 'receive', from: replicaId('n1'), message });
  expect(lab.status('n2').durableLsn).toBe(1);
  lab.sync('n2');
  expect(lab.status('n2').durableLsn).toBe(2);
});

test('rule 5: acknowledgements keep the order of the batches they waited for', () => {
  const lab = new Lab();
  lab.elect('n1');
  for (let writes = 0; writes < 3; writes++) lab.write('quorum');
  lab.deliverLink('n1', 'n2');
  for (let batches = 0; batches < 3; batches++) lab.sync('n2', 1);
  const { queue } = lab.network.link('n2', 'n1');
  expect(queue).toMatchObject([2, 3, 4].map((durableLsn) => ({ type: 'append-accepted', durableLsn, matchedLsn: 4 })));
});
