// The handshake between processes of a cluster: what opens, and everything that does not.
import { expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { DialerHandshake, HELLO_BYTES_MAX, type Hello, ListenerHandshake } from '../../core/wire/hello.ts';
import { Caller, Doorkeeper, isNonce, PROTOCOL_VERSION } from '../../core/wire/proof.ts';
import { freshSecret } from './support/secrets.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [Hello['to'], Hello['to'], Hello['to']];
const members = [n1, n2, n3];
const secret = freshSecret();
const hello: Hello = { cluster: 'c', from: n2, to: n1 };

const listener = (self = n1, its = secret) => new ListenerHandshake(its, 'c', self, members, {});
const refused = (step: object): string =>
  'refused' in step ? String(step.refused) : `not refused: ${JSON.stringify(step)}`;
const sent = (step: object): string => ('send' in step ? String(step.send) : `nothing sent: ${JSON.stringify(step)}`);
const changed = (line: string, fields: object): string => JSON.stringify({ ...JSON.parse(line), ...fields });

test.each([hello, { ...hello, from: 'router' as const }, { ...hello, from: 'client' as const }])(
  'who has the secret gets in, and each knows it of the other',
  (it) => {
    const dialer = new DialerHandshake(secret, it, {});
    const listens = listener();
    const proof = sent(dialer.take(sent(listens.take(dialer.hello))));
    expect(listens.take(proof)).toEqual({ hello: it });
  },
);

test('no line of it is longer than its bound, and none says the secret', () => {
  const long: Hello = { cluster: '"'.repeat(128), from: 'router', to: n1 };
  const dialer = new DialerHandshake(secret, long, {});
  const listens = new ListenerHandshake(secret, long.cluster, n1, members, {});
  const challenge = sent(listens.take(dialer.hello));
  const proof = sent(dialer.take(challenge));
  expect(listens.take(proof)).toEqual({ hello: long });
  for (const line of [dialer.hello, challenge, proof]) expect(Buffer.byteLength(line)).toBeLessThan(HELLO_BYTES_MAX);
});

test('a listener with another secret is told nothing', () => {
  const dialer = new DialerHandshake(secret, hello, {});
  const challenge = sent(listener(n1, freshSecret()).take(dialer.hello));
  expect(refused(dialer.take(challenge))).toBe('what answers as n1 has another secret');
});

test('a dialer with another secret does not get in, be it that it proves what it has', () => {
  const other = freshSecret();
  const listens = listener();
  const caller = new Caller(other);
  const { nonce } = JSON.parse(
    sent(listens.take(changed(new DialerHandshake(other, hello, {}).hello, { nonce: caller.nonce }))),
  );
  const keeper = other.proof(`lockstep ${PROTOCOL_VERSION} keeper`, 'c', n2, n1, caller.nonce, nonce);
  const proof = caller.answer(hello, nonce, keeper);
  expect(proof).not.toBeNull();
  expect(refused(listens.take(JSON.stringify({ type: 'proof', proof })))).toBe(
    'the proof is wrong: is it the same secret?',
  );
});

test('a proof that was good once is not good again, on either side', () => {
  const dialer = new DialerHandshake(secret, hello, {});
  const first = listener();
  const challenge = sent(first.take(dialer.hello));
  const proof = sent(dialer.take(challenge));
  expect(first.take(proof)).toEqual({ hello });

  const second = listener();
  second.take(dialer.hello);
  expect(refused(second.take(proof))).toMatch(/^the proof is wrong/);
  expect(refused(new DialerHandshake(secret, hello, {}).take(challenge))).toMatch(/has another secret$/);
});

test('on a plain connection: one that was handed on to another port than was dialled opens nothing, on either side', () => {
  const at = (port: number) => new ListenerHandshake(secret, 'c', n1, members, { port });
  const dialer = new DialerHandshake(secret, hello, { port: 7401 });
  expect(at(7401).take(dialer.hello)).toHaveProperty('send');
  const listens = at(7401);
  const proof = sent(dialer.take(sent(listens.take(dialer.hello))));
  expect(listens.take(proof)).toEqual({ hello });

  const elsewhere = at(7402);
  const deceived = new DialerHandshake(secret, hello, { port: 7401 });
  expect(refused(deceived.take(sent(elsewhere.take(deceived.hello))))).toMatch(/has another secret$/);
  // Nor is its proof good there, should it have been made out to.
  const third = at(7401);
  const again = new DialerHandshake(secret, hello, { port: 7401 });
  const own = sent(again.take(sent(third.take(again.hello))));
  elsewhere.take(again.hello);
  expect(refused(elsewhere.take(own))).toMatch(/^the proof is wrong/);
});

test('one try: what comes after a wrong proof is not looked at', () => {
  const dialer = new DialerHandshake(secret, hello, {});
  const listens = listener();
  const proof = sent(dialer.take(sent(listens.take(dialer.hello))));
  expect(refused(listens.take(changed(proof, { proof: '0'.repeat(64) })))).toMatch(/^the proof is wrong/);
  expect(refused(listens.take(proof))).toMatch(/^the proof is wrong/);
});

test('a listener that sends back what it was sent is not believed', () => {
  const dialer = new DialerHandshake(secret, hello, {});
  const { nonce } = JSON.parse(dialer.hello);
  for (const proof of [nonce, '0'.repeat(64), undefined]) {
    const echo = JSON.stringify({ type: 'challenge', v: PROTOCOL_VERSION, nonce, proof });
    expect(refused(new DialerHandshake(secret, hello, {}).take(echo))).toMatch(/has another secret$/);
    expect(refused(dialer.take(echo))).toMatch(/has another secret$/);
  }
});

test('a dialer that sends back the listener’s proof does not get in', () => {
  const listens = listener();
  const challenge = JSON.parse(sent(listens.take(new DialerHandshake(secret, hello, {}).hello)));
  expect(refused(listens.take(JSON.stringify({ type: 'proof', proof: challenge.proof })))).toMatch(
    /^the proof is wrong/,
  );
});

test('nobody can have a replica prove for him what he is asked to prove', () => {
  // n1 dials what poses as n2; that dials n2 itself and n1's own listener, and hands on what they say.
  const dialer = new DialerHandshake(secret, { cluster: 'c', from: n1, to: n2 }, {});
  const { nonce } = JSON.parse(dialer.hello);
  const posing: readonly (readonly [Hello, ListenerHandshake])[] = [
    [{ cluster: 'c', from: n2, to: n1 }, listener(n1)],
    [{ cluster: 'c', from: n3, to: n2 }, listener(n2)],
    [{ cluster: 'c', from: 'router', to: n2 }, listener(n2)],
  ];
  for (const [as, listens] of posing) {
    const challenge = sent(listens.take(changed(new DialerHandshake(secret, as, {}).hello, { nonce })));
    expect(refused(dialer.take(challenge))).toMatch(/has another secret$/);
  }
});

test('a proof of another version, another side or a client is none', () => {
  const keeper = new Doorkeeper(secret, hello, 'a'.repeat(64));
  const fields = ['c', 'n2', 'n1', 'a'.repeat(64), keeper.nonce] as const;
  for (const purpose of ['lockstep 1 caller', 'lockstep 2 keeper', 'lockstep tls']) {
    expect(new Doorkeeper(secret, hello, 'a'.repeat(64)).admits(secret.proof(purpose, ...fields))).toBe(false);
  }
  const client = secret.proof('lockstep 2 caller', 'c', 'client', 'router', 'a'.repeat(64), keeper.nonce);
  expect(keeper.admits(client)).toBe(false);
});

test.each<[string, object, string]>([
  ['another cluster', { cluster: 'd' }, 'this is a replica of cluster c, not d'],
  ['another version', { v: 1 }, 'version 1 is not spoken here, only 3'],
  ['no version', { v: undefined }, 'version nothing is not spoken here, only 3'],
  ['meant for another', { to: 'n3' }, 'this is n1, not n3'],
  ['from itself', { from: 'n1' }, 'n1 is no peer of n1'],
  ['from nobody of the cluster', { from: 'n9' }, 'n9 is no peer of n1'],
  ['from somebody', { from: 'bench' }, 'from must be router, client or a replica, n1 to n9, not "bench"'],
  ['from __proto__', { from: '__proto__' }, 'from must be router, client or a replica, n1 to n9, not "__proto__"'],
  ['to the router', { to: 'router' }, 'to must be a replica, n1 to n9, not "router"'],
  ['without a nonce', { nonce: undefined }, 'nonce must be 64 digits of hex'],
  ['a short nonce', { nonce: 'ab' }, 'nonce must be 64 digits of hex'],
  ['a nonce that is none', { nonce: 'x'.repeat(64) }, 'nonce must be 64 digits of hex'],
  [
    'of a larger cluster',
    { members: ['n1', 'n2', 'n3', 'n4'] },
    'this is a cluster of n1, n2, n3, not of n1, n2, n3, n4',
  ],
  ['of no members', { members: 'n1' }, 'members must be a list of replicas, not "n1"'],
  ['the proof first', { type: 'proof' }, 'a hello must come here, not "proof"'],
])('refused before anything is proved: %s', (_what, fields, reason) => {
  const line = changed(new DialerHandshake(secret, hello, {}).hello, fields);
  expect(refused(listener().take(line))).toBe(reason);
});

test.each(['', 'GET / HTTP/1.1', '[]', '{"type":"proof"', `{"a":${'['.repeat(100)}`])('no line of ours: %j', (line) => {
  expect(refused(listener().take(line))).toMatch(/^(not|nested|a JSON)/);
  const listens = listener();
  sent(listens.take(new DialerHandshake(secret, hello, {}).hello));
  expect(refused(listens.take(line))).toMatch(/^(not|nested|a JSON)/);
  expect(refused(new DialerHandshake(secret, hello, {}).take(line))).toMatch(/^(not|nested|a JSON)/);
});

test('truncated, longer, of another kind: every such proof is wrong', () => {
  const good = (): { listens: ListenerHandshake; proof: string } => {
    const dialer = new DialerHandshake(secret, hello, {});
    const listens = listener();
    return { listens, proof: JSON.parse(sent(dialer.take(sent(listens.take(dialer.hello))))).proof };
  };
  for (const spoil of [
    (proof: string) => proof.slice(0, 63),
    (proof: string) => proof.slice(0, 62),
    (proof: string) => `${proof}0`,
    (proof: string) => `${proof.slice(0, 63)}${proof.endsWith('0') ? '1' : '0'}`,
    (proof: string) => [proof],
    () => '',
    () => null,
    () => true,
  ]) {
    const { listens, proof } = good();
    expect(refused(listens.take(JSON.stringify({ type: 'proof', proof: spoil(proof) })))).toMatch(
      /^the proof is wrong/,
    );
  }
});

test('a hello again instead of the proof is refused', () => {
  const listens = listener();
  const { hello: line } = new DialerHandshake(secret, hello, {});
  sent(listens.take(line));
  expect(refused(listens.take(line))).toBe('a proof must come here, not "hello"');
});

test('a listener’s refusal is handed on', () => {
  const dialer = new DialerHandshake(secret, { ...hello, cluster: 'd' }, {});
  const refusal = refused(listener().take(dialer.hello));
  expect(refused(dialer.take(JSON.stringify({ type: 'refused', reason: refusal })))).toBe(
    'n1 refuses: "this is a replica of cluster c, not d"',
  );
});

test('no nonce comes twice', () => {
  const nonces = Array.from({ length: 100 }, () => [new Caller(secret).nonce, new Doorkeeper(secret, hello, '').nonce]);
  expect(nonces.flat().every(isNonce)).toBe(true);
  expect(new Set(nonces.flat()).size).toBe(200);
});
