import { describe, expect, test } from 'vitest';
import type { LedgerWriteView, LogEntryView } from '../../core/observe/api.ts';
import { type PositionText, parsePosition, type ReplicaId } from '../../core/protocol/position.ts';
import { CommittedLog, FinalHistory } from '../faults/committed-log.ts';
import type { Attempt, Write } from '../faults/operation.ts';
import { checkSurvival } from '../faults/survival.ts';

const position = (text: string) => parsePosition(text);

const entry = (at: PositionText, id: string, key: string, value: string): LogEntryView => ({
  ...{ position: at, id, op: 'put', key, value, mode: 'quorum', committed: true, durable: true },
});

function historyOf(...entries: readonly LogEntryView[]): FinalHistory {
  const log = new CommittedLog();
  expect(log.add('n1', entries)).toEqual([]);
  return new FinalHistory(log.entries());
}

const said = (outcome: Attempt['outcome'], at: string | null = null): Attempt => ({
  ...{ outcome, position: at === null ? null : position(at), code: outcome === 'ok' ? null : 'leader-lost' },
});

function write(value: string, mode: Write['mode'], ...attempts: readonly Attempt[]): Write {
  const last = attempts.at(-1);
  const sure = attempts.every(({ outcome }) => outcome === 'rejected');
  return {
    ...{ kind: 'write', client: 's1', key: 'k', value, mode, invokedMs: 0, completedMs: 1, attempts },
    outcome: last?.outcome === 'ok' ? 'ok' : sure ? 'rejected' : 'unknown',
    position: last?.outcome === 'ok' ? last.position : null,
  };
}

const fates = (committed: number, lost = 0, discarded = 0) => ({ pending: 0, committed, lost, discarded });

const listed = (id: string, at: PositionText, key = 'k'): LedgerWriteView => ({
  ...{ id, key, mode: 'async', outcome: 'ok', position: at, durableOn: ['n1' as ReplicaId], ms: 1, fate: 'lost' },
  leader: 'n1' as ReplicaId,
});

describe('what is as it should be', () => {
  test('kept, lost and listed, discarded, rejected', () => {
    const history = historyOf(entry('1:1', 'w1', 'k', 'a'), entry('2:2', 'w4', 'k', 'd'));
    const writes = [
      write('a', 'quorum', said('ok', '1:1')),
      write('b', 'async', said('ok', '1:2')),
      write('c', 'sync', said('unknown', '1:3')),
      write('d', 'async', said('unknown')),
      write('e', 'quorum', said('rejected')),
    ];
    const account = { fates: fates(2, 1, 1), lost: [listed('w2', '1:2')], mayBePending: 0 };
    expect(checkSurvival(writes, history, account)).toEqual({ fates: fates(2, 1, 1), violations: [] });
  });

  test('of attempts without a position, the ledger knows better which one was written', () => {
    const writes = [write('a', 'quorum', said('unknown'), said('ok', '2:1'))];
    const history = historyOf(entry('2:1', 'w2', 'k', 'a'));
    expect(checkSurvival(writes, history, { fates: fates(2), lost: [], mayBePending: 0 }).violations).toEqual([]);
    expect(checkSurvival(writes, history, { fates: fates(1, 0, 1), lost: [], mayBePending: 0 }).violations).toEqual([]);
    expect(
      checkSurvival(writes, history, { fates: fates(0, 0, 2), lost: [], mayBePending: 0 }).violations,
    ).toHaveLength(1);
  });
});

