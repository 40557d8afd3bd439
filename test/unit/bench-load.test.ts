// The benchmark's client: what it sends, how it reads what comes back, and what it counts.
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { dialectOf, routerAnswer } from '../../cli/bench/dialect.ts';
import { Lane } from '../../cli/bench/lane.ts';
import type { LoadPlan } from '../../cli/bench/load-plan.ts';
import { closedLoop, OpenLoop } from '../../cli/bench/pace.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import { parseRequest } from '../../core/wire/requests.ts';
import { FakeSocket } from './support/fake-socket.ts';

const plan: LoadPlan = {
  to: { path: 'router', host: '127.0.0.1', port: 1 },
  connections: 1,
  inFlight: 2,
  rate: null,
  mode: 'sync',
  readPercent: 0,
  level: 'token',
  token: null,
  valueBytes: 8,
  keys: 10,
};

afterEach(() => void vi.useRealTimers());

describe('what it says to the router', () => {
  const dialect = dialectOf(plan, 'b1');

  test('is what the router takes for a write, its value as long as asked for and never the same', () => {
    expect(parseRequest(dialect.write(1, 23).trimEnd())).toEqual({
      id: 1,
      request: { op: 'write', key: 'bench-3', value: '23-xxxxx', mode: 'sync' },
    });
    expect(dialect.write(0, 1)).not.toBe(dialect.write(0, 11));
  });

  test('and for a read, with the token that it has', () => {
    const token = '2:17' as PositionText;
    expect(parseRequest(dialect.read(0, 5, token).trimEnd()).request).toMatchObject({ key: 'bench-5', token });
    expect(parseRequest(dialect.read(0, 5, null).trimEnd()).request).not.toHaveProperty('token');
  });
});

describe('what the router says', () => {
  const written = { v: 1, writeId: 'w', outcome: 'ok', position: '2:17', token: '2:17', mode: 'quorum', durableOn: [] };
  const read = { v: 1, found: true, value: '"error":', servedBy: 'n1' };

  test.each<[string, object, ReturnType<typeof routerAnswer>]>([
    ['a write', { id: 7, ...written }, { slot: 7, outcome: 'ok', position: '2:17' }],
    ['with other fields first', { ...written, id: 7 }, { slot: 7, outcome: 'ok', position: null }],
    ['one refused', { id: 0, ...written, outcome: 'rejected' }, { slot: 0, outcome: 'rejected', position: null }],
    ['one unknown', { id: 0, ...written, outcome: 'unknown' }, { slot: 0, outcome: 'unknown', position: null }],
    ['a read', { id: 3, ...read }, { slot: 3, outcome: 'ok', position: null }],
    ['of nothing', { id: 3, ...read, found: false }, { slot: 3, outcome: 'ok', position: null }],
    [
      'one failed',
      { id: 3, ...read, found: false, error: { code: 'not-caught-up' } },
      { slot: 3, outcome: 'rejected', position: null },
    ],
    ['no answer to a request', { id: 3, v: 1, ok: true }, { slot: 3, outcome: 'rejected', position: null }],
    [
      'a bad request',
      { id: 3, v: 1, error: { message: '"found":true' } },
      { slot: 3, outcome: 'rejected', position: null },
    ],
    ['nobody’s', { v: 1, type: 'event' }, null],
  ])('%s', (_what, line, answer) => {
    expect(routerAnswer(JSON.stringify(line))).toEqual(answer);
  });
});

describe('a connection', () => {
  test('has as many requests under way as it may, and sends what a packet lets it send in one write', () => {
    const { lane, socket, sent } = laneOf({ inFlight: 2 });
    lane.pump(0);
    expect(sent).toEqual([2]);
    socket.receive(Buffer.from(`${ok(0)}${ok(1)}`));
    expect(sent).toEqual([2, 2]);
    expect(lane.underWay).toBe(2);
  });

  test('takes answers cut anywhere, and each once', () => {
    const { lane, socket, outcomes } = laneOf({ inFlight: 2 });
    lane.pump(0);
    for (const byte of Buffer.from(`${ok(1)}${ok(0)}`)) socket.receive(Buffer.of(byte));
    expect(outcomes).toEqual(['ok', 'ok']);
    expect(() => socket.receive(Buffer.from(ok(9)))).toThrow('an answer nobody waits for: 9');
  });

  test('what is under way when it is lost is unknown', () => {
    const { lane, socket, outcomes } = laneOf({ inFlight: 3 });
    lane.pump(0);
    socket.receive(Buffer.from(ok(2)));
    socket.destroy();
    expect(outcomes).toEqual(['ok', 'unknown', 'unknown', 'unknown', 'lost']);
    expect(lane.underWay).toBe(0);
  });

  test('after a refusal it waits a moment', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { lane, socket, sent, outcomes } = laneOf({ inFlight: 1 });
    lane.pump(0);
    socket.receive(Buffer.from(`{"id":0,"v":1,"outcome":"rejected"}\n`));
    expect({ sent: sent.length, outcomes }).toEqual({ sent: 1, outcomes: ['rejected'] });
    vi.advanceTimersByTime(20);
    expect(sent).toHaveLength(2);
  });

  test('writes are evenly spread among reads, which carry the last write’s token', () => {
    const asked: string[] = [];
    const { lane, socket } = laneOf({ inFlight: 1, writePercent: 5, asked });
    lane.pump(0);
    for (let n = 0; n < 199; n++) socket.receive(Buffer.from(ok(0, n)));
    const writes = asked.flatMap((text, n) => (text.includes('"op":"write"') ? [n] : []));
    expect(writes).toEqual([19, 39, 59, 79, 99, 119, 139, 159, 179, 199]);
    expect(asked[1]).toContain('"token":"1:0"');
    expect(asked[2]).toContain('"token":"1:1"');
  });
});

describe('pace', () => {
  test('a closed loop asks as soon as it may', () => {
    expect([closedLoop.next(5), closedLoop.next(5)]).toEqual([5, 5]);
  });

  test('in an open loop each request has its time, and is counted from it when it is late', () => {
    const pace = new OpenLoop(100, 1000);
    expect([pace.next(999), pace.next(1000), pace.next(1000)]).toEqual([null, 1000, null]);
    expect(pace.behind(1055)).toBe(4);
    expect([1, 2, 3, 4, 5, 6].map(() => pace.next(1055))).toEqual([1010, 1020, 1030, 1040, 1050, null]);
  });
});

/** How the router acknowledges what stands in a slot. */
const ok = (slot: number, at = 1): string =>
  `{"id":${slot},"v":1,"writeId":"w","outcome":"ok","position":"1:${at}","durableOn":[]}\n`;

function laneOf({ inFlight = 1, writePercent = 100, asked = [] as string[] }) {
  /** How many requests each write to the socket held. */
  const sent: number[] = [];
  const outcomes: string[] = [];
  const socket = Object.assign(new FakeSocket(), {
    write: (text: string) => {
      const lines = text.trimEnd().split('\n');
      asked.push(...lines);
      sent.push(lines.length);
    },
  });
  const lane = new Lane(
    {
      socket: socket as unknown as Socket,
      dialect: dialectOf(plan, 'b1'),
      pace: closedLoop,
      ...{ inFlight, writePercent, token: null, first: 0 },
    },
    { onOutcome: (outcome) => outcomes.push(outcome), onLost: () => outcomes.push('lost') },
  );
  return { lane, socket, sent, outcomes, asked };
}
