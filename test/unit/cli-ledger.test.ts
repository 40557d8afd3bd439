import { afterEach, expect, test } from 'vitest';
import { run } from './support/fake-io.ts';
import { FakeRouter } from './support/fake-router.ts';

const routers: FakeRouter[] = [];
afterEach(async () => {
  for (const router of routers.splice(0)) await router.close();
});

/** Runs a command against a router that gives this one answer. */
async function against(reply: object, argv: readonly string[]) {
  const router = new FakeRouter(() => reply);
  routers.push(router);
  await router.listen();
  const { exit, io } = await run(argv, { LOCKSTEP_ADDR: router.addr });
  const records = argv.includes('--json') ? io.records : [];
  return { exit, out: io.stdout, err: io.stderr, records, asked: router.asked };
}

const write = { id: 'w9', key: 'k', mode: 'async', outcome: 'ok', position: '1:9', durableOn: ['n1'], ms: 1.26 };
const writes = [
  { ...write, fate: 'lost', leader: 'n1' },
  { ...write, id: 'w10', mode: 'quorum', durableOn: ['n1', 'n2'], ms: 12, fate: 'committed', leader: 'n1' },
  {
    ...write,
    id: 'w11',
    key: '🐎\n',
    outcome: 'unknown',
    position: null,
    durableOn: [],
    ms: 2201,
    fate: 'pending',
    code: 'acknowledge-timeout',
  },
  {
    ...write,
    id: 'w12',
    key: 'x'.repeat(50),
    outcome: 'rejected',
    position: null,
    durableOn: [],
    fate: null,
    code: 'no-quorum',
  },
];

test('ledger is a table', async () => {
  const result = { v: 1, writes };
  const { exit, out, asked } = await against(result, ['ledger']);
  expect({ exit, asked }).toEqual({ exit: 0, asked: [{ op: 'ledger' }] });
  expect(`\n${out}`).toMatchInlineSnapshot(`
    "
    id   key                                       mode    outcome   position  durable on      ms  fate       why
    w9   k                                         async   ok        1:9       n1             1.3  lost
    w10  k                                         quorum  ok        1:9       n1 n2         12.0  committed
    w11  🐎\\n                                      async   unknown   -         -           2201.0  pending    acknowledge-timeout
    w12  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  async   rejected  -         -              1.3  -          no-quorum
    "
  `);
  const json = await against(result, ['ledger', '--json', '--lost', '--limit', '5']);
  expect(json).toMatchObject({ exit: 0, records: [result], asked: [{ op: 'ledger', limit: 5, fate: 'lost' }] });
});

test.each([
  ['ledger', 'no write has been answered yet'],
  ['ledger --lost', 'no write is lost'],
  ['ledger --fate pending', 'no write is pending'],
])('%s that is empty says so in one line', async (words, line) => {
  const result = { v: 1, writes: [] };
  expect(await against(result, words.split(' '))).toMatchObject({ exit: 0, out: `${line}\n`, err: '' });
  expect(await against(result, [...words.split(' '), '--json'])).toMatchObject({ exit: 0, records: [result] });
});

test('a ledger that is refused is a failure', async () => {
  const refusal = { v: 1, error: { code: 'bad-request', message: 'unknown op "ledger"' } };
  expect(await against(refusal, ['ledger'])).toMatchObject({
    exit: 1,
    out: '',
    err: 'lockstep: unknown op "ledger"\n',
  });
});
