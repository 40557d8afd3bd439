// The checks of what leaders, readers and clients are told, by themselves.
import { describe, expect, test } from 'vitest';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, ORIGIN, replicaId, term, writeId } from '../../core/protocol/position.ts';
import { timingOf } from '../../core/protocol/timing.ts';
import type { WriteAnswer } from '../../core/routing/writes.ts';
import { ClientChecks } from '../../core/sim/checks/clients.ts';
import { Contact } from '../../core/sim/checks/contact.ts';
import { ReadChecks } from '../../core/sim/checks/reads.ts';
import { at, nothing, Scene, violated, vote } from './support/checks-scene.ts';

describe('what a leader was told', () => {
  const scene = () => {
    const contact = new Contact(3, timingOf('normal'));
    const begins = (round: number) => {
      const heartbeat = {
        type: 'heartbeat',
        term: term(2),
        round,
        ...{ atMs: 0, sentLsn: lsn(9), committedLsn: lsn(0) },
      };
      const send = [{ to: replicaId('n2'), message: { ...heartbeat, rejoin: null } as PeerMessage }];
      contact.stepped({ type: 'tick', elapsedMs: 1 }, { ...nothing, send }, term(2), 1, true);
    };
    const hears = (from: string, message: PeerMessage) =>
      contact.stepped({ type: 'receive', from: replicaId(from), message }, nothing, term(2), 1, true);
    const accepted = (from: string, of: number, durable: number) =>
      hears(from, {
        type: 'append-accepted',
        term: term(of),
        matchedLsn: lsn(9),
        durableLsn: lsn(durable),
        counts: true,
      });
    const answered = (from: string, round: number, nonce: number | null, durable: number) => {
      const logged = { sentLsn: lsn(9), matchedLsn: lsn(9), durableLsn: lsn(durable), lastLsn: lsn(9) };
      const rejoin = nonce === null ? null : { nonce, barred: false };
      const counts = nonce === null;
      hears(from, { type: 'heartbeat-reply', term: term(2), round, atMs: 0, ...logged, counts, rejoin });
    };
    return { contact, begins, accepted, answered };
  };

  test('is told of its own term, and by a majority, itself among it', () => {
    const { contact, accepted } = scene();
    accepted('n2', 1, 5);
    expect(contact.toldBy(replicaId('n2'))).toBeNull();
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(false);
    accepted('n2', 2, 5);
    expect(contact.toldBy(replicaId('n2'))).toBe(5);
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(true);
    expect(contact.isToldDurable(lsn(6), lsn(6))).toBe(false);
    // Its own disk may be the slow one.
    expect(contact.isToldDurable(lsn(5), lsn(4))).toBe(false);
    accepted('n3', 2, 5);
    expect(contact.isToldDurable(lsn(5), lsn(4))).toBe(true);
  });

  test('is void when a replica comes back without its log, and does not count before that says so itself', () => {
    const { contact, begins, accepted, answered } = scene();
    begins(1);
    accepted('n2', 2, 5);
    answered('n2', 1, 7, 3);
    expect(contact.toldBy(replicaId('n2'))).toBe(3);
    answered('n2', 1, 7, 5);
    // It has it again; and these are late, and of the process before.
    answered('n2', 1, null, 5);
    accepted('n2', 2, 5);
    expect(contact.toldBy(replicaId('n2'))).toBe(5);
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(false);
    begins(2);
    answered('n2', 2, null, 5);
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(true);
  });
});

describe('a leader', () => {
  const { heartbeatMs, electionMinMs, electionMaxMs } = timingOf('normal');
  /** It asked for votes and leads since, and so much time passed. */
  const leading = (ms: number, woke = false): Contact => {
    const contact = new Contact(3, timingOf('normal'));
    const [votes, answer] = [{ type: 'campaign', phase: 'vote' }, vote('vote', 1)];
    contact.stepped({ type: 'tick', elapsedMs: 1 }, { ...nothing, events: [votes as never] }, term(1), 1, false);
    contact.stepped({ type: 'receive', from: replicaId('n2'), message: answer }, nothing, term(1), 2, false);
    for (let left = ms; left > 0; left -= heartbeatMs) {
      contact.stepped({ type: 'tick', elapsedMs: heartbeatMs }, nothing, term(1), 3, true);
    }
    if (woke) contact.stepped({ type: 'tick', elapsedMs: electionMaxMs }, nothing, term(1), 4, true);
    return contact;
  };

  test('leads no longer than an election timeout without its quorum, or after it woke', () => {
    expect(leading(electionMaxMs - heartbeatMs).mayLead).toBe(true);
    expect(leading(electionMaxMs + heartbeatMs).mayLead).toBe(false);
    expect(leading(electionMaxMs + heartbeatMs, true).mayLead).toBe(true);
  });

  test('hears of a replica as long as that said something within a minimum election timeout', () => {
    expect(leading(electionMinMs - heartbeatMs).heardOf(replicaId('n1'))).toBe(1);
    expect(leading(electionMinMs).heardOf(replicaId('n1'))).toBe(0);
  });
});

