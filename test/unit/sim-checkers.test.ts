// The checkers catch what is broken by hand: what a replica, its disk or its log does is falsified on the way, in whole
// runs, and the run fails with the name of what was violated. A checker that nothing can upset would check nothing.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GuaranteeWatch } from '../../core/observe/guarantees.ts';
import { Ledger } from '../../core/observe/ledger.ts';
import type { Input, Ready } from '../../core/protocol/io.ts';
import type { Envelope, PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, ORIGIN } from '../../core/protocol/position.ts';
import { Replica } from '../../core/protocol/replica.ts';
import type { Reply } from '../../core/protocol/requests.ts';
import { SimDisk } from '../../core/sim/disk.ts';
import type { GivenOptions } from '../../core/sim/options.ts';
import { type Failure, type Result, simulate } from '../../core/sim/simulate.ts';
import { SPLITS } from '../mutants/weather.ts';

afterEach(() => void vi.restoreAllMocks());

const SEEDS = 40;

/** What first goes wrong in the first of the seeds in which something does. */
function firstFailure(options: GivenOptions = {}): Failure | null {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure }: Result = simulate({ seed, options });
    if (failure) return failure;
  }
  return null;
}

/** From now on every replica does this instead of what it would. */
function falsify(change: (ready: Ready, input: Input, replica: Replica) => Ready): void {
  const { step } = Replica.prototype;
  vi.spyOn(Replica.prototype, 'step').mockImplementation(function (this: Replica, input) {
    return change(step.call(this, input), input, this);
  });
}

const falsifyMessages = (change: (message: PeerMessage) => PeerMessage): void =>
  falsify((ready) => {
    const changed = ({ to, message }: Envelope): Envelope => ({ to, message: change(message) });
    return { ...ready, send: ready.send.map(changed), sendAfterPersist: ready.sendAfterPersist.map(changed) };
  });

const falsifyReplies = (change: (reply: Reply) => readonly Reply[]): void =>
  falsify((ready) => ({ ...ready, replies: ready.replies.flatMap(change) }));

test('nothing is wrong with what nobody falsifies', () => {
  expect(firstFailure()).toBeNull();
});

describe('a replica that', () => {
  test.each<[string, readonly string[], () => void, GivenOptions?]>([
    [
      'does not wait for its disk',
      ['contract', 'term-not-durable'],
      () => falsify((ready) => ({ ...ready, send: [...ready.send, ...ready.sendAfterPersist], sendAfterPersist: [] })),
    ],
    [
      'acknowledges what is not on its disk',
      ['ack-not-durable'],
      () =>
        falsifyMessages((message) =>
          message.type === 'append-accepted' ? { ...message, durableLsn: message.matchedLsn } : message,
        ),
    ],
    [
      'says so in answers to heartbeats',
      ['ack-not-durable'],
      () =>
        falsifyMessages((message) =>
          message.type === 'heartbeat-reply' ? { ...message, durableLsn: message.matchedLsn } : message,
        ),
    ],
    [
      'takes whatever it has for what its leader has',
      ['match', 'ack-not-durable'],
      () =>
        falsifyMessages((message) =>
          message.type === 'heartbeat-reply' ? { ...message, matchedLsn: message.lastLsn } : message,
        ),
      SPLITS.options,
    ],
    [
      'grants every vote',
      ['one-vote', 'vote-not-durable', 'no-vote'],
      () =>
        falsifyMessages((message) =>
          message.type === 'vote-reply' && message.phase === 'vote' ? { ...message, granted: true } : message,
        ),
    ],
    [
      'asks for votes that nobody promised',
      ['pre-vote', 'contract'],
      () => falsifyMessages((message) => (message.type === 'vote-request' ? { ...message, phase: 'vote' } : message)),
    ],
    [
      'reads a wrong value',
      ['read-value'],
      () =>
        falsifyReplies((reply) => [reply.type === 'read' && reply.outcome === 'ok' ? { ...reply, value: '?' } : reply]),
    ],
    [
      'calls committed what it reads',
      ['read-committed'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'read' && reply.outcome === 'ok' ? { ...reply, committed: true } : reply,
        ]),
    ],
    [
      'serves reads from the beginning',
      ['token-read', 'linearizable', 'read-durable'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'read' && reply.outcome === 'ok' ? { ...reply, value: null, position: ORIGIN } : reply,
        ]),
    ],
    [
      'calls every token rolled back that it does not hold',
      ['rolled-back'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'read' && reply.outcome === 'failed' && reply.code === 'not-here'
            ? { ...reply, code: 'rolled-back' }
            : reply,
        ]),
      SPLITS.options,
    ],
    ['answers twice', ['answers'], () => falsifyReplies((reply) => [reply, reply])],
    ['never answers a write', ['answers'], () => falsifyReplies((reply) => (reply.type === 'write' ? [] : [reply]))],
    [
      'rejects what it has written',
      ['rejected'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'unknown'
            ? { type: 'write', id: reply.id, outcome: 'rejected', code: 'no-quorum', message: '' }
            : reply,
        ]),
    ],
    [
      'takes what it refuses for a retry of another write',
      ['retry'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'rejected' ? { ...reply, code: 'seq-reused' } : reply,
        ]),
    ],
    [
      'does not hear of later terms in answers',
      ['step-down'],
      () => {
        const { step } = Replica.prototype;
        vi.spyOn(Replica.prototype, 'step').mockImplementation(function (this: Replica, input) {
          const isDeaf = input.type === 'receive' && input.message.term > this.status().term;
          return step.call(
            this,
            isDeaf && input.message.type !== 'vote-request' ? { type: 'tick', elapsedMs: 0 } : input,
          );
        });
      },
    ],
    [
      'acknowledges what it should call unknown',
      ['async-ack', 'quorum-ack', 'sync-ack', 'contact'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'unknown'
            ? { type: 'write', id: reply.id, outcome: 'ok', position: reply.position, durableOn: reply.durableOn }
            : reply,
        ]),
    ],
    [
      'gives a write the place before its own',
      ['acknowledged'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'ok'
            ? { ...reply, position: { ...reply.position, lsn: lsn(reply.position.lsn - 1) } }
            : reply,
        ]),
    ],
    [
      'names everybody as a holder',
      ['durable-on'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'ok'
            ? { ...reply, durableOn: ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'] as never }
            : reply,
        ]),
    ],
    [
      'names nobody',
      ['durable-on'],
      () =>
        falsifyReplies((reply) => [
          reply.type === 'write' && reply.outcome === 'ok' ? { ...reply, durableOn: [] } : reply,
        ]),
    ],
    [
      'finds no write that it is asked about',
      ['gone'],
      () => falsifyReplies((reply) => [reply.type === 'locate' ? { ...reply, settled: true, found: [] } : reply]),
    ],
    [
      'does not tell what it drops',
      ['rollback-reported'],
      () => falsify((ready) => ({ ...ready, events: ready.events.filter((event) => event.type !== 'rolled-back') })),
    ],
    [
      'writes its entries one place too far',
      ['contract', 'log-matching'],
      () =>
        falsify((ready) => {
          if (!ready.persist) return ready;
          const entries = ready.persist.entries.map((entry) => ({ ...entry, lsn: lsn(entry.lsn + 1) }));
          return { ...ready, persist: { ...ready.persist, entries } };
        }),
    ],
  ])('%s is found out', (_what, checks, break_, options) => {
    break_();
    expect(checks).toContain(firstFailure(options)?.check);
  });
});

