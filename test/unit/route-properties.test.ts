import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReplicaView } from '../../core/protocol/leader-of.ts';
import { holds, type Lineage, settle } from '../../core/protocol/lineage.ts';
import { compareFreshness, lsn, type Position, parsePosition, replicaId, term } from '../../core/protocol/position.ts';
import type { ReplicaStatus, Role } from '../../core/protocol/status.ts';
import { type Decision, type Question, route, type ServeFrom } from '../../core/routing/route.ts';

const branch = (t: number, first: number) => ({ term: term(t), firstLsn: lsn(first) });

/** Two histories that part at LSN 5: entries of term 2 there were never committed, those of term 3 may be. */
const histories: readonly Lineage[] = [
  [branch(1, 1), branch(2, 3)],
  [branch(1, 1), branch(2, 3), branch(3, 5)],
];

const replicas: fc.Arbitrary<ReplicaView[]> = fc
  .array(
    fc.record({
      reachable: fc.boolean(),
      silent: fc.boolean(),
      role: fc.constantFrom<Role>('leader', 'follower', 'candidate'),
      inTerm: fc.integer({ min: 3, max: 5 }),
      history: fc.constantFrom(0, 1),
      end: fc.integer({ min: 5, max: 8 }),
      unsynced: fc.nat(3),
      committed: fc.nat(8),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) =>
    all.map(({ reachable, silent, role, inTerm, history, end, unsynced, committed }, i) => {
      const lineage = histories[history] as Lineage;
      const id = replicaId(`n${i + 1}`);
      const status: ReplicaStatus = {
        ...{ id, role, term: term(inTerm), leader: null, lineage, inContact: true, followers: [] },
        position: { term: history === 0 ? term(2) : term(3), lsn: lsn(end) },
        ...{ baseLsn: lsn(0), standing: 'voter', diskFull: false },
        durableLsn: lsn(end - unsynced),
        committedLsn: lsn(Math.min(committed, history === 0 ? 4 : end - unsynced)),
      };
      return { id, reachable, status: silent ? null : status };
    }),
  );

const questions: fc.Arbitrary<Question> = fc.record({
  level: fc.constantFrom('any', 'token', 'linearizable'),
  token: fc
    .constantFrom('0:0', '1:2', '2:3', '2:5', '2:7', '3:5', '3:8', '4:9')
    .map((t) => parsePosition(t) as Position),
  from: fc.constantFrom('anyone', 'followers', 'leader', 'n1', 'n2').map((from) => from as ServeFrom),
});

function property(check: (decision: Decision, question: Question, views: readonly ReplicaView[]) => void): void {
  fc.assert(
    fc.property(replicas, questions, fc.nat(20), (views, question, turn) => {
      check(route(question, views, turn), question, views);
    }),
    { numRuns: 500 },
  );
}

test('every replica is accounted for, and exactly the one that serves is marked', () => {
  property((decision, _, views) => {
    expect(decision.candidates.map(({ id }) => id)).toEqual(views.map(({ id }) => id));
    const chosen = decision.candidates.filter((candidate) => candidate.chosen).map(({ id }) => id);
    expect(chosen).toEqual(decision.kind === 'serve' ? [decision.replica] : []);
  });
});

test('who serves is there, is of the kind that was asked for, and holds the token on disk or committed', () => {
  property((decision, { level, token, from }, views) => {
    if (decision.kind !== 'serve') return;
    const view = views.find(({ id }) => id === decision.replica);
    const status = view?.status as ReplicaStatus;
    expect(view?.reachable && status !== null).toBe(true);
    if (from !== 'anyone' && from !== 'followers' && from !== 'leader') expect(status.id).toBe(from);
    if (from === 'followers') expect(status.role).toBe('follower');
    if (from === 'leader' || level === 'linearizable') expect(status.role).toBe('leader');
    if (level !== 'token') return;
    expect(holds(status.lineage, status.position.lsn, token)).toBe(true);
    expect(token.lsn).toBeLessThanOrEqual(Math.max(status.durableLsn, status.committedLsn));
  });
});

test('a token is rolled back if and only if some known commit excludes it, and then a committed end is offered', () => {
  property((decision, { level, token }, views) => {
    if (level !== 'token' || (decision.kind === 'fail' && decision.code === 'bad-request')) return;
    const known = views.flatMap(({ status }) => (status === null ? [] : [status]));
    const excluded = known.some((status) => settle(token, status.lineage, status.committedLsn) === 'rolled-back');
    const rolledBack = decision.kind === 'fail' && decision.code === 'rolled-back';
    expect(rolledBack).toBe(excluded);
    if (!rolledBack) return;
    const { goOnFrom } = decision;
    const said = known.map((status) => settle(goOnFrom, status.lineage, status.committedLsn));
    expect(said).toContain('committed');
    expect(said).not.toContain('rolled-back');
    expect(compareFreshness(goOnFrom, { term: term(0), lsn: lsn(0) })).toBeGreaterThan(0);
  });
});

test('no read waits while a follower that would do is at hand', () => {
  property((decision, { level, token, from }, views) => {
    if (level === 'linearizable' || (from !== 'anyone' && from !== 'followers') || decision.kind !== 'wait') return;
    for (const { reachable, status } of views) {
      if (!reachable || status?.role !== 'follower') continue;
      expect(
        level === 'token' && !holds(status.lineage, lsn(Math.max(status.durableLsn, status.committedLsn)), token),
      ).toBe(true);
    }
  });
});
