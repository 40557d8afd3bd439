// Elections (core/protocol/election.ts): who may win one, and how votes are counted. DESIGN.md §5; the Raft paper, §5.2
// and §5.4; the pre-vote of Ongaro's thesis, §9.6.
import { describe, expect, test } from 'vitest';
import type { VotePhase } from '../../core/protocol/messages.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { Lab } from './support/lab.ts';

describe('a vote goes to a log at least as fresh, by last term, then by length', () => {
  test.each<[string, readonly number[], readonly number[], string]>([
    ['the same', [1, 2], [1, 2], 'granted'],
    ['longer', [1, 2, 2], [1, 2], 'granted'],
    ['shorter', [1, 2], [1, 2, 2], 'stale-log'],
    ['shorter, of a later term', [1, 2], [1, 1, 1], 'granted'],
    ['longer, of an older term', [1, 1, 1], [1, 2], 'stale-log'],
    ['empty', [], [1], 'stale-log'],
  ])('%s: %j asks %j', (_what, candidate, voter, reason) => {
    for (const phase of ['pre-vote', 'vote'] as const) {
      const lab = new Lab({ starts: { n2: { log: voter, term: 4 } } });
      const last = `${candidate.at(-1) ?? 0}:${candidate.length}`;
      lab.askForVote('n2', phase, 5, last);
      expect(lab.events('n2', 'vote')).toMatchObject([{ phase, reason, granted: reason === 'granted' }]);
    }
  });

  test('so the winner is at least as fresh as a majority, and not always the freshest alive', () => {
    const lab = new Lab({ starts: { n1: { log: [1, 1] }, n2: { log: [1, 1] }, n3: { log: [1, 1, 1] } } });
    lab.elect('n1');
    expect(lab.events('n1', 'elected')).toMatchObject([{ votes: ['n1', 'n2'] }]);
    expect(lab.log('n3')).toBe('1:1 1:2 2:3');
  });
});

describe('the pre-vote', () => {
  test('a replica that is cut off raises no term, and disturbs nobody when it comes back', () => {
    const lab = new Lab();
    lab.elect('n1');
    lab.cut('n3');
    lab.run(10_000);
    // It tries all the time, and tells it as often as there is something new: first it lost a leader, then it has none.
    expect(lab.events('n3', 'campaign').map(({ cause }) => cause)).toEqual(['leader-silent', 'no-leader']);
    expect(lab.status('n3')).toMatchObject({ role: 'candidate', term: 1 });
    lab.heal();
    lab.run(2000);
    expect(lab.ids.map((id) => lab.status(id).role)).toEqual(['leader', 'follower', 'follower']);
    expect(lab.status('n1').term).toBe(1);
  });

  test('neither asking nor being asked changes anybody’s term', () => {
    const lab = new Lab({ starts: { n2: { term: 3 } } });
    const ready = lab.askForVote('n2', 'pre-vote', 9);
    expect(ready.persist).toBeNull();
    expect(ready.send).toMatchObject([{ message: { granted: true, term: 3, forTerm: 9 } }]);
  });

  test('asks about a term that the voter could still vote in', () => {
    const lab = new Lab({ starts: { n2: { term: 3 } } });
    lab.askForVote('n2', 'pre-vote', 3);
    lab.askForVote('n2', 'pre-vote', 4);
    expect(lab.events('n2', 'vote').map((event) => event.reason)).toEqual(['old-term', 'granted']);
  });

  test('a candidate that is behind learns the later term from the refusal, and asks again', () => {
    const lab = new Lab({ starts: { n2: { term: 7 }, n3: { term: 7 } } });
    lab.elect('n1');
    expect(lab.status('n1').term).toBe(8);
  });
});

describe('two who ask at the same time', () => {
  /** n1 and n2 run out of patience together, and their requests cross. */
  function cross(logs: readonly number[][]): Lab {
    const [n1 = [], n2 = [], n3 = []] = logs;
    const lab = new Lab({ starts: { n1: { log: n1, term: 1 }, n2: { log: n2, term: 1 }, n3: { log: n3, term: 1 } } });
    lab.cut('n3');
    lab.wait('n1', 300);
    lab.wait('n2', 300);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    return lab;
  }

  test('do not split the vote: of equals the one named first goes on', () => {
    const lab = cross([[1], [1], [1]]);
    expect([lab.status('n1').role, lab.status('n2').role]).toEqual(['candidate', 'follower']);
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 2 });
  });

  test('and of others the fresher one', () => {
    const lab = cross([[1], [1, 1], [1]]);
    expect([lab.status('n1').role, lab.status('n2').role]).toEqual(['follower', 'candidate']);
    lab.settle();
    expect(lab.status('n2')).toMatchObject({ role: 'leader', term: 2 });
  });

  test('who would vote for another lets it try first, for a heartbeat', () => {
    const lab = new Lab();
    lab.tick('n2', 279);
    lab.askForVote('n2', 'pre-vote', 1);
    lab.tick('n2', lab.timing.heartbeatMs - 1);
    expect(lab.status('n2').role).toBe('follower');
    lab.tick('n2', 1);
    expect(lab.status('n2').role).toBe('candidate');
  });
});