describe('a disk that', () => {
  test('says it is done when it is not is found out by what is acknowledged', () => {
    vi.spyOn(SimDisk.prototype, 'sync').mockImplementation(function (this: SimDisk, _base, done) {
      this.close(done);
    });
    expect(['durable', 'vote-not-durable', 'term-not-durable']).toContain(firstFailure()?.check);
  });

  test('is not written again when a log is opened leaves the next crash something to take back', () => {
    const { write } = SimDisk.prototype;
    vi.spyOn(SimDisk.prototype, 'write').mockImplementation(function (this: SimDisk, base, at, bytes) {
      if (at === 0) write.call(this, base, at, bytes);
    });
    expect(firstFailure()?.check).toBe('recovered-not-durable');
  });

  test('rots is found out by who takes its log all the same', () => {
    vi.spyOn(SimDisk.prototype, 'read').mockImplementation(function (this: SimDisk, name) {
      const file = this.stored().find((stored) => stored.name === name);
      const text = new TextDecoder().decode(file?.bytes);
      // As a log would that takes damage for a torn write: it ends before.
      return new TextEncoder().encode(text.split('\n').slice(0, 4).join('\n').concat('\n'));
    });
    expect(firstFailure()?.check).toBe('recovery');
  });
});

describe('a router whose', () => {
  test('ledger calls lost what is not is found out', () => {
    const { answered } = Ledger.prototype;
    vi.spyOn(Ledger.prototype, 'answered').mockImplementation(function (this: Ledger, ...args) {
      const changes = answered.apply(this, args);
      const [write] = this.recent(1);
      return write?.outcome === 'ok' ? [...changes, { type: 'lost', write }] : changes;
    });
    expect(['ledger', 'lost-acknowledged']).toContain(firstFailure()?.check);
  });

  test('ledger forgets a loss is found out in the end', () => {
    vi.spyOn(Ledger.prototype, 'losses').mockReturnValue([]);
    const failure = firstFailure(SPLITS.options);
    expect(failure?.check).toBe('ledger-losses');
  });

  test('lights are red is found out in the end', () => {
    const red = { light: 'red', observed: 1, example: 'seen' } as const;
    vi.spyOn(GuaranteeWatch.prototype, 'lights').mockReturnValue({
      oneLeaderPerTerm: red,
      noAcknowledgedWriteLost: red,
      readYourWrites: red,
      monotonicReads: red,
    });
    expect(firstFailure()).toMatchObject({ kind: 'safety', check: 'guarantees' });
  });
});

test('a cluster that does not get over what happened to it fails for want of progress', () => {
  falsify((ready) => ({ ...ready, send: ready.send.filter(({ message }) => message.type !== 'vote-request') }));
  expect(firstFailure()).toMatchObject({
    kind: 'liveness',
    check: 'progress',
    message: expect.stringContaining('all is healed'),
  });
});

test('code that gives up is a crash, with the place where it did', () => {
  falsify((ready, input) => {
    if (input.type === 'read') throw new Error('given up');
    return ready;
  });
  expect(firstFailure()).toMatchObject({ kind: 'crash', check: 'crash', message: 'given up' });
  expect(firstFailure()?.stack).toContain('sim-checkers.test.ts');
});
