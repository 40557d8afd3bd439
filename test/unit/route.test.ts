import { describe, expect, test } from 'vitest';
import { leaderOf, type ReplicaView } from '../../core/protocol/leader-of.ts';
import { formatPosition, type Position, parsePosition } from '../../core/protocol/position.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';
import { type Decision, route, type ServeFrom } from '../../core/routing/route.ts';
import { cluster } from './support/replica-view.ts';

function ask(replicas: ReplicaView[], level: ReadLevel, token = '0:0', from = 'anyone', turn = 0): Decision {
  return route({ level, token: parsePosition(token) as Position, from: from as ServeFrom }, replicas, turn);
}

/** `n2`, or `wait not-caught-up`, or `fail rolled-back 3:16`. */
function brief(decision: Decision): string {
  if (decision.kind === 'serve') return decision.replica;
  const goOn = 'goOnFrom' in decision ? ` ${formatPosition(decision.goOnFrom)}` : '';
  return `${decision.kind} ${decision.code}${goOn}`;
}

const verdicts = (decision: Decision): Record<string, string> =>
  Object.fromEntries(decision.candidates.map(({ id, position, verdict }) => [id, `${position ?? '-'} ${verdict}`]));

const situations = {
  /** n1 leads; n2 has all, n3 lags. */
  healthy: cluster(
    'n1 leader 2 1@1,2@15 17 d17 c16',
    'n2 follower 2 >n1 1@1,2@15 17 d17 c16',
    'n3 follower 2 >n1 1@1 12 d12 c12',
  ),
  /** n1, cut off, still thinks it leads and holds 2:17; the others have committed a term without it. */
  divided: cluster(
    'n1 leader 2 1@1,2@15 17 d17 c15',
    'n2 leader 3 1@1,2@15,3@16 18 d18 c17',
    'n3 follower 3 >n2 1@1,2@15,3@16 17 d17 c16',
  ),
  /** The leader is gone, nobody is elected yet. */
  leaderless: cluster(
    'n1! leader 2 1@1,2@15 17 d17 c16',
    'n2 candidate 2 1@1,2@15 17 d17 c16',
    'n3 follower 2 1@1 12 d12 c12',
  ),
  dead: cluster('n1! -', 'n2! follower 2 1@1 12 d12 c12'),
  single: cluster('n1 leader 1 1@1 5 d5 c5'),
};
const { healthy, divided, leaderless } = situations;
type Situation = keyof typeof situations;

