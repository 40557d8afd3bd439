// Reads under way, by the numbers of their invariants.
import { expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { at, Tier } from './support/tier.ts';

const LEADS = 'n1 leader 1 1@1 5 d5 c5';
const ahead = 'n2 follower 1 >n1 1@1 5 d5 c5';
const behind = 'n3 follower 1 >n1 1@1 3 d3 c3';
const led = (): Tier => new Tier().told(LEADS, ahead, behind);
const token = at('1:5');

test('a token read goes to a follower that holds the token, and raises it to what was read', () => {
  const tier = led().read({ token });
  expect(tier.sent).toEqual(['n2 read r1']);
  tier.serves('n2', 'r1', 'ok v 1:6');
  expect(tier.heard).toEqual(['read v by n2 at 1:6 carry 1:6']);
});

test('a read that promises nothing leaves the token as it came', () => {
  const tier = led()
    .read({ level: 'any', token, from: replicaId('n3') })
    .serves('n3', 'r1', 'ok v 1:3');
  expect(tier.heard).toEqual(['read v by n3 at 1:3 carry 1:5']);
  expect(tier.read({ from: replicaId('n3') }).serves('n3', 'r2', 'ok v 1:3').heard[1]).toBe('read v by n3 at 1:3');
});

test('only whom it was asked counts (1)', () => {
  const tier = led().read({ token }).serves('n3', 'r1', 'ok old 1:3');
  expect(tier.heard).toEqual([]);
  expect(tier.serves('n2', 'r1', 'ok v 1:5').serves('n2', 'r1', 'ok v 1:5').heard).toHaveLength(1);
});

test('who refuses it is not asked again before its next status, but others are', () => {
  const tier = led().read({ token }).serves('n2', 'r1', 'failed not-here 1:5');
  expect(tier.sent).toEqual(['n2 read r1', 'n1 read r1']);
  tier.serves('n1', 'r1', 'failed not-leader 1:5');
  expect(tier.sent).toHaveLength(2);
  expect(tier.told(behind).sent).toHaveLength(2);
  expect(tier.told(ahead).sent.slice(2)).toEqual(['n2 read r1']);
  expect(tier.serves('n2', 'r1', 'ok v 1:5').heard).toHaveLength(1);
});

test('it waits for whoever it needs, and is served as soon as a status allows it', () => {
  const tier = led().read({ token, from: replicaId('n3') });
  expect(tier.pass(60).sent).toEqual([]);
  tier.told('n3 follower 1 >n1 1@1 5 d5 c5');
  expect(tier.sent).toEqual(['n3 read r1']);
});

test.each([
  ['holds the token', { token: at('1:9'), from: replicaId('n3') }, 'read not-caught-up carry 1:9'],
  ['is there', { level: 'any', from: replicaId('n3') }, 'read replica-down'],
] as const)('it fails once its time is up and nobody %s (2)', (_what, ask, heard) => {
  const tier = led()
    .lost('n3', 'level' in ask)
    .read(ask);
  expect(tier.pass(90).heard).toEqual([]);
  expect(tier.pass(30).heard).toEqual([heard]);
  expect(tier.pass(500).heard).toHaveLength(1);
});

test('and once its time is up and who was asked says nothing', () => {
  const tier = led().read({ token });
  expect(tier.pass(120).heard).toEqual(['read not-caught-up carry 1:5']);
  expect(tier.serves('n2', 'r1', 'ok v 1:5').heard).toHaveLength(1);
});

test('when the line to who was asked breaks, another is asked at once', () => {
  expect(led().read({ token }).lost('n2', true).sent).toEqual(['n2 read r1', 'n1 read r1']);
});

test('who was asked and is silent for long is not waited for', () => {
  const tier = led().read({ token, timeoutMs: 5000 });
  tier.pass(400).told(LEADS);
  expect(tier.pass(120).sent).toEqual(['n2 read r1', 'n1 read r1']);
});

test('a token that was rolled back fails at once, and is sent on to what is committed', () => {
  const tier = led()
    .told('n1 leader 2 1@1,2@4 5 d5 c5')
    .read({ token: at('1:4') });
  expect(tier.heard).toEqual(['read rolled-back carry 2:5']);
  expect(tier.sent).toEqual([]);
});

test('and so it does if whoever was asked knows better', () => {
  expect(led().read({ token }).serves('n2', 'r1', 'failed rolled-back 2:5').heard).toEqual([
    'read rolled-back carry 2:5',
  ]);
});

test('how long it waited is told in whole milliseconds', () => {
  const tier = led().pass(0.047);
  const told: string[] = [];
  const ask = { key: 'k', level: 'token', from: replicaId('n3'), token: at('1:9'), timeoutMs: 100 } as const;
  tier.tier.read(ask, ({ error }) => told.push(error?.message ?? ''));
  tier.pass(130.5);
  expect(told).toEqual([expect.stringMatching(/, after 1\d\d ms$/)]);
});
