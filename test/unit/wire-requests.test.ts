import { expect, test } from 'vitest';
import { parseRequest } from '../../core/wire/requests.ts';

const parse = (fields: object) => parseRequest(JSON.stringify(fields));

test.each([
  { op: 'write', key: 'x', value: '1' },
  { op: 'write', key: 'x', value: '', mode: 'async', session: 's', seq: 1 },
  { op: 'write', key: '__proto__', value: 'constructor' },
  { op: 'write', key: 'k'.repeat(1024), value: 'é'.repeat(512 * 1024), session: 's'.repeat(128), seq: 2 ** 53 - 1 },
  { op: 'delete', key: '🐎', mode: 'sync' },
  { op: 'read', key: 'x' },
  { op: 'read', key: 'x', level: 'token', token: '2:17', from: 'followers', timeoutMs: 0 },
  { op: 'read', key: 'x', level: 'linearizable', from: 'n9', timeoutMs: 60_000 },
  { op: 'read', key: 'x', level: 'any', from: 'leader' },
  { op: 'status' },
  { op: 'watch' },
  { op: 'mode' },
  { op: 'mode', mode: 'quorum' },
  { op: 'tempo' },
  { op: 'tempo', tempo: 'slow' },
  { op: 'kill', target: 'leader' },
  { op: 'stop', target: 'n1' },
  { op: 'pause', target: 'followers' },
  { op: 'resume', target: 'all' },
  { op: 'start', target: 'n2' },
  { op: 'start', target: 'n2', rebuild: true },
  { op: 'start', target: 'all', rebuild: false },
  { op: 'power-cut', target: 'all' },
  { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'cut' } },
  { op: 'link', from: 'n1', to: 'all', fault: { kind: 'heal' }, oneWay: true },
  { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'delay', ms: 60_000 }, oneWay: false },
  { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'drop', percent: 12.5 } },
  { op: 'link', from: 'leader', to: 'all', fault: { kind: 'restore' } },
  { op: 'link', from: 'leader', to: 'n2', fault: { kind: 'delay', ms: 0 } },
  { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'drop', percent: 0 } },
  { op: 'heal' },
  { op: 'ledger' },
  { op: 'ledger', limit: 1000, fate: 'lost' },
  { op: 'ledger', limit: 1, fate: 'pending' },
  { op: 'log', replica: 'n3' },
  { op: 'log', replica: 'n3', from: 12, limit: 1000 },
  { op: 'down' },
])('taken as it is: $op', (request) => {
  expect(parse(request)).toEqual({ request });
  expect(parse({ id: 7, ...request })).toEqual({ id: 7, request });
});

test('unknown fields are ignored, at every level', () => {
  const extra = '"__proto__":{"op":"down"},"constructor":1,"color":"red"';
  const line = `{"op":"link","from":"n1","to":"n2",${extra},"fault":{"kind":"cut","ms":-1,${extra}}}`;
  const { request } = parseRequest(line);
  expect(request).toEqual({ op: 'link', from: 'n1', to: 'n2', fault: { kind: 'cut' } });
  expect(Object.getPrototypeOf(request)).toBe(Object.prototype);
});

test('an id is a string or a number, and comes back also with a refusal', () => {
  expect(parse({ id: 'a', op: 'status' })).toEqual({ id: 'a', request: { op: 'status' } });
  expect(parse({ id: null, op: 'status' })).toEqual({ request: { op: 'status' } });
  expect(parse({ id: 'a', op: 'no' })).toMatchObject({ id: 'a', error: { code: 'bad-request' } });
});

test('a token is taken in its plain form', () => {
  expect(parse({ op: 'read', key: 'x', token: '02:017' }).request).toEqual({ op: 'read', key: 'x', token: '2:17' });
});

const write = { op: 'write', key: 'x', value: '1' };
const read = { op: 'read', key: 'x' };
const link = { op: 'link', from: 'n1', to: 'n2' };
const words = 'leader, followers, all or a replica, n1 to n9';