describe('planted violations', () => {
  const a = entry('1:1', 'w1', 'k', 'a');

  test.each(['quorum', 'sync'] as const)(
    'an acknowledged %s write that is gone, even if the ledger owns up',
    (mode) => {
      const writes = [write('b', mode, said('ok', '1:2'))];
      const account = { fates: fates(0, 1), lost: [listed('w2', '1:2')], mayBePending: 0 };
      expect(checkSurvival(writes, historyOf(a), account).violations).toEqual([
        `s1's ${mode} write of b to k (ok at 1:2) is lost`,
      ]);
    },
  );

  test('one that is there, but not where it was said to be', () => {
    const writes = [write('a', 'quorum', said('ok', '1:2'))];
    const { violations } = checkSurvival(writes, historyOf(a), { fates: fates(1), lost: [], mayBePending: 0 });
    expect(violations).toContain(`s1's quorum write of a to k (ok at 1:2) is lost`);
  });

  test('an async loss that the ledger does not list', () => {
    const writes = [write('b', 'async', said('ok', '1:2'))];
    const { violations } = checkSurvival(writes, historyOf(a), { fates: fates(0, 1), lost: [], mayBePending: 0 });
    expect(violations).toEqual([`s1's async write of b to k (ok at 1:2) is lost, and the ledger does not list 1:2`]);
  });

  test('a loss in the ledger that is none', () => {
    const writes = [write('a', 'async', said('ok', '1:1'))];
    const account = { fates: fates(1), lost: [listed('w1', '1:1')], mayBePending: 0 };
    expect(checkSurvival(writes, historyOf(a), account).violations).toEqual([
      'the ledger lists w1 at 1:1: not lost',
      'the ledger lists w1 as lost, and it is there',
    ]);
  });

  test('counts that are not right', () => {
    const writes = [write('a', 'async', said('ok', '1:1'))];
    const { violations } = checkSurvival(writes, historyOf(a), { fates: fates(2), lost: [], mayBePending: 0 });
    expect(violations).toEqual([expect.stringContaining('"committed":2')]);
  });

  test('a rejected write that was written, one that was written twice, and one under another key', () => {
    const rejected = [write('a', 'quorum', said('rejected'))];
    expect(checkSurvival(rejected, historyOf(a), { fates: fates(0), lost: [], mayBePending: 0 }).violations).toEqual([
      `s1's quorum write of a to k (rejected) is there`,
    ]);
    const twice = historyOf(a, entry('2:2', 'w2', 'k', 'a'));
    const retried = [write('a', 'quorum', said('unknown', '1:1'), said('ok', '2:2'))];
    expect(checkSurvival(retried, twice, { fates: fates(2), lost: [], mayBePending: 0 }).violations).toEqual([
      `s1's quorum write of a to k (ok at 2:2) is there 2 times`,
    ]);
    const elsewhere = historyOf(entry('1:1', 'w1', 'other', 'a'));
    const written = [write('a', 'quorum', said('ok', '1:1'))];
    expect(checkSurvival(written, elsewhere, { fates: fates(1), lost: [], mayBePending: 0 }).violations).toEqual([
      `s1's quorum write of a to k (ok at 1:1) is under another key`,
    ]);
  });
});

describe('a committed log', () => {
  test('is the same on every replica, and at any time', () => {
    const log = new CommittedLog();
    expect(log.add('n1', [entry('1:1', 'w1', 'k', 'a')])).toEqual([]);
    expect(log.add('n2', [entry('1:1', 'w1', 'k', 'a'), entry('1:2', 'w2', 'k', 'b')])).toEqual([]);
    expect(log.add('n3', [entry('2:1', 'w1', 'k', 'a')])).toHaveLength(1);
    expect(log.add('n3', [entry('1:2', 'w2', 'k', 'c')])).toHaveLength(1);
    expect(log.add('n3', [{ ...entry('2:2', 'w9', 'k', 'c'), committed: false }])).toEqual([]);
    expect(log.entries().map(({ value }) => value)).toEqual(['a', 'b']);
  });

  test('knows what a key was at any LSN', () => {
    const history = historyOf(
      entry('1:1', 'w1', 'k', 'a'),
      entry('1:2', 'w2', 'other', 'x'),
      { ...entry('1:3', 'w3', 'k', ''), op: 'delete', value: null },
      entry('2:4', 'w4', 'k', 'b'),
    );
    expect([0, 1, 2, 3, 4, 9].map((lsn) => history.valueAt('k', lsn))).toEqual([null, 'a', 'a', null, 'b', 'b']);
    expect(history.valueAt('nowhere', 4)).toBeNull();
    expect(history.has({ term: 1, lsn: 4 } as never)).toBe(false);
  });
});