describe('reads', () => {
  const linearizable = (seenFirst: (reads: ReadChecks, scene: Scene) => void, confirmed = true): string | null => {
    const scene = new Scene().log('n1', '1:1', '1:2').log('n2', '1:1', '1:2');
    scene.commits('n1', 'leader', 1, 0, 1);
    const reads = new ReadChecks(scene.history);
    const contact = new Contact(confirmed ? 1 : 3, timingOf('normal'));
    return violated(() => {
      seenFirst(reads, scene);
      const read = { id: 'r', key: 'k', level: 'linearizable', token: ORIGIN } as const;
      const reply = {
        type: 'read',
        id: 'r',
        outcome: 'ok',
        value: '1:1',
        position: at('1:1'),
        committed: true,
      } as const;
      reads.served(scene.ghost('n1'), reply, read, reads.come(1), contact);
      scene.commits('n1', 'leader', 1, 1, 2);
      reads.committed(at('1:2'));
    });
  };

  test.each<[string, string | null, (reads: ReadChecks, scene: Scene) => void]>([
    ['what was acknowledged before', null, (reads) => reads.acknowledged(at('1:1'), 'quorum')],
    ['not less than that', 'linearizable', (reads) => reads.acknowledged(at('1:2'), 'quorum')],
    [
      'nor less than was acknowledged under async, and committed later',
      'linearizable',
      (reads) => reads.acknowledged(at('1:2'), 'async'),
    ],
    ['but not what was acknowledged under async, and lost', null, (reads) => reads.acknowledged(at('3:2'), 'async')],
  ])('that are linearizable see %s', (_what, check, seenFirst) => {
    expect(linearizable(seenFirst)).toBe(check);
  });

  test('that are linearizable are confirmed by a round that began after they came', () => {
    expect(linearizable(() => {}, false)).toBe('linearizable');
  });
});

describe('clients', () => {
  const ask = { command: { op: 'put', key: 'k', value: 'v' }, mode: 'quorum', session: null } as const;
  const ok = (position: string, id = position): WriteAnswer => ({
    ...{ id: writeId(id), outcome: 'ok', error: null, position: at(position) },
    ...{ durableOn: [], ms: 1, replaces: null },
  });
  const scene = () => {
    const made = new Scene().log('n1', '1:1', '1:2', '1:3').log('n2', '1:1', '2:2', '2:3').log('n3', '1:1', '2:2');
    made.commits('n2', 'leader', 2, 0, 2);
    return new ClientChecks(made.history);
  };
  const read = (token: string, position: string) => () =>
    scene().read(
      { key: 'k', level: 'token', token: at(token), from: 'anyone', timeoutMs: 1 },
      {
        ...{ error: null, value: null, servedBy: replicaId('n1'), position: at(position), token: at(position) },
        ...{ committed: true, waitedMs: 0, why: '', decision: null },
      },
    );

  test('never see a session go back, nor to another history', () => {
    expect(violated(read('1:1', '2:2'))).toBeNull();
    expect(violated(read('2:2', '1:1'))).toBe('session');
    expect(violated(read('1:2', '2:2'))).toBe('session');
  });

  test('have writes acknowledged that are committed, after what they had seen', () => {
    const wrote = (position: string, token: string) => () => scene().wrote({ ...ask, token: at(token) }, ok(position));
    expect(violated(wrote('2:2', '1:1'))).toBeNull();
    expect(violated(wrote('1:2', '1:1'))).toBe('acknowledged');
    expect(violated(wrote('2:2', '1:2'))).toBe('token-write');
  });

  test('are told rolled-back only of what is', () => {
    const refused = (token: string) => () =>
      scene().wrote(
        { ...ask, token: at(token) },
        { ...ok('2:2', 'w'), outcome: 'rejected', error: { code: 'rolled-back', message: '' } },
      );
    expect(violated(refused('1:2'))).toBeNull();
    expect(violated(refused('2:3'))).toBe('rolled-back');
  });
});
