import { expect, test } from 'vitest';
import { DETAILS_MAX, Ledger } from '../../core/observe/ledger.ts';
import { viewLedger } from '../../core/observe/ledger-view.ts';
import { lsn, replicaId, term, writeId } from '../../core/protocol/position.ts';

const n1 = replicaId('n1');

/** Answers `count` writes at 1:1 and on, all `ok` but the last `unknown` ones. */
function ledgerOf(count: number, unknown = 0): Ledger {
  const ledger = new Ledger();
  for (let at = 1; at <= count; at++) {
    const id = writeId(`w${at}`);
    const open = ledger.submitted(id, {
      key: `k${at}`,
      mode: 'async',
      session: { session: 's', seq: at },
      term: term(1),
      leader: n1,
      after: lsn(0),
    });
    ledger.answered(open, at > count - unknown ? 'unknown' : 'ok', { term: term(1), lsn: lsn(at) }, [n1], 1.5);
  }
  return ledger;
}

const keys = (...[ledger, request]: Parameters<typeof viewLedger>) =>
  viewLedger(ledger, request).writes.map((w) => w.key);

test('the newest hundred, oldest first, with what a client may see of them', () => {
  const { v, writes, error } = viewLedger(ledgerOf(150), { op: 'ledger' });
  expect([v, writes.length, error]).toEqual([1, 100, undefined]);
  expect(writes[0]?.key).toBe('k51');
  expect(writes.at(-1)).toEqual({
    ...{ id: 'w150', key: 'k150', mode: 'async', outcome: 'ok', position: '1:150' },
    ...{ durableOn: ['n1'], ms: 1.5, fate: 'pending', leader: 'n1' },
  });
});

test('a write that was rejected has no position and no fate', () => {
  const ledger = new Ledger();
  const open = ledger.submitted(writeId('w1'), {
    key: 'k',
    mode: 'sync',
    session: null,
    term: term(0),
    leader: null,
    after: lsn(0),
  });
  ledger.answered(open, 'rejected', null, [], 0.2, 'follower-down');
  expect(viewLedger(ledger, { op: 'ledger' }).writes).toEqual([
    {
      ...{ id: 'w1', key: 'k', mode: 'sync', outcome: 'rejected', position: null },
      ...{ durableOn: [], ms: 0.2, fate: null, leader: null, code: 'follower-down' },
    },
  ]);
});

test('of one fate: the newest of it, among all that are kept', () => {
  const ledger = ledgerOf(6, 1);
  // 1:1 and 1:2 are in the new history, the others are not.
  ledger.observe(
    [
      { term: term(1), firstLsn: lsn(1) },
      { term: term(2), firstLsn: lsn(3) },
    ],
    lsn(3),
  );
  expect(keys(ledger, { op: 'ledger', fate: 'committed' })).toEqual(['k1', 'k2']);
  expect(keys(ledger, { op: 'ledger', fate: 'committed', limit: 1 })).toEqual(['k2']);
  expect(keys(ledger, { op: 'ledger', fate: 'lost' })).toEqual(['k3', 'k4', 'k5']);
  expect(keys(ledger, { op: 'ledger', fate: 'lost', limit: 2 })).toEqual(['k4', 'k5']);
  expect(keys(ledger, { op: 'ledger', fate: 'discarded' })).toEqual(['k6']);
  expect(keys(ledger, { op: 'ledger', fate: 'pending' })).toEqual([]);
});

test('losses are told also when they are no longer among the last writes', () => {
  const ledger = ledgerOf(2);
  ledger.observe([{ term: term(2), firstLsn: lsn(1) }], lsn(1));
  for (let at = 1; at <= DETAILS_MAX; at++) {
    const open = ledger.submitted(writeId(`x${at}`), {
      key: 'x',
      mode: 'sync',
      session: null,
      term: term(0),
      leader: null,
      after: lsn(0),
    });
    ledger.answered(open, 'rejected', null, [], 0.2);
  }
  expect(keys(ledger, { op: 'ledger', fate: 'lost' })).toEqual(['k1', 'k2']);
});
