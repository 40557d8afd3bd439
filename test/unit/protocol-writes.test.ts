// Writes and their outcomes (core/protocol/writes.ts): DESIGN.md §3.
import { describe, expect, test } from 'vitest';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { Lab } from './support/lab.ts';

const writeInEachMode = (lab: Lab): readonly string[] => WRITE_MODES.map((mode) => lab.write(mode));
const outcomes = (lab: Lab, writes: readonly string[]): readonly string[] => writes.map((write) => lab.outcome(write));

describe('when each mode acknowledges', () => {
  test('async: durable on the leader, whatever the followers have', () => {
    const lab = led();
    lab.holdDisk('n1');
    lab.hold('n1', 'n2');
    lab.hold('n1', 'n3');
    const write = lab.write('async');
    lab.settle();
    expect(lab.outcome(write)).toBe('waiting');
    lab.sync('n1');
    expect(lab.replies.get(write)).toMatchObject({ outcome: 'ok', durableOn: ['n1'] });
    expect(lab.status('n1').committedLsn).toBe(1);
  });

  test('quorum: committed', () => {
    const lab = led();
    lab.hold('n1', 'n3');
    lab.holdDisk('n2');
    const write = lab.write('quorum');
    lab.settle();
    expect(lab.outcome(write)).toBe('waiting');
    lab.releaseDisk('n2');
    lab.settle();
    expect(lab.replies.get(write)).toMatchObject({ outcome: 'ok', durableOn: ['n1', 'n2'] });
  });

  test('sync: committed, and durable on every replica', () => {
    const lab = led();
    lab.holdDisk('n3');
    const write = lab.write('sync');
    lab.settle();
    expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([2, 'waiting']);
    lab.releaseDisk('n3');
    lab.settle();
    expect(lab.replies.get(write)).toMatchObject({ outcome: 'ok', durableOn: ['n1', 'n2', 'n3'] });
  });

  test('sync: also the leader’s own disk', () => {
    const lab = led();
    lab.holdDisk('n1');
    const write = lab.write('sync');
    lab.settle();
    expect([lab.status('n1').committedLsn, lab.outcome(write)]).toEqual([2, 'waiting']);
    lab.sync('n1');
    expect(lab.outcome(write)).toBe('ok 1:2');
  });

  test('one that waits holds up none of another mode', () => {
    const lab = led();
    lab.holdDisk('n3');
    const [sync, quorum, async] = [lab.write('sync'), lab.write('quorum'), lab.write('async')];
    lab.settle();
    expect(outcomes(lab, [sync, quorum, async])).toEqual(['waiting', 'ok 1:3', 'ok 1:4']);
  });

  test('in a cluster of one all modes coincide', () => {
    const lab = led(1);
    const writes = writeInEachMode(lab);
    expect(outcomes(lab, writes)).toEqual(['waiting', 'waiting', 'waiting']);
    lab.sync('n1');
    expect(outcomes(lab, writes)).toEqual(['ok 1:2', 'ok 1:3', 'ok 1:4']);
  });
});

