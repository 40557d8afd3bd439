// Reads at three levels (core/protocol/reads.ts): DESIGN.md §4.
import { describe, expect, test } from 'vitest';
import { Lab } from './support/lab.ts';

describe('any: what that replica has', () => {
  test('stale on a follower that is behind', () => {
    const lab = led();
    lab.write('quorum', { value: 'old' });
    lab.settle();
    lab.run(100);
    lab.cut('n3');
    lab.write('quorum', { value: 'new' });
    lab.settle();
    const [leader, follower] = [lab.read('any'), lab.read('any', { at: 'n3' })];
    expect([lab.outcome(leader), lab.outcome(follower)]).toEqual(['new at 1:3', 'old at 1:2']);
  });

  test('not yet committed, and it says so', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { value: 'mine' });
    lab.settle();
    expect(lab.outcome(lab.read('any', { at: 'n1' }))).toBe('mine at 1:2 uncommitted');
  });

  test('but never what it has not on disk', () => {
    const lab = led();
    lab.write('async', { value: 'mine' });
    expect(lab.outcome(lab.read('any'))).toBe('null at 1:1');
  });

  test('unless it is committed by others’ disks', () => {
    const lab = led();
    lab.holdDisk('n1');
    lab.write('quorum', { value: 'theirs' });
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ durableLsn: 1, committedLsn: 2 });
    expect(lab.outcome(lab.read('any'))).toBe('theirs at 1:2');
  });

  test('from a replica without leader, and from one that was just started', () => {
    const lab = led();
    lab.write('quorum', { value: 'kept' });
    lab.settle();
    for (const id of lab.ids) lab.kill(id);
    lab.restart('n2');
    expect(lab.outcome(lab.read('any', { at: 'n2' }))).toBe('kept at 1:2 uncommitted');
  });

  test('a deleted key is not there, and may come back', () => {
    const lab = led();
    const seen: string[] = [];
    for (const write of [{ value: 'a' }, { deletes: true }, { value: 'b' }]) {
      lab.write('quorum', write);
      lab.settle();
      seen.push(lab.outcome(lab.read('any')));
    }
    expect(seen).toEqual(['a at 1:2', 'null at 1:3', 'b at 1:4']);
  });
});

describe('token: at or after a position', () => {
  test('one’s own write, on any replica that has it', () => {
    const lab = led();
    lab.write('quorum', { value: 'mine' });
    lab.settle();
    const reads = lab.ids.map((at) => lab.read('token', { at, token: '1:2' }));
    expect(reads.map((read) => lab.outcome(read))).toEqual([
      'mine at 1:2',
      'mine at 1:2 uncommitted',
      'mine at 1:2 uncommitted',
    ]);
  });

  test('not on one that has not got there, or not on disk', () => {
    const lab = led();
    lab.cut('n3');
    lab.holdDisk('n2');
    lab.write('quorum', { value: 'mine' });
    lab.settle();
    const reads = ['n2', 'n3'].map((at) => lab.read('token', { at, token: '1:2' }));
    expect(reads.map((read) => lab.outcome(read))).toEqual(['failed not-here 1:1', 'failed not-here 1:1']);
  });

  test('the prefix to the later of token and commit, and nothing uncommitted beyond', () => {
    const lab = led();
    lab.write('quorum', { value: 'a' });
    lab.settle();
    lab.cut('n1');
    lab.write('async', { value: 'b' });
    lab.write('async', { value: 'c' });
    lab.settle();
    const reads = ['1:1', '1:2', '1:3'].map((token) => lab.read('token', { at: 'n1', token }));
    expect(reads.map((read) => lab.outcome(read))).toEqual(['a at 1:2', 'a at 1:2', 'b at 1:3 uncommitted']);
  });

  test('without a token, what is committed', () => {
    const lab = led();
    expect(lab.outcome(lab.read('token', { at: 'n3' }))).toBe('null at 1:1');
  });

  test('rolled back: said at once, by whoever knows, with where to go on from', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { value: 'lost' });
    lab.settle();
    lab.elect('n2');
    lab.run(100);
    const below = lab.read('token', { at: 'n2', token: '1:2' });
    const above = lab.read('token', { at: 'n3', token: '1:9' });
    expect([lab.outcome(below), lab.outcome(above)]).toEqual(['failed rolled-back 2:2', 'failed rolled-back 2:2']);
  });

  test('not called rolled back while it may still win', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { value: 'pending' });
    lab.settle();
    // n2 leads term 2 and has another entry at LSN 2, but nobody else has: n1 may come back, and win with its own.
    lab.tick('n2', 500);
    lab.tick('n3', 500);
    lab.winVotes('n2', ['n3']);
    lab.sync('n2');
    expect(lab.log('n2')).toBe('1:1 2:2');
    const reads = ['n2', 'n3'].map((at) => lab.read('token', { at, token: '1:2' }));
    expect(reads.map((read) => lab.outcome(read))).toEqual(['failed not-here 1:1', 'failed not-here 1:1']);
  });

  test('a cut-off leader that still holds the token serves it: it cannot know', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { value: 'lost' });
    lab.settle();
    lab.elect('n2');
    expect(lab.outcome(lab.read('token', { at: 'n1', token: '1:2' }))).toBe('lost at 1:2 uncommitted');
  });
});

