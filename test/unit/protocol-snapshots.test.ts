import { describe, expect, test } from 'vitest';
import { lsn, term, writeId } from '../../core/protocol/position.ts';
import { Lab } from './support/lab.ts';

/** A snapshot after every few entries, in several parts, and no tail. */
const SMALL = { logBytes: 300, tailBytes: 0, partBytes: 0 };

/** n1 leads and n3 is cut off; the two that are left write until what n3 lacks is gone. */
function leftBehind(limits = SMALL): Lab {
  const lab = new Lab({ limits });
  lab.elect('n1');
  lab.cut('n3');
  for (let seq = 1; seq <= 8; seq++) {
    lab.write('quorum', { session: 's', seq, key: `k${seq % 3}`, value: `v${seq}` });
    lab.run(100);
  }
  expect(lab.status('n1').baseLsn).toBeGreaterThan(1);
  return lab;
}

/** n3 is reached again, and its disk has yet to do nothing but the last part of the snapshot that it is sent. */
function untilLastPartWaits(lab: Lab): void {
  lab.holdDisk('n3');
  lab.heal();
  const isLast = () => lab.disk('n3').pending.some(({ batch }) => batch.snapshot?.last);
  for (let rounds = 0; !isLast() && rounds < 200; rounds++) {
    if (lab.disk('n3').pending.length > 0) lab.sync('n3');
    lab.run(20);
  }
  expect(isLast()).toBe(true);
}

const beats = (lab: Lab) => lab.tick('n1', lab.timing.heartbeatMs);

describe('a log does not grow for ever', () => {
  test('what a snapshot on disk holds leaves the log, on each replica by itself', () => {
    const lab = leftBehind();
    const [leader, follower] = [lab.status('n1'), lab.status('n2')];
    expect(leader.baseLsn).toBe(lab.events('n1', 'compacted').at(-1)?.position.lsn);
    expect(follower.baseLsn).toBe(lab.events('n2', 'compacted').at(-1)?.position.lsn);
    expect(lab.status('n3').baseLsn).toBe(0);
    expect(leader.lineage).toEqual([{ term: 1, firstLsn: 1 }]);
  });

  test('nothing leaves memory before the last part is durable', () => {
    const lab = new Lab({ limits: SMALL });
    lab.elect('n1');
    for (const value of ['a', 'b', 'c', 'd']) lab.write('quorum', { key: value, value });
    lab.settle();
    lab.run(100);
    lab.holdDisk('n1');
    for (const value of ['e', 'f', 'g', 'h']) {
      lab.write('quorum', { key: value, value });
      lab.sync('n1', 1);
      lab.run(100);
    }
    const before = lab.status('n1').baseLsn;
    while (lab.disk('n1').pending.every(({ batch }) => !batch.snapshot?.last)) {
      expect(lab.status('n1').baseLsn).toBe(before);
      lab.sync('n1', 1);
    }
    expect(lab.status('n1').baseLsn).toBe(before);
    lab.sync('n1');
    expect(lab.status('n1').baseLsn).toBeGreaterThan(before);
  });

  test('a restart stands on the snapshot: its state, its sessions, its lineage', () => {
    const lab = leftBehind();
    const { position } = lab.status('n2');
    lab.kill('n2');
    lab.restart('n2');
    expect(lab.status('n2')).toMatchObject({ position, lineage: [{ term: 1, firstLsn: 1 }] });
    expect(lab.status('n2').baseLsn).toBeGreaterThan(1);
    expect(lab.outcome(lab.read('any', { at: 'n2', key: 'k1' }))).toMatch(/^v7 at/);
    lab.heal();
    lab.kill('n1');
    lab.elect('n2');
    // The original is in the snapshot, and no longer in the log.
    expect(lab.outcome(lab.write('async', { at: 'n2', session: 's', seq: 1, key: 'k1', value: 'v1' }))).toBe('ok 1:2');
    expect(lab.outcome(lab.write('async', { at: 'n2', session: 's', seq: 1, key: 'k1', value: 'v2' }))).toBe(
      'rejected seq-reused',
    );
  });
});

