// How entries reach the followers (core/protocol/replication.ts, follower.ts): DESIGN.md §5, the Raft paper, §5.3.
import { describe, expect, test } from 'vitest';
import type { Append } from '../../core/protocol/messages.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { Lab } from './support/lab.ts';

const MEBIBYTE = 1024 * 1024;

describe('batches are pipelined', () => {
  test('writes go out without waiting for answers, each once', () => {
    const lab = new Lab();
    lab.elect('n1');
    for (let writes = 0; writes < 4; writes++) lab.write('quorum');
    expect(appends(lab, 'n2').map(positionsIn)).toEqual([['1:2'], ['1:3'], ['1:4'], ['1:5']]);
    lab.settle();
    expect(lab.log('n2')).toBe('1:1 1:2 1:3 1:4 1:5');
  });

  test('but a new leader sends one probe until it knows where the logs agree', () => {
    const lab = new Lab();
    lab.hold('n1', 'n3');
    lab.elect('n1');
    for (let writes = 0; writes < 3; writes++) lab.write('quorum');
    expect(appends(lab, 'n3').map(positionsIn)).toEqual([['1:1']]);
    lab.heal();
    lab.settle();
    expect(lab.log('n3')).toBe('1:1 1:2 1:3 1:4');
  });

  test('one append carries at most 256 KiB or 2048 entries, and at least one entry', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.cut('n3');
    for (let chunk = 0; chunk < 3; chunk++)
      lab.writeAll(Array.from({ length: 1000 }, () => ({ mode: 'async', value: '' })));
    lab.write('async', { value: 'v'.repeat(MEBIBYTE) });
    lab.write('async');
    lab.settle();
    lab.heal();
    lab.pass(100);
    const sizes: number[][] = [];
    for (let rounds = 0; rounds < 50; rounds++) {
      sizes.push(...appends(lab, 'n3').map(({ entries }) => [entries.length, bytesOf(entries)]));
      for (const [from, to] of [
        ['n1', 'n3'],
        ['n3', 'n1'],
      ] as const)
        lab.deliverLink(from, to);
      lab.sync('n3');
    }
    expect(lab.log('n3')).toBe(lab.log('n1'));
    expect(sizes.every(([count = 0, bytes = 0]) => count <= 2048 && (bytes <= MEBIBYTE / 4 || count === 1))).toBe(true);
    expect(sizes.map(([count]) => count)).toContain(1);
    expect(sizes.length).toBeGreaterThan(2);
  });

  test('a follower that does not answer is sent a bounded window, and the rest as it answers', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.hold('n1', 'n3');
    for (let writes = 0; writes < 10; writes++) lab.write('quorum', { value: 'v'.repeat(MEBIBYTE) });
    lab.settle();
    expect(appends(lab, 'n3')).toHaveLength(4);
    expect(lab.status('n1').followers[1]).toMatchObject({ id: 'n3', inFlight: 4, lag: { entries: 10 } });
    lab.heal();
    lab.settle();
    expect(lab.log('n3')).toBe(lab.log('n1'));
    expect(lab.status('n1').followers[1]).toMatchObject({ inFlight: 0, lag: { entries: 0, bytes: 0, ms: 0 } });
  });
});