describe('linearizable: everything acknowledged before', () => {
  test('served by the leader, after a round of heartbeats', () => {
    const lab = led();
    lab.write('quorum', { value: 'a' });
    lab.settle();
    const read = lab.read('linearizable');
    expect(lab.outcome(read)).toBe('waiting');
    lab.settle();
    expect(lab.outcome(read)).toBe('a at 1:2');
  });

  test('a follower is not asked', () => {
    const lab = led();
    expect(lab.outcome(lab.read('linearizable', { at: 'n2' }))).toBe('failed not-leader 1:1');
  });

  test('a replica on its own confirms itself', () => {
    const lab = new Lab({ size: 1 });
    lab.elect('n1');
    expect(lab.outcome(lab.read('linearizable'))).toBe('null at 1:1');
  });

  test('a round that was under way when the read came does not count', () => {
    const lab = led();
    lab.tick('n1', 100);
    for (const id of ['n2', 'n3']) lab.deliver('n1', id);
    const read = lab.read('linearizable');
    for (const id of ['n2', 'n3']) lab.deliver(id, 'n1');
    expect(lab.outcome(read)).toBe('waiting');
    // The answers started the round that does.
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(lab.outcome(read)).toBe('null at 1:1');
  });

  test('reads that come during a round share the next', () => {
    const lab = led();
    const reads = Array.from({ length: 10 }, () => lab.read('linearizable'));
    expect(lab.onWay('n1', 'n2')).toEqual(['heartbeat']);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(reads.map((read) => lab.outcome(read) !== 'waiting')).toEqual([
      true,
      ...Array.from({ length: 9 }, () => false),
    ]);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(reads.every((read) => lab.outcome(read) === 'null at 1:1')).toBe(true);
    expect(lab.onWay('n1', 'n2')).toEqual([]);
  });

  test('a new leader serves none before it has committed in its own term', () => {
    const lab = led();
    lab.write('quorum', { value: 'a' });
    lab.settle();
    lab.kill('n1');
    lab.hold('n2', 'n3');
    lab.tick('n2', 500);
    lab.tick('n3', 500);
    // n2 knows of no commit beyond the one it heard of, though 1:2 was acknowledged. Its no-op does not arrive.
    lab.winVotes('n2', ['n3']);
    expect(lab.status('n2')).toMatchObject({ role: 'leader', term: 2, committedLsn: 1 });
    const { queue } = lab.network.link('n2', 'n3');
    queue.splice(0, queue.length, ...queue.filter((message) => message.type === 'heartbeat'));
    const read = lab.read('linearizable', { at: 'n2' });
    lab.deliverLink('n2', 'n3');
    lab.settle();
    lab.deliverLink('n2', 'n3');
    expect(lab.outcome(read)).toBe('waiting');
    lab.heal();
    lab.run(100);
    expect(lab.outcome(read)).toBe('a at 2:3');
  });

  test('an acknowledged write that is not yet committed is waited for', () => {
    const lab = led();
    lab.hold('n1', 'n2');
    lab.hold('n1', 'n3');
    lab.write('async', { value: 'mine' });
    lab.settle();
    const read = lab.read('linearizable');
    for (const id of ['n2', 'n3']) {
      const { queue } = lab.network.link('n1', id);
      queue.splice(0, queue.length, ...queue.filter((message) => message.type === 'heartbeat'));
    }
    lab.heal();
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(lab.status('n1').committedLsn).toBe(1);
    expect(lab.outcome(read)).toBe('waiting');
    lab.settle();
    expect(lab.outcome(read)).toBe('mine at 1:2');
  });

  test('and nothing that is not committed', () => {
    const lab = led();
    lab.write('quorum', { value: 'old' });
    lab.settle();
    lab.write('quorum', { value: 'new' });
    lab.sync('n1');
    for (const id of ['n2', 'n3']) lab.network.link('n1', id).queue.length = 0;
    const read = lab.read('linearizable');
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(lab.outcome(read)).toBe('old at 1:2');
  });

  test('with a token it sees that too, and waits until it is committed', () => {
    const lab = led();
    lab.write('quorum', { value: 'seen' });
    lab.sync('n1');
    const sent = ['n2', 'n3'].map((id) => [id, lab.network.link('n1', id).queue.splice(0)] as const);
    const read = lab.read('linearizable', { token: '1:2' });
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(lab.outcome(read)).toBe('waiting');
    for (const [id, messages] of sent) lab.network.link('n1', id).queue.push(...messages);
    lab.settle();
    expect(lab.outcome(read)).toBe('seen at 1:2');
  });

  test('with a token that is rolled back, or not there, it fails at once', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { value: 'lost' });
    lab.settle();
    lab.elect('n2');
    const reads = ['1:2', '9:9'].map((token) => lab.read('linearizable', { at: 'n2', token }));
    expect(reads.map((read) => lab.outcome(read))).toEqual(['failed rolled-back 2:2', 'failed not-here 2:2']);
  });

  test('a cut-off leader serves none, even while it thinks itself in contact', () => {
    const lab = led();
    lab.cut('n1');
    lab.elect('n2');
    lab.write('quorum', { value: 'new' });
    lab.settle();
    const read = lab.read('linearizable', { at: 'n1' });
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: true });
    lab.wait('n1', 900);
    expect(lab.outcome(read)).toBe('waiting');
    lab.wait('n1', 100);
    expect(lab.outcome(read)).toBe('failed not-leader 1:1');
  });

  test('one that nobody confirms ends after 2 s', () => {
    const lab = led();
    const read = lab.read('linearizable');
    // Each gap gives it time to find its quorum again, so it does not step down.
    for (let gaps = 0; gaps < 3; gaps++) lab.tick('n1', 600);
    expect(lab.outcome(read)).toBe('waiting');
    lab.tick('n1', 600);
    expect(lab.outcome(read)).toBe('failed not-here 1:1');
  });
});

function led(): Lab {
  const lab = new Lab();
  lab.elect('n1');
  lab.run(100);
  return lab;
}

test('a linearizable read that waits for a commit starts no rounds meanwhile', () => {
  const lab = led();
  lab.holdDisk('n2');
  lab.holdDisk('n3');
  const write = lab.write('async', { value: 'acknowledged' });
  lab.settle();
  expect(lab.outcome(write)).toBe('ok 1:2');
  const read = lab.read('linearizable');
  // Answers and rounds must not chase each other: this comes to an end without a tick.
  lab.settle();
  const waiting = lab.outcome(read);
  lab.releaseDisk('n2');
  lab.settle();
  lab.run(200);
  expect(lab.outcome(read)).toBe('acknowledged at 1:2');
  expect(waiting).not.toBe(lab.outcome(read));
});