describe('with replicas down', () => {
  test.each<[number, string, readonly string[]]>([
    [3, 'n3', ['ok 1:2', 'ok 1:3', 'rejected follower-down']],
    [2, 'n2', ['rejected no-quorum', 'rejected no-quorum', 'rejected no-quorum']],
    [5, 'n2 n3', ['ok 1:2', 'ok 1:3', 'rejected follower-down']],
    [5, 'n2 n3 n4', ['rejected no-quorum', 'rejected no-quorum', 'rejected no-quorum']],
    [4, 'n2 n3', ['rejected no-quorum', 'rejected no-quorum', 'rejected no-quorum']],
  ])('of %i, %s: %j', (size, down, expected) => {
    const lab = led(size);
    for (const id of down.split(' ')) lab.kill(id);
    lab.run(lab.timing.electionMinMs);
    const writes = writeInEachMode(lab);
    lab.settle();
    expect(outcomes(lab, writes)).toEqual(expected);
  });

  test('what is rejected was never appended', () => {
    const lab = led();
    lab.cut('n1');
    lab.wait('n1', lab.timing.electionMinMs);
    const writes = writeInEachMode(lab);
    expect(outcomes(lab, writes)).toEqual(['rejected no-quorum', 'rejected no-quorum', 'rejected no-quorum']);
    expect(lab.log('n1')).toBe('1:1');
  });

  test('sync names who does not answer, from the minimum election timeout on', () => {
    const lab = led();
    lab.kill('n3');
    lab.run(lab.timing.electionMinMs - 100);
    const accepted = lab.write('sync');
    lab.run(100);
    const rejected = lab.write('sync');
    expect([lab.outcome(accepted), lab.outcome(rejected)]).toEqual(['waiting', 'rejected follower-down']);
    expect(lab.replies.get(rejected)).toMatchObject({ message: 'sync needs every replica, and n3 does not answer' });
  });

  test('sync with a follower that dies in mid-write is unknown after 2 s, and may be settled later', () => {
    const lab = led();
    lab.kill('n3');
    const write = lab.write('sync');
    lab.run(lab.timing.acknowledgeMs - 100);
    expect(lab.outcome(write)).toBe('waiting');
    lab.run(100);
    expect(lab.replies.get(write)).toMatchObject({
      outcome: 'unknown',
      code: 'acknowledge-timeout',
      position: { term: 1, lsn: 2 },
      durableOn: ['n1', 'n2'],
    });
    lab.restart('n3');
    lab.run(300);
    expect(lab.log('n3')).toBe('1:1 1:2');
    expect(lab.outcome(write)).toBe('unknown 1:2 acknowledge-timeout');
  });

  test('sync takes writes again once the follower is back', () => {
    const lab = led();
    lab.kill('n3');
    lab.run(1000);
    lab.restart('n3');
    lab.run(100);
    const write = lab.write('sync');
    lab.settle();
    expect(lab.outcome(write)).toBe('ok 1:2');
  });
});

describe('a leader acknowledges only in contact with its quorum', () => {
  test.each(WRITE_MODES)('%s: not after a gap, until a fresh round succeeds', (mode) => {
    const lab = led();
    for (const id of ['n2', 'n3']) lab.hold(id, 'n1');
    lab.holdDisk('n1');
    const write = lab.write(mode);
    lab.settle();
    lab.tick('n1', lab.timing.electionMinMs);
    // All that the mode asks for is true, and known. But others may have elected a leader meanwhile.
    lab.sync('n1');
    for (const id of ['n2', 'n3']) lab.deliverLink(id, 'n1');
    expect(lab.status('n1').followers.map((follower) => follower.lag?.ms)).toEqual([0, 0]);
    expect(lab.outcome(write)).toBe('waiting');
    lab.heal();
    lab.settle();
    expect(lab.outcome(write)).toBe('ok 1:2');
  });

  test('async: an fsync that ends after contact was lost acknowledges nothing', () => {
    const lab = led();
    lab.cut('n1');
    lab.holdDisk('n1');
    const write = lab.write('async');
    lab.wait('n1', lab.timing.electionMinMs);
    lab.sync('n1');
    expect([lab.status('n1').durableLsn, lab.outcome(write)]).toEqual([2, 'waiting']);
    lab.heal();
    lab.tick('n1', 100);
    lab.releaseDisk('n1');
    lab.settle();
    expect(lab.outcome(write)).toBe('ok 1:2');
  });

  test('async on a cut-off leader is acknowledged for as long as it is in contact, and lost', () => {
    const lab = led();
    lab.cut('n1');
    lab.wait('n1', lab.timing.electionMinMs - 1);
    const lost = lab.write('async');
    lab.sync('n1');
    lab.tick('n1', 1);
    const refused = lab.write('async');
    expect(outcomes(lab, [lost, refused])).toEqual(['ok 1:2', 'rejected no-quorum']);
    lab.elect('n2');
    lab.heal();
    lab.run(100);
    expect(lab.events('n1', 'rolled-back')[0]?.dropped.map((write) => write.id)).toEqual([lost]);
  });
});