describe('a follower that is too far behind', () => {
  test('is sent a snapshot, one part after the other, and goes on from there', () => {
    const lab = leftBehind();
    lab.heal();
    lab.run(300);
    expect(lab.events('n1', 'snapshot-sent')).toMatchObject([{ to: 'n3' }]);
    const [installed] = lab.events('n3', 'installed');
    expect(installed).toMatchObject({ leader: 'n1' });
    expect(lab.status('n3').position).toEqual(lab.status('n1').position);
    expect(lab.outcome(lab.read('any', { at: 'n3', key: 'k2' }))).toMatch(/^v8 at/);
    // It can lead with it: it knows the sessions too.
    lab.kill('n1');
    lab.elect('n3');
    expect(lab.outcome(lab.write('async', { at: 'n3', session: 's', seq: 2, key: 'k2', value: 'v2' }))).toBe('ok 1:3');
  });

  test('is sent small parts while it answers at once, and larger ones while that takes time', () => {
    const largestPart = (answerHeartbeats: number): number => {
      const lab = leftBehind({ ...SMALL, partBytes: 160 });
      lab.holdDisk('n3');
      lab.heal();
      let most = 0;
      for (let rounds = 0; lab.events('n3', 'installed').length === 0 && rounds < 200; rounds++) {
        lab.run(answerHeartbeats * lab.timing.heartbeatMs);
        for (const { batch } of lab.disk('n3').pending) most = Math.max(most, batch.snapshot?.pieces.length ?? 0);
        if (lab.disk('n3').pending.length > 0) lab.sync('n3');
      }
      expect(lab.events('n3', 'installed')).toHaveLength(1);
      return most;
    };
    expect(largestPart(0.1)).toBeLessThan(largestPart(0.5));
  });

  test('is sent nothing while it says nothing, however much is written', () => {
    const lab = new Lab({ limits: { logBytes: 6_000_000, tailBytes: 0, partBytes: 0 } });
    lab.elect('n1');
    lab.cut('n3');
    lab.run(2000);
    // More than it is sent without an answer; then that leaves the log.
    for (let i = 0; i < 10; i++) {
      lab.write('quorum', { at: 'n1', value: 'x'.repeat(1_000_000) });
      lab.run(100);
    }
    expect(lab.status('n1').baseLsn).toBeGreaterThan(5);
    expect(lab.events('n1', 'snapshot-sent')).toEqual([]);
  });

  test('that had another history tells what it dropped', () => {
    const lab = new Lab({ limits: SMALL });
    lab.elect('n3');
    lab.cut('n3');
    const lost = lab.write('async', { at: 'n3' });
    lab.sync('n3');
    expect(lab.outcome(lost)).toBe('ok 1:2');
    lab.elect('n1');
    for (let i = 0; i < 8; i++) {
      lab.write('quorum', { at: 'n1' });
      lab.run(100);
    }
    lab.heal();
    lab.run(300);
    expect(lab.events('n3', 'rolled-back')).toMatchObject([{ firstLsn: 2, lastLsn: 2, dropped: [{ id: lost }] }]);
    expect(lab.events('n3', 'installed')).toHaveLength(1);
  });

  test('serves nothing but what is committed while its new log waits for the disk, which may be there already', () => {
    const lab = new Lab({ limits: SMALL });
    lab.elect('n3');
    lab.cut('n3');
    lab.write('async', { at: 'n3', key: 'k', value: 'lost' });
    lab.sync('n3');
    expect(lab.outcome(lab.read('any', { at: 'n3', key: 'k' }))).toMatch(/^lost at 1:2/);
    lab.elect('n1');
    for (let i = 0; i < 8; i++) {
      lab.write('quorum', { at: 'n1', key: 'other' });
      lab.run(100);
    }
    untilLastPartWaits(lab);
    expect(lab.outcome(lab.read('any', { at: 'n3', key: 'k' }))).not.toMatch('lost');
    expect(lab.outcome(lab.read('token', { at: 'n3', key: 'k', token: '1:2' }))).not.toMatch('lost');
  });

  test('whose parts get lost is sent them again', () => {
    const lab = leftBehind();
    lab.heal();
    lab.network.link('n1', 'n3').isHeld = true;
    lab.run(600);
    const link = lab.network.link('n1', 'n3');
    link.queue.length = 0;
    lab.heal();
    lab.run(1500);
    expect(lab.status('n3').position).toEqual(lab.status('n1').position);
  });

  test('appends nothing, asks for no vote and takes in no other part while its new log waits for the disk', () => {
    const lab = leftBehind();
    untilLastPartWaits(lab);
    const held = lab.disk('n3').pending.length;
    lab.write('quorum');
    // Its last part comes again, for it was not answered; then its leader falls silent.
    for (let i = 0; i < 8; i++) beats(lab);
    lab.settle();
    lab.wait('n3', 3000);
    expect(lab.status('n3')).toMatchObject({ role: 'follower', position: { term: 1, lsn: 1 } });
    expect(lab.disk('n3').pending.filter(({ batch }) => batch.entries.length > 0 || batch.snapshot)).toHaveLength(1);
    expect(lab.disk('n3').pending.length).toBeGreaterThanOrEqual(held);
    lab.releaseDisk('n3');
    lab.run(600);
    expect(lab.status('n3').position).toEqual(lab.status('n1').position);
  });

  test('and hears of a later term meanwhile has on disk what it says', () => {
    const lab = leftBehind();
    lab.holdDisk('n3');
    lab.heal();
    for (let rounds = 0; lab.events('n3', 'installed').length === 0 && rounds < 200; rounds++) {
      const last = lab.disk('n3').pending.at(-1)?.batch.snapshot?.last;
      // A batch with a term and no entries comes behind the last part: it attests the new log, not the old.
      if (last) lab.askForVote('n3', 'vote', 9, '9:99', 'n2');
      lab.sync('n3', 1);
      lab.run(20);
    }
    lab.sync('n3');
    const { position, durableLsn } = lab.status('n3');
    expect(durableLsn).toBe(position.lsn);
  });
});

