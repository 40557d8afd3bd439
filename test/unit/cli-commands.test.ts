import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { FakeIo, run } from './support/fake-io.ts';
import { type FakeReply, type FakeRequest, FakeRouter } from './support/fake-router.ts';

const routers: FakeRouter[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const router of routers.splice(0)) await router.close();
});

async function start(answer: ConstructorParameters<typeof FakeRouter>[0]): Promise<FakeRouter> {
  const router = new FakeRouter(answer);
  routers.push(router);
  return router.listen();
}

/** Runs a command against a router that gives this one answer. */
async function against(reply: FakeReply, argv: readonly string[]) {
  const router = await start(() => reply);
  const { exit, io } = await run(argv, { LOCKSTEP_ADDR: router.addr });
  return {
    exit,
    out: io.stdout,
    err: io.stderr,
    records: argv.includes('--json') ? io.records : [],
    asked: router.asked,
  };
}

const ok = { v: 1, outcome: 'ok', position: '2:17', token: '2:17', mode: 'quorum', durableOn: ['n1', 'n2'], ms: 1.26 };
const rejected = {
  v: 1,
  outcome: 'rejected',
  position: null,
  mode: 'sync',
  durableOn: [],
  ms: 1,
  error: { code: 'follower-down', message: 'n3 is down' },
};
const unknown = {
  v: 1,
  outcome: 'unknown',
  position: '2:18',
  mode: 'quorum',
  durableOn: ['n1'],
  ms: 2000,
  error: { code: 'acknowledge-timeout', message: 'not acknowledged within 2 s' },
};

test.each([
  ['ok', ok, 0, 'ok 2:17 (quorum, durable on n1 n2, 1.3 ms)\ntoken 2:17\n'],
  [
    'replaces',
    { ...ok, replaces: '1:9' },
    0,
    'ok 2:17 (quorum, durable on n1 n2, 1.3 ms); replaces 1:9, which was lost\n',
  ],
  ['rejected', rejected, 1, 'rejected, nothing was written: n3 is down\n'],
  ['unknown', unknown, 4, 'unknown 2:18: not acknowledged within 2 s\n'],
  [
    'refused',
    { v: 1, error: { code: 'bad-request', message: 'no \x1b' } },
    1,
    'rejected, nothing was written: no \\x1b\n',
  ],
])('write: %s', async (_what, reply, exit, out) => {
  const plain = await against(reply, ['write', 'x', '1']);
  expect(plain).toMatchObject({ exit, err: '', asked: [{ op: 'write', key: 'x', value: '1' }] });
  expect(plain.out.startsWith(out), plain.out).toBe(true);
  const json = await against(reply, ['put', 'x', '1', '--json', '--mode', 'sync']);
  expect(json).toMatchObject({ exit, err: '', records: [reply] });
  expect(json.asked).toEqual([{ op: 'write', key: 'x', value: '1', mode: 'sync' }]);
});

test('delete is a write', async () => {
  const plain = await against(ok, ['delete', 'x', '--mode', 'async']);
  expect(plain).toMatchObject({ exit: 0, asked: [{ op: 'delete', key: 'x', mode: 'async' }] });
  expect((await against(ok, ['del', 'x'])).asked).toEqual([{ op: 'delete', key: 'x' }]);
});

test('a value that is only digits, looks like an option or is empty is a value', async () => {
  expect((await against(ok, ['write', 'x', ''])).asked).toEqual([{ op: 'write', key: 'x', value: '' }]);
  expect((await against(ok, ['write', '--', '-x', '--count'])).asked).toEqual([
    { op: 'write', key: '-x', value: '--count' },
  ]);
});

test('write --count numbers the values, prints each result in order, and ends as the worst', async () => {
  const replies = [ok, rejected, unknown, ok];
  const router = await start((request) => replies[Number(String(request.value).slice(1)) - 1]);
  const { exit, io } = await run(['write', 'x', 'v', '--count', '4', '--json', '--addr', router.addr]);
  expect(exit).toBe(4);
  expect(io.records).toEqual(replies);
  expect(router.asked.map(({ key, value }) => `${key} ${value}`)).toEqual(['x v1', 'x v2', 'x v3', 'x v4']);
});

test('write --count of many is summed up for people', async () => {
  const router = await start((request) => (request.value === 'v7' ? rejected : ok));
  const { exit, io } = await run(['write', 'x', 'v', '--count', '200', '--addr', router.addr]);
  expect(exit).toBe(1);
  const [summary, ...rest] = io.stdout.split('\n');
  expect(summary).toMatch(/^200 writes in \d+\.\d s: 199 ok, 1 rejected, 0 unknown$/);
  expect(rest).toEqual(['first: rejected, nothing was written: n3 is down', 'token 2:17', '']);
});