describe('a token read', () => {
  test.each<[string, Situation, string, string, string]>([
    ['2:17', 'healthy', 'anyone', 'n2', 'the follower that has got there'],
    ['1:12', 'healthy', 'leader', 'n1', 'the leader, if it is asked for'],
    ['2:17', 'healthy', 'n1', 'n1', 'the replica that is asked for'],
    ['2:17', 'healthy', 'n3', 'wait not-caught-up', 'the one asked for is not there, though another is'],
    ['2:18', 'healthy', 'anyone', 'wait not-caught-up', 'nobody has got there'],
    ['2:18', 'healthy', 'leader', 'wait not-caught-up', 'not even the leader'],
    ['2:17', 'divided', 'anyone', 'fail rolled-back 3:17', 'the token is gone'],
    ['2:17', 'divided', 'n1', 'fail rolled-back 3:17', 'gone, though the cut-off leader still holds it'],
    ['2:17', 'divided', 'leader', 'fail rolled-back 3:17', 'gone, whoever is asked for'],
    ['3:17', 'divided', 'anyone', 'n3', 'a follower holds it; the cut-off leader has another history'],
    ['3:18', 'divided', 'anyone', 'n2', 'only the new leader holds it'],
    ['2:16', 'leaderless', 'anyone', 'n2', 'nobody leads: a candidate holds it too'],
    ['1:10', 'leaderless', 'anyone', 'n3', 'nobody leads, but a follower holds it'],
    ['2:16', 'leaderless', 'leader', 'wait no-leader', 'nobody leads, and the leader is asked for'],
    ['2:16', 'leaderless', 'n1', 'wait replica-down', 'the one that is asked for is down'],
    ['0:0', 'dead', 'anyone', 'wait no-replica', 'nobody is there at all'],
    ['1:5', 'single', 'anyone', 'n1', 'a cluster of one'],
    ['2:17', 'healthy', 'n9', 'fail bad-request', 'no such replica'],
    ['0:0', 'healthy', 'n3', 'n3', 'a client that carries no token is content with any'],
  ])('with %s, of a cluster %s, from %s: %s (%s)', (token, situation, from, expected) => {
    expect(brief(ask(situations[situation], 'token', token, from))).toBe(expected);
  });

  test('is spread over the followers that hold it, and over them alone', () => {
    const served = [0, 1, 2, 3].map((turn) => brief(ask(healthy, 'token', '1:12', 'anyone', turn)));
    expect(served).toEqual(['n2', 'n3', 'n2', 'n3']);
  });

  test('goes to the leader when no follower holds it, and to none but followers if those are asked for', () => {
    const ahead = cluster('n1 leader 2 1@1,2@15 18 d18 c16', 'n2 follower 2 >n1 1@1,2@15 17 d17 c16');
    expect(ask(ahead, 'token', '2:18')).toMatchObject({
      replica: 'n1',
      why: 'no follower could: n1 leads term 2 and holds 2:18',
    });
    expect(ask(ahead, 'token', '2:18', 'followers')).toMatchObject({
      kind: 'wait',
      code: 'not-caught-up',
      why: 'no follower holds 2:18 yet',
    });
  });

  test('needs it on disk, or committed: what is only in a log could still vanish', () => {
    const unsynced = cluster('n1 leader 2 1@1,2@15 18 d16 c17', 'n2 follower 2 >n1 1@1,2@15 18 d17 c16');
    expect(brief(ask(unsynced, 'token', '2:18'))).toBe('wait not-caught-up');
    expect(verdicts(ask(unsynced, 'token', '2:18'))).toEqual({
      n1: '2:17 has 2:18, but not on its disk yet',
      n2: '2:17 has 2:18, but not on its disk yet',
    });
    expect(brief(ask(unsynced, 'token', '2:17', 'leader'))).toBe('n1');
  });

  test('is not called rolled back while the token may still win', () => {
    const undecided = cluster(
      'n1! leader 2 1@1,2@15 17 d17 c15',
      'n2 leader 3 1@1,2@15,3@16 16 d16 c15',
      'n3 follower 3 >n2 1@1,2@15,3@16 16 d16 c15',
    );
    expect(brief(ask(undecided, 'token', '2:17'))).toBe('wait not-caught-up');
  });

  test('what a replica said before it died still counts', () => {
    const survivor = cluster('n1 leader 2 1@1,2@15 17 d17 c15', 'n2! leader 3 1@1,2@15,3@16 18 d18 c17', 'n3! -');
    expect(ask(survivor, 'token', '2:17')).toMatchObject({
      code: 'rolled-back',
      why: '2:17 was rolled back: the history that n2 knows to be committed excludes it; go on from 3:17',
    });
  });
});

describe('an any read', () => {
  test('takes every replica that is up in turn, the leader too', () => {
    const served = [0, 1, 2, 3, 4].map((turn) => brief(ask(divided, 'any', '0:0', 'anyone', turn)));
    expect(served).toEqual(['n1', 'n2', 'n3', 'n1', 'n2']);
    const left = [0, 1, 2].map((turn) => brief(ask(leaderless, 'any', '0:0', 'anyone', turn)));
    expect(left).toEqual(['n2', 'n3', 'n2']);
  });

  test.each<[Situation, string, string]>([
    ['divided', 'followers', 'n3'],
    ['divided', 'leader', 'n2'],
    ['divided', 'n1', 'n1'],
    ['leaderless', 'leader', 'wait no-leader'],
    ['leaderless', 'n1', 'wait replica-down'],
    ['dead', 'anyone', 'wait no-replica'],
    ['single', 'followers', 'wait no-replica'],
    ['healthy', 'n7', 'fail bad-request'],
  ])('of a cluster %s, from %s: %s', (situation, from, expected) => {
    expect(brief(ask(situations[situation], 'any', '0:0', from))).toBe(expected);
  });

  test('looks at no token', () => {
    expect(brief(ask(divided, 'any', '2:17', 'n2'))).toBe('n2');
  });
});