describe('who is asked, and for which term', () => {
  test('a follower takes no writes', () => {
    const lab = led();
    const write = lab.write('quorum', { at: 'n2' });
    expect(lab.outcome(write)).toBe('rejected not-leader');
  });

  test.each([1, 3])('the leader of term 2 takes none for term %i, however late they come', (meantFor) => {
    const lab = new Lab({ starts: { n1: { term: 1 }, n2: { term: 1 }, n3: { term: 1 } } });
    lab.elect('n1');
    const [wrong, right] = lab.writeAll([{ mode: 'quorum', term: meantFor }, { mode: 'quorum' }]);
    lab.settle();
    expect([lab.outcome(wrong ?? ''), lab.outcome(right ?? '')]).toEqual(['rejected not-leader', 'ok 2:2']);
  });
});

describe('a write that follows what its client saw', () => {
  test('is written to a history that has it', () => {
    const lab = led();
    const writes = ['1:1', '0:0'].map((token) => lab.write('quorum', { token }));
    lab.settle();
    expect(outcomes(lab, writes)).toEqual(['ok 1:2', 'ok 1:3']);
  });

  test('not to one that excludes it: its position would cover up the loss', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async');
    lab.settle();
    lab.elect('n2');
    expect(lab.log('n2')).toBe('1:1 2:2');
    const write = lab.write('quorum', { at: 'n2', token: '1:2' });
    expect(lab.outcome(write)).toBe('rejected rolled-back');
    expect(lab.log('n2')).toBe('1:1 2:2');
  });

  test('nor to one that may still get it', () => {
    const lab = led();
    const write = lab.write('quorum', { token: '1:9' });
    expect(lab.outcome(write)).toBe('rejected not-caught-up');
  });
});

describe('what a deposed leader had not acknowledged is unknown', () => {
  test('and commits, if the new leader has it', () => {
    const lab = led();
    for (const id of ['n2', 'n3']) lab.hold(id, 'n1');
    const write = lab.write('quorum');
    lab.settle();
    lab.cut('n1');
    lab.elect('n2');
    lab.heal();
    lab.run(100);
    expect(lab.outcome(write)).toBe('unknown 1:2 stepped-down');
    expect(lab.log('n1')).toBe('1:1 1:2 2:3');
    expect(lab.status('n1').committedLsn).toBe(3);
  });

  test('or is discarded, if it has not', () => {
    const lab = led();
    lab.cut('n1');
    const writes = writeInEachMode(lab);
    lab.elect('n2');
    lab.heal();
    lab.run(100);
    expect(outcomes(lab, writes)).toEqual(['ok 1:2', 'unknown 1:3 stepped-down', 'unknown 1:4 stepped-down']);
    expect(lab.log('n1')).toBe('1:1 2:2');
  });
});

test('beyond 100,000 waiting writes more are rejected, until some are answered', () => {
  const lab = led();
  lab.cut('n1');
  const writes = lab.writeAll(Array.from({ length: 100_001 }, () => ({ mode: 'async', value: '' })));
  expect([lab.outcome(writes[99_999] ?? ''), lab.outcome(writes[100_000] ?? '')]).toEqual([
    'waiting',
    'rejected overloaded',
  ]);
  lab.sync('n1');
  expect(lab.outcome(writes[99_999] ?? '')).toBe('ok 1:100001');
  expect(lab.outcome(lab.write('async'))).toBe('waiting');
});

/** A lab in which n1 leads term 1 and everyone has its no-op. */
function led(size = 3): Lab {
  const lab = new Lab({ size });
  lab.elect('n1');
  lab.run(100);
  return lab;
}
