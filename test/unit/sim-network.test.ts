import { describe, expect, test } from 'vitest';
import type { Heartbeat, PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, term } from '../../core/protocol/position.ts';
import { Draw } from '../../core/sim/draw.ts';
import { Network, type NetworkParts } from '../../core/sim/network.ts';
import { Schedule } from '../../core/sim/schedule.ts';

const NO_FAULTS = { drop: 0, duplicate: 0, late: 0 };

/** Three replicas that write down what they hear, as in `1→2 7` and `2 lost 1`. */
class Heard {
  readonly schedule = new Schedule();
  readonly lines: string[] = [];
  readonly network: Network;

  constructor(parts: Partial<NetworkParts> = {}) {
    this.network = new Network({
      schedule: this.schedule,
      draw: new Draw(1, 'network'),
      ends: {
        deliver: (to, from, message) => this.lines.push(`${from}→${to} ${(message as Heartbeat).round}`),
        closed: (at, peer) => this.lines.push(`${at} lost ${peer}`),
      },
      size: 3,
      kind: 'tcp',
      delayMs: 10,
      redialMs: 50,
      lateMs: 100,
      faults: NO_FAULTS,
      freezes: true,
      ...parts,
    });
    for (const index of [0, 1, 2]) this.network.started(index);
    this.settle();
  }

  settle(): void {
    while (this.schedule.step());
  }

  send(from: number, to: number, ...rounds: number[]): void {
    for (const round of rounds) this.network.send(from, to, heartbeat(round));
  }

  /** What was heard since the last time. */
  take(): string[] {
    this.settle();
    return this.lines.splice(0);
  }
}

const heartbeat = (round: number): PeerMessage => ({
  type: 'heartbeat',
  term: term(1),
  round,
  atMs: 0,
  sentLsn: lsn(0),
  committedLsn: lsn(0),
  rejoin: null,
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const lines = (count: number): string[] => numbers(count).map((round) => `0→1 ${round}`);

describe('over TCP', () => {
  test('messages arrive in the order in which they were sent, also when the link gets faster', () => {
    const heard = new Heard();
    heard.network.lag(0, 1, 500);
    heard.send(0, 1, ...numbers(50));
    heard.network.lag(0, 1, 0);
    for (const round of numbers(50)) heard.send(0, 1, 50 + round);
    expect(heard.take()).toEqual(lines(100));
  });

  test('a connection that dies takes with it what is under way, and both ends hear of it', () => {
    const heard = new Heard();
    heard.send(0, 1, 1, 2);
    heard.send(1, 0, 3);
    heard.network.close(0, 1);
    heard.send(0, 1, 4);
    expect(heard.take().sort()).toEqual(['0 lost 1', '1 lost 0', '1→0 3']);
    heard.send(0, 1, 5);
    expect(heard.take()).toEqual(['0→1 5']);
  });

  test('those who live hear of a death, once for each connection, and can talk to the next process', () => {
    const heard = new Heard();
    heard.send(1, 2, 1);
    heard.network.died(2);
    heard.send(0, 2, 2);
    expect(heard.take().sort()).toEqual(['0 lost 2', '0 lost 2', '1 lost 2', '1 lost 2']);
    heard.network.started(2);
    heard.settle();
    heard.send(0, 2, 3);
    heard.send(2, 0, 4);
    expect(heard.take().sort()).toEqual(['0→2 3', '2→0 4']);
  });

  test('no news of a death comes through a cut link', () => {
    const heard = new Heard();
    heard.network.cut(2, 0);
    heard.network.died(2);
    expect(heard.take()).toEqual(['1 lost 2', '1 lost 2']);
  });
});

describe('a cut', () => {
  test.each(['tcp', 'datagrams'] as const)('over %s loses what is under way and what is sent, one way', (kind) => {
    const heard = new Heard({ kind });
    heard.send(0, 1, 1);
    heard.network.cut(0, 1);
    heard.send(0, 1, 2);
    heard.send(1, 0, 3);
    expect(heard.take()).toEqual(['1→0 3']);
    heard.network.uncut(0, 1);
    heard.send(0, 1, 4);
    expect(heard.take()).toEqual(['0→1 4']);
  });
});

describe('datagrams', () => {
  test('overtake each other and come twice, and none is made up', () => {
    const heard = new Heard({ kind: 'datagrams', faults: { drop: 0, duplicate: 1, late: 1 } });
    heard.send(0, 1, ...numbers(200));
    const came = heard.take();
    expect(new Set(came)).toEqual(new Set(lines(200)));
    expect(came.length).toBeGreaterThan(200);
    expect(came).not.toEqual(lines(came.length));
  });

  test('get lost', () => {
    const heard = new Heard({ kind: 'datagrams', faults: { drop: 1, duplicate: 0, late: 0 } });
    heard.send(0, 1, ...numbers(200));
    const came = heard.take().length;
    expect(came).toBeGreaterThan(100);
    expect(came).toBeLessThan(190);
    expect(heard.network.dropped).toBe(200 - came);
  });
});

test('once all is healed nothing is lost, late or cut', () => {
  const heard = new Heard({ kind: 'datagrams', faults: { drop: 1, duplicate: 1, late: 1 }, delayMs: 0 });
  heard.network.cut(0, 1);
  heard.network.lag(0, 1, 1000);
  heard.network.heal();
  heard.send(0, 1, ...numbers(100));
  expect(heard.take()).toEqual(lines(100));
});

test('what is sent cannot be changed any more', () => {
  const heard = new Heard();
  const message = heartbeat(1) as { round: number };
  heard.network.send(0, 1, message as PeerMessage);
  expect(() => {
    message.round = 2;
  }).toThrow('read only');
});