describe('a linearizable read', () => {
  test.each<[Situation, string, string]>([
    ['healthy', 'anyone', 'n1'],
    ['divided', 'anyone', 'n2'],
    ['divided', 'n2', 'n2'],
    ['divided', 'n1', 'wait no-replica'],
    ['divided', 'n3', 'wait no-replica'],
    ['leaderless', 'anyone', 'wait no-leader'],
    ['leaderless', 'n2', 'wait no-leader'],
    ['leaderless', 'n1', 'wait replica-down'],
    ['healthy', 'followers', 'fail bad-request'],
  ])('of a cluster %s, from %s: %s', (situation, from, expected) => {
    expect(brief(ask(situations[situation], 'linearizable', '0:0', from))).toBe(expected);
  });
});

describe('what is said of each replica', () => {
  test('for a token that was written under the new leader', () => {
    const down = cluster('n4! follower 3 1@1 5 d5 c5', 'n5 follower 3 1@1,2@15 15 d15 c15');
    const decision = ask([...divided, ...down], 'token', '3:18');
    expect(verdicts(decision)).toEqual({
      n1: '2:17 at 2:17, 1 behind the token',
      n2: '3:18 holds 3:18',
      n3: '3:17 at 3:17, 1 behind the token',
      n4: '- down, or does not answer',
      n5: '2:15 at 2:15, 3 behind the token',
    });
    expect(decision.candidates.filter(({ chosen }) => chosen).map(({ id }) => id)).toEqual(['n2']);
  });

  test('for a token on a history that it has left', () => {
    expect(verdicts(ask(divided, 'token', '3:16', 'n3'))).toEqual({
      n1: '2:17 on another history: holds 2:16 instead of 3:16; n3 was asked for',
      n2: '3:18 holds 3:16; n3 was asked for',
      n3: '3:17 holds 3:16',
    });
    expect(verdicts(ask(divided, 'token', '2:30', 'followers'))).toMatchObject({
      n2: '3:18 on another history: went on in term 3 before LSN 30; a follower was asked for',
      n3: '3:17 on another history: went on in term 3 before LSN 30',
    });
  });

  test('for a read that asks for no position', () => {
    expect(verdicts(ask(divided, 'linearizable'))).toEqual({
      n1: '2:17 led term 2, and does not know yet that it is deposed; only the leader can serve',
      n2: '3:18 leads term 3',
      n3: '3:17 follows n2 in term 3; only the leader can serve',
    });
    expect(verdicts(ask(leaderless, 'any', '0:0', 'leader'))).toEqual({
      n1: '- down, or does not answer',
      n2: '2:17 is a candidate in term 2; the leader was asked for',
      n3: '1:12 knows no leader; the leader was asked for',
    });
  });
});

describe('the current leader', () => {
  test.each([
    ['is the one that leads', healthy, 'n1'],
    ['is that of the highest term', divided, 'n2'],
    ['is not one that cannot be reached', leaderless, null],
    [
      'is nobody, once a follower follows another that has died since',
      cluster('n1 leader 2 1@1 9 d9 c9', 'n2! -', 'n3 follower 3 >n2 1@1 9 d9 c9'),
      null,
    ],
    [
      'is nobody, once a log holds an entry of a later term',
      cluster('n1 leader 2 1@1 9 d9 c9', 'n2! -', 'n3 candidate 3 1@1,3@9 9 d9 c8'),
      null,
    ],
    [
      'is nobody, once a majority has gone on to a later term, those that have died since included',
      cluster('n1 leader 2 1@1 9 d9 c9', 'n2! candidate 3 1@1 9 d9 c9', 'n3 follower 3 1@1 9 d9 c9'),
      null,
    ],
    [
      'stays, though one candidate sits in a later term: cut off before its votes came, it can sit there for long',
      cluster('n1 leader 2 1@1 9 d9 c9', 'n2 follower 2 >n1 1@1 9 d9 c9', 'n3 candidate 3 1@1 9 d9 c9'),
      'n1',
    ],
  ])('%s', (_, replicas, expected) => {
    expect(leaderOf(replicas)?.id ?? null).toBe(expected);
  });
});
