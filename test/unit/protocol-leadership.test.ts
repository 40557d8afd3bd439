// How a leader is kept and lost (core/protocol/election.ts): who hears it protects it, a closed connection is word of its
// end, it needs its quorum, a gap in time says nothing, a later term ends it. DESIGN.md §5.
import { describe, expect, test } from 'vitest';
import type { VotePhase } from '../../core/protocol/messages.ts';
import { Lab } from './support/lab.ts';

describe('who hears a leader does not help to depose it', () => {
  test.each<VotePhase>(['pre-vote', 'vote'])('a follower refuses the %s and takes up no term', (phase) => {
    const lab = new Lab();
    lab.elect('n1');
    lab.tick('n2', lab.timing.electionMinMs - 1);
    lab.askForVote('n2', phase, 9, '1:1');
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('leader-alive');
    expect(lab.status('n2')).toMatchObject({ term: 1, leader: 'n1' });
  });

  test('until it has been silent for the minimum timeout', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.tick('n2', lab.timing.electionMinMs);
    lab.askForVote('n2', 'vote', 9, '1:1');
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('granted');
    expect(lab.status('n2')).toMatchObject({ term: 9, leader: null });
  });

  test('a leader in contact with its quorum refuses too', () => {
    const lab = new Lab();
    lab.elect('n2');
    lab.askForVote('n2', 'vote', 9, '1:1');
    expect(lab.status('n2')).toMatchObject({ role: 'leader', term: 1 });
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('leader-alive');
  });

  test('a leader that has lost contact votes like anyone', () => {
    const lab = new Lab();
    lab.elect('n2');
    lab.tick('n2', lab.timing.electionMinMs);
    lab.askForVote('n2', 'vote', 9, '1:1');
    expect(lab.status('n2')).toMatchObject({ role: 'follower', term: 9 });
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('granted');
  });

  test('a replica that starts asks early, and its peers keep their leader', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.kill('n3');
    lab.restart('n3');
    lab.hold('n1', 'n3');
    lab.wait('n3', 300);
    lab.settle();
    expect(lab.events('n3', 'campaign')).toMatchObject([{ phase: 'pre-vote', cause: 'no-leader', silentMs: null }]);
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('leader-alive');
    lab.heal();
    lab.run(100);
    expect(lab.status('n3')).toMatchObject({ role: 'follower', leader: 'n1', term: 1 });
  });
});

describe('a closed connection', () => {
  test('to the leader starts a pre-vote soon, and frees the vote of those who saw it too', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.kill('n1');
    lab.close('n1', 'n2');
    lab.close('n1', 'n3');
    lab.tick('n2', lab.timing.closedDelayMs);
    lab.settle();
    expect(lab.status('n2')).toMatchObject({ role: 'leader', term: 2 });
    expect(lab.events('n2', 'campaign')[0]).toMatchObject({ cause: 'connection-closed', leader: 'n1', silentMs: 50 });
  });

  test('alone is not enough: others who hear the leader refuse', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.close('n1', 'n2');
    lab.tick('n2', lab.timing.closedDelayMs);
    lab.settle();
    expect(lab.events('n3', 'vote').at(-1)).toMatchObject({ candidate: 'n2', reason: 'leader-alive' });
    lab.run(100);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', leader: 'n1', term: 1 });
  });

  test('counts no more once the leader is heard again', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.close('n1', 'n2');
    lab.run(100);
    lab.askForVote('n2', 'vote', 9, '1:1', 'n3');
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('leader-alive');
  });

  test('to another follower means nothing', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.close('n2', 'n3');
    lab.tick('n2', lab.timing.closedDelayMs);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', leader: 'n1' });
  });
});