describe('votes are counted once, and only those asked for', () => {
  test('a late grant of an earlier term counts for nothing', () => {
    const lab = new Lab();
    lab.cut('n3');
    lab.tick('n1', 300);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    lab.sync('n1');
    lab.deliver('n1', 'n2');
    lab.sync('n2');
    // n2 has voted for n1 in term 1; the reply is late, and n1 asks again, for term 2.
    const [grant] = lab.network.link('n2', 'n1').queue.splice(0);
    if (!grant) throw new Error('no grant');
    lab.wait('n1', 1000);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    lab.sync('n1');
    expect(lab.status('n1')).toMatchObject({ role: 'candidate', term: 2 });
    lab.step('n1', { type: 'receive', from: replicaId('n2'), message: grant });
    expect(lab.status('n1').role).toBe('candidate');
    lab.settle();
    expect(lab.status('n1').role).toBe('leader');
  });

  test('a pre-vote that was granted is no vote', () => {
    const lab = new Lab();
    lab.tick('n1', 300);
    lab.deliver('n1', 'n2');
    lab.deliver('n1', 'n3');
    lab.deliver('n2', 'n1');
    lab.sync('n1');
    lab.deliver('n3', 'n1');
    expect(lab.status('n1')).toMatchObject({ role: 'candidate', term: 1 });
  });

  test.each<VotePhase>(['pre-vote', 'vote'])('the same %s twice is one', (phase) => {
    const lab = new Lab({ size: 5 });
    lab.tick('n1', 300);
    if (phase === 'vote') {
      for (const id of ['n2', 'n3']) lab.deliver('n1', id);
      for (const id of ['n2', 'n3']) lab.deliver(id, 'n1');
      lab.sync('n1');
    }
    lab.deliver('n1', 'n2');
    lab.sync('n2');
    const { queue } = lab.network.link('n2', 'n1');
    queue.push(...queue);
    lab.deliverLink('n2', 'n1');
    expect(lab.events('n1', 'campaign').at(-1)?.phase).toBe(phase);
    expect(lab.status('n1').role).toBe('candidate');
  });

  test('a refusal is none', () => {
    const lab = new Lab({ starts: { n1: { term: 1 }, n2: { log: [1] }, n3: { log: [1] } } });
    lab.wait('n1', 300);
    lab.settle();
    expect(lab.status('n1')).toMatchObject({ role: 'candidate', term: 1 });
    expect(lab.events('n1', 'campaign').map((event) => event.phase)).not.toContain('vote');
  });
});

describe('one vote per term', () => {
  test('is kept over a restart', () => {
    const lab = new Lab();
    lab.askForVote('n2', 'vote', 1);
    lab.sync('n2');
    lab.kill('n2');
    lab.restart('n2');
    lab.askForVote('n2', 'vote', 1, '0:0', 'n3');
    lab.askForVote('n2', 'vote', 1, '0:0', 'n1');
    expect(lab.events('n2', 'vote').map((event) => event.reason)).toEqual(['granted', 'voted-for-another', 'granted']);
  });

  test('a vote that the disk lost was never told, and may go to another', () => {
    const lab = new Lab();
    lab.askForVote('n2', 'vote', 1);
    lab.kill('n2');
    lab.restart('n2');
    expect(lab.status('n2').term).toBe(0);
    lab.askForVote('n2', 'vote', 1, '0:0', 'n3');
    expect(lab.events('n2', 'vote').at(-1)).toMatchObject({ candidate: 'n3', reason: 'granted' });
  });

  test('a candidate has voted, for itself', () => {
    const lab = new Lab();
    lab.tick('n2', 300);
    lab.deliver('n2', 'n3');
    lab.deliver('n3', 'n2');
    lab.askForVote('n2', 'vote', 1);
    expect(lab.events('n2', 'vote')).toMatchObject([{ reason: 'voted-for-another' }]);
  });

  test('a deposed leader does not vote again in its term', () => {
    const lab = new Lab();
    lab.elect('n2');
    lab.cut('n2');
    lab.wait('n2', 1000);
    expect(lab.status('n2').role).toBe('follower');
    lab.askForVote('n2', 'vote', 1, '1:1');
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('voted-for-another');
  });

  test('a vote for another puts off one’s own campaign', () => {
    const lab = new Lab();
    lab.tick('n2', 279);
    lab.askForVote('n2', 'vote', 1);
    lab.tick('n2', lab.timing.electionMinMs - 1);
    expect(lab.status('n2').role).toBe('follower');
  });
});

test('a replica on its own elects itself', () => {
  const lab = new Lab({ size: 1 });
  lab.elect('n1');
  lab.run(5000);
  expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1, committedLsn: 1, inContact: true });
});

test('random timeouts end split votes: from a cold start some leader is soon found', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const lab = new Lab({ size: 5, seed });
    for (let ms = 0; ms < 3000 && lab.leader() === null; ms += 10) {
      lab.pass(10);
      lab.settle();
    }
    expect(lab.leader(), `seed ${seed}`).not.toBeNull();
  }
});

test('who votes for another is a candidate no more, whatever answers still come', () => {
  const lab = new Lab();
  lab.cut('n2');
  lab.wait('n2', 1000);
  expect(lab.status('n2').role).toBe('candidate');
  lab.askForVote('n2', 'vote', 5);
  expect(lab.status('n2')).toMatchObject({ role: 'follower', term: 5 });
});