test('a write whose connection goes before the answer is unknown; those after it are not sent', async () => {
  const router = await start((request, socket) => {
    if (request.value !== 'v2') return ok;
    socket.destroy();
    return undefined;
  });
  const { exit, io } = await run(['write', 'x', 'v', '--count', '1000', '--json', '--addr', router.addr]);
  expect(exit).toBe(4);
  const last = io.records.at(-1);
  const outcomes = io.records.slice(0, -1);
  // As many as may be under way, and one more if the first answer came before the end.
  expect([64, 65]).toContain(outcomes.length);
  expect(outcomes.slice(1).every(({ outcome }) => outcome === 'unknown')).toBe(true);
  expect(outcomes[1]).toMatchObject({ position: null, mode: null, error: { code: 'connection-lost' } });
  expect(last).toEqual({
    v: 1,
    error: {
      code: 'connection-lost',
      message: `the connection was lost: ${1000 - outcomes.length} writes were not sent`,
    },
  });
});

const found = {
  v: 1,
  found: true,
  value: '1\x1b[2J\u202e\x9b',
  servedBy: 'n2',
  position: '2:17',
  committed: true,
  token: '2:17',
  waitedMs: 0,
  why: 'it holds 2:17',
  candidates: [],
};
const failed = { ...found, found: false, value: null, servedBy: null, position: null, token: '2:20', waitedMs: 1000 };
const rolledBack = { ...failed, error: { code: 'rolled-back', message: '2:17 is not in the history' } };

test.each([
  ['found', found, 0, 'x = 1\\x1b[2J\\u202e\\x9b\nat 2:17, from n2: it holds 2:17\ntoken 2:17\n'],
  [
    'not there',
    { ...found, found: false, value: null, committed: false, token: null, waitedMs: 12.4 },
    0,
    'x is not there\nat 2:17 (not all of it committed), from n2, in 12 ms: it holds 2:17\n',
  ],
  ['rolled back', rolledBack, 1, 'rolled-back: 2:17 is not in the history\ntoken 2:20\n'],
])('read: %s', async (_what, reply, exit, out) => {
  expect(await against(reply, ['read', 'x'])).toMatchObject({ exit, out, err: '' });
  const json = await against(reply, ['get', 'x', '--json']);
  expect(json).toMatchObject({ exit, err: '', records: [reply] });
  expect(json.out).toMatch(/^[\x20-\x7e]+\n$/);
});

test.each([
  [['read', 'x'], { level: 'any' }],
  [['read', 'x', '--token', '02:17'], { level: 'token', token: '2:17' }],
  [['read', 'x', '--linearizable', '--from', 'leader'], { level: 'linearizable', from: 'leader' }],
  [
    ['read', 'x', '--token', '2:17', '--from', 'n2', '--timeout', '0'],
    { level: 'token', token: '2:17', from: 'n2', timeoutMs: 0 },
  ],
])('%j asks for its level', async (argv, fields) => {
  expect((await against(found, argv)).asked).toEqual([{ op: 'read', key: 'x', ...fields }]);
});

test.each<[string, object]>([
  ['mode sync', { op: 'mode', mode: 'sync' }],
  ['tempo slow', { op: 'tempo', tempo: 'slow' }],
  ['kill leader', { op: 'kill', target: 'leader' }],
  ['stop followers', { op: 'stop', target: 'followers' }],
  ['pause n1', { op: 'pause', target: 'n1' }],
  ['resume all', { op: 'resume', target: 'all' }],
  ['start n9', { op: 'start', target: 'n9' }],
  ['power-cut all', { op: 'power-cut', target: 'all' }],
  ['link n1 n2 cut', { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'cut' } }],
  ['link n1 all heal', { op: 'link', from: 'n1', to: 'all', fault: { kind: 'heal' } }],
  [
    'link n1 n2 delay=200 --one-way',
    { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'delay', ms: 200 }, oneWay: true },
  ],
  ['link n1 n2 delay=0.5ms', { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'delay', ms: 0.5 } }],
  ['link n1 n2 drop=10%', { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'drop', percent: 10 } }],
  ['link leader all cut', { op: 'link', from: 'leader', to: 'all', fault: { kind: 'cut' } }],
  ['link n1 all restore', { op: 'link', from: 'n1', to: 'all', fault: { kind: 'restore' } }],
  ['link n1 n2 delay=0', { op: 'link', from: 'n1', to: 'n2', fault: { kind: 'delay', ms: 0 } }],
  ['heal', { op: 'heal' }],
])('%s', async (words, request) => {
  const done = { v: 1, ok: true, message: 'done\nso' };
  expect(await against(done, words.split(' '))).toMatchObject({
    exit: 0,
    out: 'done\\nso\n',
    err: '',
    asked: [request],
  });
  const refused = { v: 1, ok: false, error: { code: 'control-failed', message: 'n1 is\ndown' } };
  expect(await against(refused, words.split(' '))).toMatchObject({ exit: 1, out: '', err: 'lockstep: n1 is down\n' });
  expect(await against(refused, [...words.split(' '), '--json'])).toMatchObject({
    exit: 1,
    records: [refused],
    err: '',
  });
});

test('mode alone says which one it is', async () => {
  const reply = { v: 1, ok: true, mode: 'sync', message: 'writes are sync' };
  expect(await against(reply, ['mode'])).toMatchObject({ exit: 0, out: 'sync\n', asked: [{ op: 'mode' }] });
});

