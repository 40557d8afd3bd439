// The driver, by the numbers of its invariants and of the contract above Ready.
import { describe, expect, test } from 'vitest';
import { COMPACTION } from '../../core/protocol/compaction.ts';
import { Driver } from '../../core/protocol/driver.ts';
import type { Input, PersistBatch, Ready } from '../../core/protocol/io.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, ORIGIN, type ReplicaId, replicaId, term, writeId } from '../../core/protocol/position.ts';
import { Replica } from '../../core/protocol/replica.ts';
import type { WriteRequest } from '../../core/protocol/requests.ts';
import { timingOf } from '../../core/protocol/timing.ts';
import { FakeClock } from './support/fake-clock.ts';
import { recoveredFrom, seal, sealPiece } from './support/lab-start.ts';

const TICK_MS = 10;
const n1 = replicaId('n1');
const n2 = replicaId('n2');
const n3 = replicaId('n3');

/** A replica that is driven, with all that the driver does in its order. */
class Drive {
  readonly clock = new FakeClock();
  readonly did: string[] = [];
  retries = 0;
  readonly inputs: Input[] = [];
  readonly batches: PersistBatch[] = [];
  readonly driver: Driver;
  onStep: (ready: Ready) => void = () => {};
  onSubmit = (batch: PersistBatch): void => void this.batches.push(batch);

  constructor(members = [n1, n2, n3]) {
    const random = { between: (_low: number, high: number) => high };
    const timing = timingOf('normal');
    const replica = new Replica({
      id: n1,
      members,
      timing,
      random,
      seal,
      sealPiece,
      limits: COMPACTION,
      recovered: recoveredFrom(),
    });
    const log = { submit: (batch: PersistBatch) => this.onSubmit(batch), retry: () => void this.retries++ };
    this.driver = new Driver(replica, log, this.clock, TICK_MS, {
      stepped: (input, ready) => {
        this.inputs.push(input);
        this.did.push(input.type);
        this.onStep(ready);
      },
      send: ({ to, message }) => this.did.push(`${message.type} to ${to}`),
      reply: (reply) => this.did.push(`reply to ${reply.id}`),
      changed: () => {},
    });
  }

  receive(from: ReplicaId, message: PeerMessage): void {
    this.driver.feed({ type: 'receive', from, message });
  }

  /** What it does from now on, while `act` goes. */
  during(act: () => void): readonly string[] {
    this.did.length = 0;
    act();
    return [...this.did];
  }

  persistAll(): void {
    for (const { number } of this.batches.splice(0)) this.driver.persisted(number);
  }
}

const voteRequest = (of: number): PeerMessage => ({
  type: 'vote-request',
  phase: 'vote',
  term: term(of),
  last: ORIGIN,
});
const heartbeat = (of: number): PeerMessage => ({
  ...{ type: 'heartbeat', term: term(of), round: 1, atMs: 0, sentLsn: lsn(0), committedLsn: lsn(0), rejoin: null },
});
const write = (id: string, inTerm = 1): WriteRequest => ({
  ...{ id: writeId(id), term: term(inTerm), mode: 'async', session: null },
  command: { op: 'put', key: 'k', value: id },
});

describe('time', () => {
  test('is told before what came after it, and how long a stopped process was away (1)', () => {
    const drive = new Drive();
    drive.clock.sleep(1000);
    expect(drive.during(() => drive.receive(n2, heartbeat(1)))).toEqual(['tick', 'receive']);
    expect(drive.inputs[0]).toEqual({ type: 'tick', elapsedMs: 1000 });
  });

  test('is told every tick, a hair less than one among them, and not between two', () => {
    const drive = new Drive();
    drive.clock.sleep(TICK_MS / 2);
    expect(drive.during(() => drive.receive(n2, heartbeat(1)))).toEqual(['receive']);
    drive.clock.sleep(TICK_MS / 2 - 1e-9);
    expect(drive.during(() => drive.receive(n2, heartbeat(1)))).toEqual(['tick', 'receive']);
    expect(drive.during(() => drive.clock.pass(3 * TICK_MS))).toEqual(['tick', 'tick', 'tick']);
  });

  test('is told as often as the new timing wants', () => {
    const drive = new Drive();
    drive.driver.retime(timingOf('fast'), 2);
    expect(drive.during(() => drive.clock.pass(6))).toEqual(['tick', 'tick', 'tick']);
    // What waits for room on the disk is tried again with each.
    expect(drive.retries).toBe(3);
  });
});

