// The cluster file: what it may say, and a line for every mistake in it, with the field's path.
import { describe, expect, test } from 'vitest';
import { parseClusterFile } from '../../core/cluster/cluster-file.ts';
import { parseHostPort } from '../../core/cluster/host-port.ts';

const GOOD = {
  cluster: 'accounts',
  replicas: { n1: '10.0.0.1:7401', n2: '10.0.0.2:7401', n3: '[fd00::3]:7401' },
  router: 'router.example:7400',
  secretFile: 'accounts.secret',
  mode: 'sync',
  tempo: 'slow',
};

const parse = (value: unknown) => parseClusterFile(typeof value === 'string' ? value : JSON.stringify(value));

function mistakes(value: unknown): readonly string[] {
  const parsed = parse(value);
  return 'mistakes' in parsed ? parsed.mistakes : [];
}

test('all fields', () => {
  expect(parse(GOOD)).toEqual({
    file: {
      ...GOOD,
      replicas: new Map([
        ['n1', { host: '10.0.0.1', port: 7401 }],
        ['n2', { host: '10.0.0.2', port: 7401 }],
        ['n3', { host: 'fd00::3', port: 7401 }],
      ]),
      router: { host: 'router.example', port: 7400 },
    },
  });
});

test('what may be left out: the mode and the tempo. Replicas come in order', () => {
  const { cluster, router, secretFile } = GOOD;
  const parsed = parse({ cluster, router, secretFile, replicas: { n2: '127.0.0.3:1', n1: '127.0.0.2:1' } });
  expect(parsed).toMatchObject({ file: { mode: 'quorum', tempo: 'normal' } });
  expect('file' in parsed && [...parsed.file.replicas.keys()]).toEqual(['n1', 'n2']);
});

describe('a mistake is one line', () => {
  const replicas = (changed: object) => ({ ...GOOD, replicas: { ...GOOD.replicas, ...changed } });
  test.each([
    ['{"cluster": "x",', /^no valid JSON: .*position \d+/],
    ['[]', /^must be a JSON object with the fields cluster, replicas, router, secretFile, mode and tempo$/],
    ['null', /^must be a JSON object/],
    [' '.repeat(70_000), /^longer than 65536 characters/],
    [{ ...GOOD, routr: 'x:1' }, /^routr: no such field; did you mean router\?$/],
    [{ ...GOOD, secretfile: 'x' }, /^secretfile: no such field; did you mean secretFile\?$/],
    [{ ...GOOD, 'what\n': 1 }, /^"what\\n": no such field; there are cluster, replicas, router/],
    [{ ...GOOD, cluster: undefined }, /^cluster: is missing; it must be a name of at most 64 letters/],
    [{ ...GOOD, cluster: 'two words' }, /^cluster: must be a name .*, not "two words"$/],
    [{ ...GOOD, cluster: 'x'.repeat(65) }, /^cluster: must be a name of at most 64/],
    [{ ...GOOD, replicas: undefined }, /^replicas: is missing; it must be an object such as \{"n1"/],
    [{ ...GOOD, replicas: ['10.0.0.1:1'] }, /^replicas: must be an object such as/],
    [{ ...GOOD, replicas: {} }, /^replicas: names none; give at least n1$/],
    [replicas({ n10: '10.0.0.4:1' }), /^replicas\.n10: no name of a replica; they are n1 to n9$/],
    [replicas({ n5: '10.0.0.5:1' }), /^replicas\.n4: is missing, though there is n5$/],
    [replicas({ n2: '10.0.0.2' }), /^replicas\.n2: must be HOST:PORT such as 10\.0\.0\.1:7401 .*, not "10\.0\.0\.2"$/],
    [replicas({ n2: '10.0.0.2:0' }), /^replicas\.n2: must be HOST:PORT/],
    [replicas({ n2: 7401 }), /^replicas\.n2: must be HOST:PORT .*, not 7401$/],
    [replicas({ n2: '0.0.0.0:7401' }), /^replicas\.n2: 0\.0\.0\.0 is where one listens, not where others connect/],
    [replicas({ n2: '10.0.0.1:7401' }), /^replicas\.n2: 10\.0\.0\.1:7401 is the address of replicas\.n1 already$/],
    [
      replicas({ n2: '127.0.0.1:7401' }),
      /^replicas\.n2: 127\.0\.0\.1 is reached from its own host only, and replicas\.n1/,
    ],
    [{ ...GOOD, router: '10.0.0.1:7401' }, /^router: 10\.0\.0\.1:7401 is the address of replicas\.n1 already$/],
    [{ ...GOOD, router: undefined }, /^router: is missing; it must be HOST:PORT/],
    [{ ...GOOD, secretFile: '' }, /^secretFile: must be the path of the secret .*, not ""$/],
    [{ ...GOOD, secretFile: undefined }, /^secretFile: is missing; it must be the path of the secret that all share/],
    [{ ...GOOD, mode: 'fast' }, /^mode: must be async, quorum or sync, not "fast"$/],
    [{ ...GOOD, tempo: 1 }, /^tempo: must be slow, normal or fast, not 1$/],
    [
      '{"cluster":"c","router":"h:1","secretFile":"s","replicas":{"n1":"a:1","n1":"b:1"}}',
      /^n1: stands there more than once$/,
    ],
  ])('%j', (value, line) => {
    expect(mistakes(value)).toEqual([expect.stringMatching(line)]);
    expect(mistakes(value)[0]).not.toContain('\n');
  });
});

test('all mistakes are told at once', () => {
  const wrong = { cluster: '', replicas: { n1: 'x', n3: '10.0.0.3:1' }, router: 'y', mode: 'z', more: 1 };
  expect(mistakes(wrong).map((line) => line.split(':')[0])).toEqual([
    ...['more', 'cluster', 'replicas.n1', 'replicas.n2', 'router', 'secretFile', 'mode'],
  ]);
});

test('a router on the loopback of its own host is not a mistake: it dials, and its clients are there', () => {
  expect(mistakes({ ...GOOD, router: '127.0.0.1:7400' })).toEqual([]);
});

test('names that JavaScript has a use for are unknown fields like others', () => {
  expect(mistakes('{"__proto__": {"cluster": "x"}}')).toContainEqual(
    expect.stringMatching(/^__proto__: no such field/),
  );
  expect(mistakes('{"__proto__": {"cluster": "x"}}')).toContainEqual(expect.stringMatching(/^cluster: is missing/));
});

test.each([
  ['10.0.0.1:7401', { host: '10.0.0.1', port: 7401 }],
  ['[::1]:65535', { host: '::1', port: 65535 }],
  ['host-1.example:1', { host: 'host-1.example', port: 1 }],
  ['::1:7401', null],
  ['[host]:7401', null],
  [':7401', null],
  ['7401', null],
  ['host:65536', null],
  ['http://host:80', null],
  ['ho st:80', null],
])('the address %s', (text, address) => {
  expect(parseHostPort(text)).toEqual(address);
});