const refused: readonly (readonly [fields: object, message: string])[] = [
  [{}, 'op is missing; send for example {"op":"status"}'],
  [{ op: 7 }, 'unknown op 7; there are write, delete, read, status, watch, mode, tempo, kill, '],
  [{ op: 'wirte' }, 'unknown op "wirte"; did you mean "write"?'],
  [{ op: 'powercut' }, 'unknown op "powercut"; did you mean "power-cut"?'],
  [{ op: 'constructor' }, 'unknown op "constructor"; there are write, '],
  [{ op: '__proto__' }, 'unknown op "__proto__"; there are write, '],
  [{ op: 'x'.repeat(100_000) }, `unknown op "${'x'.repeat(39)}…; there are write, `],
  [{ op: 'status', id: {} }, 'id must be a number, or a string of at most 128 characters'],
  [{ op: 'status', id: 'x'.repeat(129) }, 'id must be a number, or a string of at most 128 characters'],
  [{ op: 'write', value: '1' }, 'key is missing; it must be a string'],
  [{ ...write, key: 7 }, 'key must be a string, not 7'],
  [{ ...write, key: '' }, 'key is empty; give it at least one character'],
  [{ ...write, key: 'k'.repeat(1025) }, 'key is 1025 bytes of UTF-8; at most 1 KiB (1024 bytes)'],
  [{ ...write, key: '\u20ac'.repeat(342) }, 'key is 1026 bytes of UTF-8; at most 1 KiB (1024 bytes)'],
  [{ ...write, key: 'a\ud83d' }, 'key holds half a surrogate pair; send well-formed Unicode'],
  [{ op: 'write', key: 'x' }, 'value is missing; it must be a string'],
  [{ ...write, value: 1 }, 'value must be a string, not 1'],
  [{ ...write, value: null }, 'value must be a string, not null'],
  [{ ...write, value: 'v'.repeat(1024 * 1024 + 1) }, 'value is 1048577 bytes of UTF-8; at most 1 MiB (1048576 bytes)'],
  [{ ...write, value: '\udc00' }, 'value holds half a surrogate pair; send well-formed Unicode'],
  [{ ...write, mode: 'snyc' }, 'mode must be async, quorum or sync, not "snyc"'],
  [{ ...write, mode: null }, 'mode must be async, quorum or sync, not null'],
  [{ ...write, seq: 1 }, 'seq goes with a session; send both or neither'],
  [{ ...write, session: 's' }, 'session goes with a seq; send both or neither'],
  [{ ...write, session: '', seq: 1 }, 'session is empty; give it at least one character'],
  [{ ...write, session: 's'.repeat(129), seq: 1 }, 'session is 129 bytes of UTF-8; at most 128 bytes'],
  [{ ...write, session: 's', seq: 0 }, 'seq must be a whole number of at least 1, not 0'],
  [{ ...write, session: 's', seq: 1.5 }, 'seq must be a whole number of at least 1, not 1.5'],
  [{ ...write, session: 's', seq: '1' }, 'seq must be a whole number of at least 1, not "1"'],
  [{ ...write, session: 's', seq: 2 ** 53 }, 'seq must be a whole number of at least 1, not 9007199254740992'],
  [{ op: 'delete' }, 'key is missing; it must be a string'],
  [{ ...read, level: 'strong' }, 'level must be any, token or linearizable, not "strong"'],
  [{ ...read, token: '17' }, 'token must be a position, term:lsn such as "2:17", not "17"'],
  [{ ...read, token: 217 }, 'token must be a position, term:lsn such as "2:17", not 217'],
  [{ ...read, token: '2:-1' }, 'token must be a position, term:lsn such as "2:17", not "2:-1"'],
  [{ ...read, from: 'n10' }, 'from must be followers, leader or a replica, n1 to n9, not "n10"'],
  [
    { ...read, level: 'linearizable', from: 'followers' },
    'only the leader serves linearizable reads; leave from out, ',
  ],
  [{ ...read, timeoutMs: -1 }, 'timeoutMs must be a number from 0 to 60000, not -1'],
  [{ ...read, timeoutMs: 60_001 }, 'timeoutMs must be a number from 0 to 60000, not 60001'],
  [{ op: 'temop' }, 'unknown op "temop"; did you mean "tempo"?'],
  [{ op: 'tempo', tempo: 'presto' }, 'tempo must be slow, normal or fast, not "presto"'],
  [{ op: 'mode', mode: 'QUORUM' }, 'mode must be async, quorum or sync, not "QUORUM"'],
  [{ op: 'kill' }, `target is missing; it must be ${words}`],
  [{ op: 'kill', target: 'n0' }, `target must be ${words}, not "n0"`],
  [{ op: 'start', target: 'all', rebuild: true }, 'rebuild is for one replica at a time, such as n2, not for all'],
  [{ op: 'start', target: 'n1', rebuild: 'yes' }, 'rebuild must be true or false'],
  [{ op: 'start', target: ['n1'] }, `target must be ${words}, not ["n1"]`],
  [{ ...link, to: 'n1', fault: { kind: 'cut' } }, 'from and to are both n1; a link is between two replicas'],
  [{ ...link, from: 'all', fault: { kind: 'cut' } }, 'from must be leader or a replica, n1 to n9, not "all"'],
  [{ ...link, to: 'leader', fault: { kind: 'cut' } }, 'to must be all or a replica, n1 to n9, not "leader"'],
  [link, 'fault must be an object such as {"kind":"cut"}, not nothing'],
  [{ ...link, fault: {} }, 'fault has no kind; it must be cut, restore, heal, delay or drop'],
  [{ ...link, fault: { kind: 'slow' } }, 'kind must be cut, restore, heal, delay or drop, not "slow"'],
  [{ ...link, fault: { kind: 'delay' } }, 'ms is missing; it must be a number'],
  [{ ...link, fault: { kind: 'delay', ms: 60_001 } }, 'ms must be a number from 0 to 60000, not 60001'],
  [{ ...link, fault: { kind: 'drop', percent: 101 } }, 'percent must be a number from 0 to 100, not 101'],
  [{ ...link, fault: { kind: 'cut' }, oneWay: 1 }, 'oneWay must be true or false, not 1'],
  [{ op: 'ledger', limit: 0 }, 'limit must be a whole number from 1 to 1000, not 0'],
  [{ op: 'ledger', limit: 1001 }, 'limit must be a whole number from 1 to 1000, not 1001'],
  [{ op: 'ledger', fate: 'ok' }, 'fate must be pending, committed, lost or discarded, not "ok"'],
  [{ op: 'log' }, 'replica is missing; it must be a replica, n1 to n9'],
  [{ op: 'log', replica: 'n1', from: 0 }, 'from must be a whole number of at least 1, not 0'],
  [{ op: 'log', replica: 'n1', limit: 1001 }, 'limit must be a whole number from 1 to 1000, not 1001'],
];

test.each(refused.map(([fields, message]) => [message, fields] as const))('refused: %s', (message, fields) => {
  const { error, request } = parse(fields);
  expect(request).toBeUndefined();
  expect(error?.code).toBe('bad-request');
  expect(error?.message.startsWith(message), error?.message).toBe(true);
  expect(error?.message).not.toMatch(/[\n\r]/);
  expect(error?.message.length).toBeLessThan(200);
});

test.each(['GET / HTTP/1.1', '', '[]', '{"op":"write","key":"x","value":1e999', `{"a":${'['.repeat(100)}`])(
  'a line that is no request is refused in one line: %j',
  (line) => {
    expect(parseRequest(line)).toEqual({
      error: { code: 'bad-request', message: expect.stringMatching(/^(not|nested|a JSON).*; send .*object/) },
    });
  },
);

test('a number too large for JSON is refused, not read as infinite', () => {
  const { error } = parseRequest('{"op":"read","key":"x","timeoutMs":1e999}');
  expect(error?.message).toContain('timeoutMs must be a number from 0 to 60000');
});