describe('the disk', () => {
  test('is waited for by what must be on it, batch by batch', () => {
    const drive = new Drive();
    expect(drive.during(() => drive.receive(n2, voteRequest(1)))).toEqual(['receive']);
    expect(drive.during(() => drive.receive(n3, voteRequest(2)))).toEqual(['receive']);
    const [first, second] = drive.batches;
    expect(drive.during(() => drive.driver.persisted(first?.number ?? 0))).toEqual(['vote-reply to n2', 'persisted']);
    expect(drive.during(() => drive.driver.persisted(second?.number ?? 0))).toEqual(['vote-reply to n3', 'persisted']);
  });
});

describe('writes', () => {
  const leading = (): Drive => {
    const drive = new Drive([n1]);
    drive.clock.pass(300);
    drive.persistAll();
    drive.persistAll();
    expect(drive.driver.status()).toMatchObject({ role: 'leader', term: 1 });
    return drive;
  };

  test('of one turn are proposed together', () => {
    const drive = leading();
    drive.driver.propose(write('w1'));
    drive.driver.propose(write('w2'));
    expect(drive.during(() => drive.clock.turn())).toEqual(['propose']);
    expect(drive.during(() => drive.persistAll())).toEqual(['persisted', 'reply to w1', 'reply to w2']);
  });

  test('that come while the log has something to write are proposed once it has, together (3)', () => {
    const drive = leading();
    drive.driver.propose(write('w1'));
    drive.clock.turn();
    drive.driver.propose(write('w2'));
    drive.driver.propose(write('w3'));
    expect(drive.during(() => drive.clock.turn())).toEqual([]);
    expect(drive.during(() => drive.persistAll())).toEqual(['persisted', 'reply to w1', 'propose']);
    expect(drive.during(() => drive.persistAll())).toEqual(['persisted', 'reply to w2', 'reply to w3']);
  });

  test('do so at the next tick at the latest (3)', () => {
    const drive = leading();
    drive.driver.propose(write('w1'));
    drive.clock.turn();
    drive.driver.propose(write('w2'));
    drive.clock.turn();
    expect(drive.during(() => drive.clock.pass(TICK_MS))).toEqual(['tick', 'propose']);
    expect(drive.during(() => drive.persistAll())).toEqual([
      ...['persisted', 'reply to w1'],
      ...['persisted', 'reply to w2'],
    ]);
  });

  test('may be durable at once: that is the next step, and all that the first one wants comes before it (2)', () => {
    const drive = leading();
    drive.onSubmit = (batch) => drive.driver.persisted(batch.number);
    drive.driver.propose(write('w1'));
    drive.driver.propose(write('for an earlier leader', 0));
    expect(drive.during(() => drive.clock.turn())).toEqual([
      ...['propose', 'reply to for an earlier leader'],
      ...['persisted', 'reply to w1'],
    ]);
  });

  test('come before what is fed after them (3)', () => {
    const drive = leading();
    drive.driver.propose(write('w1'));
    const read = { id: 'r1', key: 'k', level: 'any', token: ORIGIN } as const;
    expect(drive.during(() => drive.driver.feed({ type: 'read', read }))).toEqual(['propose', 'read', 'reply to r1']);
    expect(drive.during(() => drive.clock.turn())).toEqual([]);
  });
});

describe('a driver that is stopped', () => {
  test('takes no further step (4)', () => {
    const drive = new Drive();
    drive.driver.stop();
    const went = drive.during(() => {
      drive.clock.pass(5000);
      drive.receive(n2, heartbeat(1));
      drive.driver.retime(timingOf('fast'), 2);
      drive.clock.pass(5000);
    });
    expect(went).toEqual([]);
    expect(drive.clock.timers).toBe(0);
  });

  test('by an assertion that fails, does nothing that the step wants, and nothing more (4)', () => {
    const drive = new Drive();
    drive.onStep = () => {
      throw new Error('cannot be');
    };
    expect(() => drive.receive(n2, heartbeat(1))).toThrow('cannot be');
    drive.onStep = () => {};
    expect(drive.during(() => drive.receive(n2, heartbeat(1)))).toEqual([]);
  });
});