describe('a conflict', () => {
  test('is found in one step back, over any number of diverged terms', () => {
    const lab = new Lab({
      starts: {
        n1: { log: [1, 1, 2, 2, 5, 5, 7] },
        n2: { log: [1, 1, 2, 2, 5, 5] },
        n3: { log: [1, 1, 2, 3, 3, 4, 4, 4, 6] },
      },
    });
    const refusals: string[] = [];
    lab.hold('n3', 'n1');
    lab.elect('n1');
    for (let answers = 0; answers < 10 && lab.log('n3') !== lab.log('n1'); answers++) {
      refusals.push(...lab.onWay('n3', 'n1').filter((type) => type === 'append-refused'));
      lab.deliverLink('n3', 'n1');
      lab.settle();
    }
    expect(refusals).toHaveLength(1);
    expect(lab.log('n3')).toBe('1:1 1:2 2:3 2:4 5:5 5:6 7:7 8:8');
    expect(lab.events('n3', 'rolled-back')).toMatchObject([{ firstLsn: 4, lastLsn: 9 }]);
  });

  test('a follower that is merely short is sent what it lacks, and drops nothing', () => {
    const lab = new Lab({ starts: { n1: { log: [1, 1, 2, 2] }, n2: { log: [1, 1, 2, 2] }, n3: { log: [1] } } });
    lab.elect('n1');
    expect(lab.log('n3')).toBe('1:1 1:2 2:3 2:4 3:5');
    expect(lab.events('n3', 'rolled-back')).toEqual([]);
  });

  test('entries that agree stay, though sent again: only what differs is dropped', () => {
    const lab = new Lab({ starts: { n1: { log: [1, 1, 3] }, n2: { log: [1, 1, 2] }, n3: { log: [1, 1, 3] } } });
    lab.hold('n1', 'n2');
    lab.elect('n1');
    lab.heal();
    lab.settle();
    expect(lab.events('n2', 'rolled-back')).toMatchObject([{ firstLsn: 3, lastLsn: 3 }]);
    expect(lab.log('n2')).toBe('1:1 1:2 3:3 4:4');
  });
});

describe('what comes late, twice or never', () => {
  test('a late, shorter append drops nothing, and takes back no match', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('quorum');
    const [early] = [...lab.network.link('n1', 'n2').queue];
    if (!early) throw new Error('no append');
    lab.write('quorum');
    lab.write('quorum');
    lab.settle();
    lab.network.link('n1', 'n2').queue.push(early);
    const ready = lab.deliver('n1', 'n2');
    expect(ready.persist).toBeNull();
    expect(ready.send).toMatchObject([{ message: { type: 'append-accepted', matchedLsn: 4, durableLsn: 4 } }]);
    expect(lab.log('n2')).toBe('1:1 1:2 1:3 1:4');
  });

  test('appends out of order are refused, and sent again', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('quorum');
    lab.write('quorum');
    lab.deliver('n1', 'n2', 1);
    expect(lab.onWay('n2', 'n1')).toEqual(['append-refused']);
    lab.settle();
    expect(lab.log('n2')).toBe('1:1 1:2 1:3');
  });

  test('a lost append is sent again after the next heartbeat, and no sooner', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('quorum');
    lab.network.link('n1', 'n2').queue.length = 0;
    lab.settle();
    expect(lab.log('n2')).toBe('1:1');
    lab.run(100);
    expect(lab.log('n2')).toBe('1:1 1:2');
  });

  test('so is what was lost while later entries arrived', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('sync');
    lab.network.link('n1', 'n2').queue.length = 0;
    const write = lab.write('sync');
    lab.run(100);
    expect(lab.log('n2')).toBe('1:1 1:2 1:3');
    expect(lab.outcome(write)).toBe('ok 1:3');
  });

  test('a probe that is lost is sent again', () => {
    const lab = new Lab();
    lab.cut('n1', 'n3');
    lab.elect('n1');
    lab.heal();
    lab.run(100);
    expect(lab.log('n3')).toBe('1:1');
  });

  test('the lost acknowledgement of a probe does not stop replication', () => {
    const lab = new Lab();
    lab.hold('n3', 'n1');
    lab.elect('n1');
    const { queue } = lab.network.link('n3', 'n1');
    queue.splice(0, queue.length, ...queue.filter((message) => message.type !== 'append-accepted'));
    lab.heal();
    lab.write('quorum');
    lab.settle();
    expect(lab.log('n3')).toBe('1:1 1:2');
  });

  test('heartbeat answers from before a rewind do not rewind again', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.hold('n2', 'n1');
    lab.write('quorum');
    lab.network.link('n1', 'n2').queue.length = 0;
    for (let rounds = 0; rounds < 3; rounds++) {
      lab.tick('n1', 100);
      lab.deliverLink('n1', 'n2');
    }
    // Three answers tell of the same loss: only the first one counts.
    lab.deliverLink('n2', 'n1');
    expect(appends(lab, 'n2').map(positionsIn)).toEqual([['1:2']]);
  });
});