test('tempo alone says which one it is', async () => {
  const reply = { v: 1, ok: true, tempo: 'fast', message: 'the tempo is fast now' };
  expect(await against(reply, ['tempo'])).toMatchObject({ exit: 0, out: 'fast\n', asked: [{ op: 'tempo' }] });
  expect((await against(reply, ['tempo', '--json'])).records).toEqual([reply]);
});

test('a change whose connection goes before the answer may be made: unknown', async () => {
  const router = await start((_request, socket) => void socket.destroy());
  const control = await run(['kill', 'leader', '--json', '--addr', router.addr]);
  expect(control.exit).toBe(4);
  expect(control.io.records).toMatchObject([{ error: { code: 'connection-lost' } }]);
  expect((await run(['read', 'x', '--addr', router.addr])).exit).toBe(3);
});

test('down waits for the end, not for the answer alone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const router = await start(({ op }) => {
    if (op === 'down') vi.advanceTimersByTime(10_000);
    return { v: 1, ok: true };
  });
  const { exit, io } = await run(['down', '--addr', router.addr]);
  expect(exit).toBe(1);
  expect(io.stderr).toBe('lockstep: the cluster said it would stop, and did not within 10 s\n');
});

test.each([true, false])('down waits until the connection is closed; answered before: %s', async (isAnswered) => {
  const router = await start(({ op }, socket) => {
    if (op !== 'down') return { v: 1, ok: true };
    queueMicrotask(() => socket.end());
    return isAnswered ? { v: 1, ok: true, message: 'stopping' } : undefined;
  });
  const { exit, io } = await run(['down', '--addr', router.addr]);
  expect({ exit, out: io.stdout, err: io.stderr }).toEqual({ exit: 0, out: 'stopped\n', err: '' });
});

test('log asks page by page', async () => {
  const entry = (lsn: number) => ({
    position: `2:${lsn}`,
    id: 'w1',
    op: 'put',
    key: 'k',
    value: 'v',
    mode: 'sync',
    committed: lsn < 3,
    durable: true,
  });
  const answer = ({ from }: FakeRequest) => {
    const first = Number(from);
    // Pages are shorter than asked for, and the log grows meanwhile.
    const entries = Array.from({ length: 501 }, (_, i) => entry(first + i));
    return { v: 1, replica: 'n1', entries, lastLsn: 1000 + first };
  };
  const router = await start(answer);
  const { exit, io } = await run(['log', 'n1', '--addr', router.addr]);
  expect(exit).toBe(0);
  const lines = io.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(1002);
  expect(lines.slice(0, 3)).toEqual([
    '2:1       committed  sync    k = v',
    '2:2       committed  sync    k = v',
    '2:3       durable    sync    k = v',
  ]);
  expect(router.asked.map(({ from, limit }) => [from, limit])).toEqual([
    [1, 1000],
    [502, 1000],
  ]);
});

test('log says what is in a snapshot: at its beginning, or all of it', async () => {
  const entry = { position: '2:8', id: null, op: 'noop', key: null, value: null, mode: null };
  const entries = [{ ...entry, committed: true, durable: true }];
  const some = await start(() => ({ v: 1, replica: 'n1', entries, lastLsn: 8 }));
  const shown = (await run(['log', 'n1', '--addr', some.addr])).io.stdout.split('\n');
  expect(shown[0]).toBe('entries up to 7 are in a snapshot');
  expect(shown[1]).toContain('2:8');
  expect((await run(['log', 'n1', '--from', '8', '--addr', some.addr])).io.stdout).not.toContain('snapshot');
  const none = await start(() => ({ v: 1, replica: 'n1', entries: [], lastLsn: 8 }));
  expect((await run(['log', 'n1', '--addr', none.addr])).io.stdout).toBe('entries up to 8 are in a snapshot\n');
  expect((await run(['log', 'n1', '--from', '9', '--addr', none.addr])).io.stdout).toBe('');
});

test('what is unexpected is one line, and the stack only for who asks', async () => {
  const router = await start(() => ({ v: 1, replica: 'n1' }));
  const plain = await run(['log', 'n1', '--addr', router.addr]);
  expect(plain.exit).toBe(1);
  expect(plain.io.stderr).toMatch(/^lockstep: unexpected: [^\n]+; LOCKSTEP_DEBUG=1 shows where\n$/);
  const debug = await run(['log', 'n1', '--addr', router.addr], { LOCKSTEP_DEBUG: '1' });
  expect(debug.io.stderr).toMatch(/\n {4}at /);
});

test('attach without a terminal prints what happens until it is stopped', async () => {
  const event = { n: 1, at: 0, what: { type: 'mode', mode: 'sync' } };
  const router = await start((_request, socket) => {
    socket.write(`${JSON.stringify({ v: 1, type: 'event', event })}\n`);
    return { v: 1, ok: true };
  });
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  const ran = main(['attach', '--json'], io);
  await io.until(() => io.stdout !== '');
  io.stop('SIGTERM');
  expect(await ran).toBe(143);
  const text = 'writes are sync from now on: acknowledged once every replica has it on disk';
  expect(io.records).toEqual([{ v: 1, event: 'happened', ...event, text }]);
  expect(io.isListening).toBe(false);
});