describe('who asks where a write stands', () => {
  const locate = (lab: Lab, after: number) => {
    const writes = [{ id: writeId('never written'), session: null }];
    lab.step('n1', { type: 'locate', locate: { id: `after ${after}`, term: term(1), after: lsn(after), writes } });
    return lab.replies.get(`after ${after}`);
  };

  test('is told of all that is beyond what a snapshot folded away, and that nothing is known of the rest', () => {
    const lab = leftBehind();
    const { baseLsn } = lab.status('n1');
    expect(locate(lab, baseLsn)).toMatchObject({ settled: true, complete: true, found: [] });
    expect(locate(lab, baseLsn - 1)).toMatchObject({ settled: true, complete: false, found: [] });
  });
});

describe('a full disk', () => {
  test('deposes a leader at once; what it had appended is unknown, and it leads again when there is room', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.fill('n1');
    expect(lab.events('n1', 'stepped-down')).toMatchObject([{ cause: 'disk-full' }]);
    lab.cut('n2');
    lab.cut('n3');
    lab.run(5000);
    expect(lab.status('n1').role).toBe('follower');
    lab.free('n1');
    lab.heal();
    lab.run(3000);
    expect(lab.events('n1', 'disk').map(({ full }) => full)).toEqual([true, false]);
    expect(lab.leader()).not.toBeNull();
  });
});

describe('a replica that lost part of its log', () => {
  function cameBack(votes: boolean): Lab {
    const lab = new Lab();
    lab.elect('n1');
    lab.write('quorum');
    lab.settle();
    lab.run(100);
    lab.kill('n2');
    lab.lose('n2', 0, votes);
    lab.cut('n2');
    lab.restart('n2');
    return lab;
  }

  test('has no vote, and does not ask for one', () => {
    const lab = cameBack(false);
    lab.askForVote('n2', 'vote', 5, '5:9', 'n3');
    lab.sync('n2');
    expect(lab.events('n2', 'vote').at(-1)).toMatchObject({ forTerm: 5, granted: false, reason: 'no-vote' });
    lab.wait('n2', 5000);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', standing: 'rejoining' });
  });

  test('does not count towards a commit before it has caught up; then it does, and votes', () => {
    const lab = cameBack(false);
    lab.heal();
    lab.cut('n3');
    lab.holdDisk('n2');
    const write = lab.write('quorum');
    lab.settle();
    // One fsync at a time: as long as it does not count, n1 and n2 together commit nothing.
    for (let rounds = 0; lab.events('n2', 'caught-up').length === 0 && rounds < 50; rounds++) {
      expect(lab.outcome(write)).toBe('waiting');
      lab.sync('n2');
      lab.run(50);
    }
    lab.releaseDisk('n2');
    lab.run(100);
    expect(lab.outcome(write)).toMatch(/^ok/);
    expect(lab.status('n2').standing).toBe('voter');
  });

  test('that may have forgotten a vote counts again, and never votes', () => {
    const lab = cameBack(true);
    lab.heal();
    lab.run(500);
    expect(lab.events('n2', 'caught-up')).toMatchObject([{ votes: false }]);
    expect(lab.status('n2').standing).toBe('barred');
    expect(lab.outcome(lab.write('sync'))).toBe('waiting');
    lab.run(300);
    expect(lab.status('n2').committedLsn).toBe(lab.status('n1').committedLsn);
    lab.kill('n1');
    lab.wait('n2', 5000);
    expect(lab.status('n2').role).toBe('follower');
  });
});