test('an acknowledgement of an earlier term counts for nothing, though its LSN is there again', () => {
  const lab = new Lab({ size: 5 });
  lab.elect('n1');
  for (const id of ['n3', 'n4', 'n5']) for (const other of ['n1', 'n2']) lab.cut(other, id);
  lab.hold('n2', 'n1');
  for (let writes = 0; writes < 3; writes++) lab.write('quorum');
  lab.settle();
  const stale = lab.network
    .link('n2', 'n1')
    .queue.splice(0)
    .findLast((message) => message.type === 'append-accepted');
  if (!stale) throw new Error('no acknowledgement');
  lab.elect('n3');
  lab.heal();
  lab.run(200);
  lab.elect('n1');
  expect(lab.ids.map((id) => lab.log(id))).toEqual(lab.ids.map(() => '1:1 2:2 3:3'));
  // n2 said that it had LSN 4, which was 1:4. Now n1 and n4 alone have 3:4.
  for (const id of ['n2', 'n3', 'n5']) lab.hold('n1', id);
  lab.write('quorum');
  lab.settle();
  lab.step('n1', { type: 'receive', from: replicaId('n2'), message: stale });
  expect(stale).toMatchObject({ term: 1, durableLsn: 4 });
  expect(lab.status('n1').committedLsn).toBe(3);
});

describe('a follower that starts again in the same term', () => {
  test('is sent again what its disk had not got', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('quorum');
    lab.settle();
    lab.holdDisk('n3');
    lab.write('quorum');
    lab.write('quorum');
    lab.settle();
    lab.kill('n3', 1);
    expect(lab.log('n3')).toBe('1:1 1:2 1:3');
    lab.restart('n3');
    lab.releaseDisk('n3');
    lab.run(300);
    expect(lab.log('n3')).toBe('1:1 1:2 1:3 1:4');
    expect(lab.status('n3')).toMatchObject({ role: 'follower', term: 1, committedLsn: 4, durableLsn: 4 });
  });

  test('has its durable entries counted once it is known that they match', () => {
    const lab = new Lab({ size: 2 });
    lab.elect('n1');
    lab.hold('n2', 'n1');
    lab.write('quorum');
    lab.settle();
    lab.kill('n2');
    lab.network.link('n2', 'n1').queue.length = 0;
    lab.restart('n2');
    expect(lab.status('n1').committedLsn).toBe(1);
    lab.heal();
    lab.run(300);
    expect(lab.committed()).toEqual([2, 2]);
  });

  test('comes to know that all it holds matches, though a late append told it of a part only', () => {
    const lab = new Lab({ size: 2 });
    lab.elect('n1');
    lab.write('quorum');
    const late = appends(lab, 'n2');
    lab.settle();
    lab.write('quorum');
    lab.run(200);
    expect(lab.committed()).toEqual([3, 3]);
    lab.kill('n2');
    lab.restart('n2');
    lab.network.link('n1', 'n2').queue.push(...late);
    lab.run(300);
    expect(lab.committed()).toEqual([3, 3]);
  });

  test('is not taken to hold what it acknowledged as received and lost', () => {
    const lab = new Lab({ size: 2 });
    lab.elect('n1');
    lab.holdDisk('n2');
    const write = lab.write('quorum');
    lab.run(100);
    expect(lab.status('n1').followers[0]).toMatchObject({ lag: { entries: 0 } });
    lab.kill('n2');
    lab.run(200);
    expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([1, 'waiting']);
    lab.restart('n2');
    lab.releaseDisk('n2');
    lab.run(300);
    expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([2, 'ok 1:2']);
  });
});

const appends = (lab: Lab, to: string): readonly Append[] =>
  lab.network.link('n1', to).queue.filter((message) => message.type === 'append');

const positionsIn = ({ entries }: Append): string[] => entries.map((entry) => `${entry.term}:${entry.lsn}`);

const bytesOf = (entries: Append['entries']): number => entries.reduce((sum, entry) => sum + entry.bytes, 0);
