// Writes and what becomes of them, by the numbers of the tier's invariants.
import { expect, test } from 'vitest';
import { at, Tier } from './support/tier.ts';

const LEADS = 'n1 leader 1 1@1 5 d5 c5';
const FOLLOWS = ['n2 follower 1 >n1 1@1 5 d5 c5', 'n3 follower 1 >n1 1@1 5 d5 c5'];
const led = (): Tier => new Tier().told(LEADS, ...FOLLOWS);

test('a write goes to the leader, for its term, and its answer comes back', () => {
  const tier = led().write();
  expect(tier.sent).toEqual(['n1 write w1 in 1']);
  expect(tier.heard).toEqual([]);
  tier.answers('w1', 'ok 1:6');
  expect(tier.heard).toEqual(['w1 ok 1:6']);
  expect(tier.tier.ledger.outcomes).toEqual({ ok: 1, rejected: 0, unknown: 0 });
  expect(tier.tier.guarantees.newestAcknowledged).toEqual(at('1:6'));
});

test('what its client has seen goes with it, and nothing does if it has seen nothing', () => {
  const tier = led()
    .write({ token: at('1:3') })
    .write();
  expect(tier.requests).toMatchObject([{ write: { token: at('1:3') } }, { write: {} }]);
  expect(tier.requests[1]).not.toHaveProperty('write.token');
});

test.each([
  ['nobody leads', () => new Tier()],
  ['the leader cannot be reached', () => led().lost('n1', true)],
  ['the leader takes nothing more', () => led().fill('n1')],
])('without a leader it is rejected at once: %s', (_why, make) => {
  const tier = make().write();
  expect(tier.heard).toEqual(['w1 rejected no-leader']);
  expect(tier.sent).toEqual([]);
});

test.each([
  ['rejected not-leader', 'w1 rejected no-leader'],
  ['rejected no-quorum', 'w1 rejected no-quorum'],
  ['unknown 1:6 stepped-down', 'w1 unknown leader-lost 1:6'],
  ['unknown 1:6 acknowledge-timeout', 'w1 unknown acknowledge-timeout 1:6'],
])('%s of a leader is for its client: %s', (reply, heard) => {
  expect(led().write().answers('w1', reply).heard).toEqual([heard]);
});

test('when the line to its leader breaks it is unknown, once; a late answer settles it', () => {
  const tier = led().write().lost('n2');
  expect(tier.heard).toEqual([]);
  tier.lost('n1').lost('n1');
  expect(tier.heard).toEqual(['w1 unknown leader-lost']);
  tier.answers('w1', 'ok 1:6').told('n1 leader 1 1@1 6 d6 c6');
  expect(tier.heard.slice(1)).toEqual(['w1 settled committed']);
});

test('a leader that says nothing is waited for a little longer than it may take', () => {
  const tier = led().write();
  tier.pass(2190);
  expect(tier.heard).toEqual([]);
  tier.pass(30);
  expect(tier.heard).toEqual(['w1 unknown acknowledge-timeout']);
  tier.answers('w1', 'rejected not-leader');
  expect(tier.heard.slice(1)).toEqual(['w1 settled discarded']);
});

test('a later leader is asked about what is not located, one question at a time', () => {
  const tier = led().write().write().lost('n1');
  tier.sent.length = 0;
  const later = 'n2 leader 2 1@1,2@7 7 d7 c7';
  tier.told(later, later);
  expect(tier.sent).toEqual(['n2 locate w1 w2 of 1']);
  // They came when n1's log was known to end at 5.
  expect(tier.requests.at(-1)).toMatchObject({ locate: { after: 5 } });
  // The answer to a question that was lost on the way does not come: it is asked anew.
  tier.lost('n2').told(later);
  expect(tier.sent.slice(1)).toEqual(['n2 locate w1 w2 of 1']);
  const [asked] = tier.requests.slice(-1);
  if (asked?.type !== 'locate') throw new Error('it asked nothing');
  tier.heard.length = 0;
  const { id, writes } = asked.locate;
  const found = writes.slice(0, 1).map((write) => ({ id: write.id, position: at('1:6') }));
  const reply = { type: 'locate', settled: true, complete: true, found } as const;
  tier.tier.onReply(tier.tier.fleet.members[1] ?? expect.fail(), { ...reply, id: 'another' });
  expect(tier.heard).toEqual([]);
  tier.tier.onReply(tier.tier.fleet.members[1] ?? expect.fail(), { ...reply, id });
  expect(tier.heard).toEqual(['w1 settled committed', 'w2 settled discarded']);
});

test('a write that may be in what a snapshot folded away stays pending, and is not asked after again', () => {
  const tier = led().write().write().lost('n1');
  const later = 'n2 leader 2 1@1,2@7 7 d7 c7';
  tier.told(later, later);
  const [asked] = tier.requests.slice(-1);
  if (asked?.type !== 'locate') throw new Error('it asked nothing');
  tier.heard.length = 0;
  tier.sent.length = 0;
  const { id, writes } = asked.locate;
  const found = writes.slice(0, 1).map((write) => ({ id: write.id, position: at('1:6') }));
  const n2 = tier.tier.fleet.members[1] ?? expect.fail();
  tier.tier.onReply(n2, { type: 'locate', settled: true, complete: false, found, id });
  tier.told(later);
  expect([tier.heard, tier.sent]).toEqual([['w1 settled committed'], []]);
});

test('of an acknowledged write that is rolled back the loss is told, and a retry of it what it replaces', () => {
  const session = { session: 's', seq: 1 };
  const tier = led().write({ mode: 'async', session }).answers('w1', 'ok 1:6');
  tier.told('n2 leader 2 1@1,2@6 6 d6 c6');
  expect(tier.heard.slice(1)).toEqual(['w1 lost lost']);
  tier.write({ session }).answers('w2', 'ok 2:7');
  expect(tier.heard.slice(2)).toEqual(['w2 ok 2:7 for 1:6']);
});

test('what an answer changes is told after it (2)', () => {
  const tier = led().write({ mode: 'async' }).told('n2 leader 2 1@1,2@6 6 d6 c6').answers('w1', 'ok 1:6');
  expect(tier.heard).toEqual(['w1 ok 1:6', 'w1 lost lost']);
});

test('why nobody leads is told with what helps', () => {
  const tier = new Tier();
  const told: string[] = [];
  const ask = { command: { op: 'put', key: 'k', value: 'v' }, mode: 'quorum', session: null, token: null } as const;
  const write = () => tier.tier.write(ask, ({ error }) => told.push(error?.message ?? ''));
  write();
  tier.told('n1 follower 1 1@1 5 d5 c5', 'n2 follower 1 1@1 5 d5 c5');
  write();
  expect(told).toEqual([
    'nobody leads: 0 of 3 up, needs 2; bring 2 of n1 n2 n3 back',
    'nobody leads now: try again in a moment',
  ]);
});
