// The checks of votes and logs by themselves, on small scenes: what no run of a sound cluster would ever show them.
import { describe, expect, test } from 'vitest';
import type { Standing } from '../../core/protocol/entry.ts';
import { ORIGIN, term } from '../../core/protocol/position.ts';
import { Scene, violated, vote } from './support/checks-scene.ts';

describe('elections', () => {
  test('a leader has the votes of a majority, its own on its disk among them', () => {
    expect(violated(() => new Scene().vote('n1', 1, 'n1').vote('n2', 1, 'n1').leads('n1', 1))).toBeNull();
    expect(violated(() => new Scene().vote('n1', 1, 'n1').leads('n1', 1))).toBe('elected-by-majority');
    expect(violated(() => new Scene().vote('n2', 1, 'n1').vote('n3', 1, 'n1').leads('n1', 1))).toBe(
      'elected-by-majority',
    );
  });

  test('a term has one leader', () => {
    const scene = new Scene().vote('n1', 1, 'n1').vote('n2', 1, 'n1');
    scene.leads('n1', 1);
    expect(violated(() => scene.leads('n1', 1))).toBeNull();
    expect(violated(() => scene.leads('n3', 1))).toBe('one-leader');
  });

  test('a vote is on disk before it leaves, and there is one in a term', () => {
    const scene = new Scene();
    const grants = (to: string) => () => scene.elections.released(scene.ghost('n2'), scene.ghost(to), vote('vote', 1));
    expect(violated(grants('n1'))).toBe('vote-not-durable');
    scene.hardState('n2', 1, 'n1');
    expect(violated(grants('n1'))).toBeNull();
    // Its disk has gone on to another term, and it votes in this one again.
    scene.hardState('n2', 2, 'n2');
    expect(violated(grants('n3'))).toBe('one-vote');
  });

  test('nothing is written over a vote on disk, nor over a later term', () => {
    const writes = (of: number, votedFor: string) => () => {
      const scene = new Scene();
      scene.hardState('n2', 2, 'n1');
      scene.hardState('n2', of, votedFor);
    };
    expect(violated(writes(2, 'n1'))).toBeNull();
    expect(violated(writes(3, 'n3'))).toBeNull();
    expect(violated(writes(2, 'n3'))).toBe('one-vote');
    expect(violated(writes(1, 'n1'))).toBe('term-monotone');
  });

  test('who asks for votes was told by a majority that it would get them', () => {
    const scene = new Scene();
    scene.hardState('n1', 1, 'n1');
    const asks = () => {
      const request = { type: 'vote-request', phase: 'vote', term: term(1), last: ORIGIN } as const;
      scene.elections.released(scene.ghost('n1'), scene.ghost('n2'), request);
    };
    expect(violated(asks)).toBe('pre-vote');
    scene.elections.released(scene.ghost('n3'), scene.ghost('n1'), vote('pre-vote', 1));
    expect(violated(asks)).toBeNull();
  });

  test('who lost part of its log has no vote', () => {
    const scene = new Scene();
    scene.hardState('n2', 1, 'n1', 'rejoining');
    const says = (phase: 'vote' | 'pre-vote') => () =>
      scene.elections.released(scene.ghost('n2'), scene.ghost('n1'), vote(phase, 1));
    expect(violated(says('vote'))).toBe('no-vote');
    expect(violated(says('pre-vote'))).toBe('no-vote');
    scene.hardState('n2', 1, 'n1', 'voter');
    expect(violated(says('vote'))).toBeNull();
  });

  test('a leader holds what was committed in earlier terms; one that wins an old term late need not hold later ones', () => {
    const scene = new Scene().log('n1', '1:1', '3:2').log('n2', '1:1', '3:2').log('n3', '1:1');
    scene.history.commit(1, term(1), term(1));
    scene.history.commit(2, term(3), term(3));
    scene.vote('n3', 2, 'n3').vote('n2', 2, 'n3');
    expect(violated(() => scene.leads('n3', 2))).toBeNull();
    scene.vote('n3', 4, 'n3').vote('n2', 4, 'n3');
    expect(violated(() => scene.leads('n3', 4))).toBe('leader-completeness');
  });
});

describe('commits', () => {
  test('are durable on a majority at that moment', () => {
    const scene = new Scene().log('n1', '1:1');
    expect(violated(() => scene.commits('n1', 'leader', 1, 0, 1))).toBe('commit-durable');
    expect(violated(() => new Scene().log('n1', '1:1').log('n2', '1:1').commits('n1', 'leader', 1, 0, 1))).toBeNull();
  });

  test('end with an entry of the leader’s own term: figure 8 of the Raft paper', () => {
    const scene = () => new Scene().log('n1', '1:1', '2:2', '4:3').log('n2', '1:1', '2:2');
    expect(violated(() => scene().commits('n1', 'leader', 4, 0, 2))).toBe('own-term-commit');
    expect(violated(() => scene().log('n2', '4:3').commits('n1', 'leader', 4, 0, 3))).toBeNull();
  });

  test('never go down, and contradict nobody', () => {
    const scene = new Scene().log('n1', '1:1').log('n2', '1:1').log('n3', '2:1');
    scene.commits('n1', 'leader', 1, 0, 1);
    expect(violated(() => scene.commits('n1', 'leader', 1, 1, 0))).toBe('commit-monotone');
    expect(violated(() => scene.commits('n3', 'leader', 2, 0, 1))).toBe('committed');
  });
});

describe('a log that is begun anew', () => {
  const scene = () => {
    const made = new Scene().log('n1', '1:1', '1:2').log('n2', '1:1', '1:2').log('n3', '1:1');
    made.hardState('n2', 2, 'n3');
    return made;
  };

  test.each<[string, string | null, number, string, Standing]>([
    ['has no vote', 'begun-anew', 2, 'n3', 'voter'],
    ['remembers the last one', null, 2, 'n3', 'rejoining'],
    ['not another', 'begun-anew', 2, 'n1', 'rejoining'],
    ['nor an earlier one', 'begun-anew', 1, 'n3', 'rejoining'],
    ['or never votes again', null, 0, 'n3', 'barred'],
  ])('%s', (_what, check, of, votedFor, standing) => {
    expect(violated(() => scene().beginsAnew('n2', of, votedFor, standing))).toBe(check);
  });

  test('once it never votes again, it never does', () => {
    const made = scene();
    made.beginsAnew('n2', 0, 'n3', 'barred');
    expect(violated(() => made.beginsAnew('n2', 0, 'n3', 'rejoining'))).toBe('begun-anew');
  });

  test('was true when it acknowledged what it had, and others rely on that until it has it again', () => {
    const made = scene();
    made.beginsAnew('n2', 2, 'n3', 'rejoining');
    expect(violated(() => made.commits('n1', 'leader', 1, 0, 2))).toBeNull();
    const { durable } = made.ghost('n2');
    expect(violated(() => durable.caughtUp())).toBe('caught-up');
    made.ghost('n2').memory = [];
    made.log('n2', '1:1', '1:2');
    expect(violated(() => durable.caughtUp())).toBeNull();
  });

  test('once it has caught up only what is on its disk is there', () => {
    const made = scene();
    made.beginsAnew('n2', 2, 'n3', 'rejoining');
    made.ghost('n2').durable.caughtUp();
    expect(violated(() => made.commits('n1', 'leader', 1, 0, 2))).toBe('commit-durable');
  });
});