describe('check-quorum', () => {
  test('a leader without its quorum for an election timeout steps down in its term', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.cut('n1');
    const write = lab.write('quorum');
    lab.wait('n1', 900);
    expect(lab.status('n1').role).toBe('leader');
    lab.tick('n1', 100);
    expect(lab.status('n1')).toMatchObject({ role: 'follower', term: 1, leader: null });
    expect(lab.events('n1', 'stepped-down')).toMatchObject([{ cause: 'no-quorum', ledTerm: 1, unknown: 1 }]);
    expect(lab.outcome(write)).toBe('unknown 1:2 stepped-down');
  });

  test('one follower of two is contact enough', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.kill('n3');
    lab.run(5000);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1, inContact: true });
  });

  test('a leader that is heard and hears nobody steps down, and the term rises once', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.network.cut('n2', 'n1');
    lab.network.cut('n3', 'n1');
    lab.run(3000);
    expect(lab.status('n1').leader).not.toBe('n1');
    const leader = lab.leader();
    expect([lab.status('n2').term, lab.status('n3').term]).toEqual([2, 2]);
    lab.run(5000);
    expect([lab.leader(), lab.status('n2').term]).toEqual([leader, 2]);
  });

  test('nor do two leaders acknowledge when one can hear and not speak', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.network.cut('n1', 'n2');
    lab.network.cut('n1', 'n3');
    lab.run(800);
    const lost = lab.write('async', { at: 'n1' });
    lab.elect('n2');
    expect(lab.status('n1')).toMatchObject({ role: 'follower', term: 2 });
    expect(lab.outcome(lost)).toBe('rejected no-quorum');
  });
});

describe('a leader begins in contact', () => {
  test('with those who voted for it, since it asked them', () => {
    const lab = new Lab();
    lab.winVotes('n1', ['n2']);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: true });
    const write = lab.write('async');
    lab.sync('n1');
    expect(lab.outcome(write)).toBe('ok 1:2');
    lab.wait('n1', lab.timing.electionMinMs);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: false });
  });
});

describe('a gap in time', () => {
  test('re-arms a follower: what it did not hear says nothing', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.tick('n2', 5000);
    expect(lab.events('n2', 'woke')).toMatchObject([{ gapMs: 5000 }]);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', leader: 'n1' });
    lab.wait('n2', 1000);
    expect(lab.status('n2').role).toBe('candidate');
  });

  test('expires a leader’s contact, until a round that began after it succeeds', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.tick('n1', 100);
    lab.deliverLink('n1', 'n2');
    lab.tick('n1', 700);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: false });
    // The answer to the round from before the gap.
    lab.deliver('n2', 'n1');
    expect(lab.status('n1').inContact).toBe(false);
    lab.settle();
    expect(lab.status('n1').inContact).toBe(true);
  });

  test('leaves a leader time to find its quorum again', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.tick('n1', 5000);
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1, inContact: true });
  });
});

describe('a later term deposes', () => {
  test('a leader, in the answer to its heartbeat', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.cut('n1');
    lab.elect('n2');
    lab.heal();
    lab.hold('n2', 'n1');
    const write = lab.write('async', { at: 'n1', term: 1 });
    lab.tick('n1', 100);
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ role: 'follower', term: 2, leader: null });
    expect(lab.events('n1', 'stepped-down')).toMatchObject([{ cause: 'higher-term', ledTerm: 1, term: 2, unknown: 0 }]);
    expect(lab.outcome(write)).toBe('ok 1:2');
  });

  test('a candidate, in the refusal of a vote', () => {
    const lab = new Lab({ starts: { n2: { term: 5 }, n3: { term: 5 } } });
    lab.tick('n1', 300);
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ role: 'follower', term: 5 });
  });

  test('a candidate also follows a leader of its own term', () => {
    const lab = new Lab();
    lab.tick('n2', 300);
    lab.deliver('n2', 'n3');
    lab.deliver('n3', 'n2');
    lab.cut('n2');
    lab.elect('n1');
    expect([lab.status('n1').term, lab.status('n2').term]).toEqual([1, 1]);
    expect(lab.status('n2').role).toBe('candidate');
    lab.heal();
    lab.run(100);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', leader: 'n1', term: 1 });
  });
});

test('answers that are late by more than a minimum timeout still commit; only async needs fresh ones', () => {
  const lab = new Lab();
  lab.elect('n1');
  lab.run(100);
  lab.hold('n2', 'n1');
  lab.hold('n3', 'n1');
  const quorum = lab.write('quorum');
  lab.settle();
  for (let round = 0; round < 6; round++) {
    lab.wait('n1', 100);
    lab.settle();
  }
  const async = lab.write('async');
  expect(lab.outcome(async)).toBe('rejected no-quorum');
  lab.deliverLink('n2', 'n1');
  expect(lab.outcome(quorum)).toBe('ok 1:2');
});
