// The checks by themselves, on small scenes: what no run of a sound cluster would ever show them.
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/protocol/entry.ts';
import type { Ready } from '../../core/protocol/io.ts';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, ORIGIN, parsePosition, replicaId, term, writeId } from '../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';
import { timingOf } from '../../core/protocol/timing.ts';
import type { WriteAnswer } from '../../core/routing/writes.ts';
import { ClientChecks } from '../../core/sim/checks/clients.ts';
import { Contact } from '../../core/sim/checks/contact.ts';
import { ElectionChecks } from '../../core/sim/checks/elections.ts';
import { Ghost } from '../../core/sim/checks/ghost.ts';
import { History } from '../../core/sim/checks/history.ts';
import { LogChecks } from '../../core/sim/checks/logs.ts';
import { ReadChecks } from '../../core/sim/checks/reads.ts';
import type { Violation } from '../../core/sim/checks/violation.ts';
import { encodeRecord, sealEntry } from '../../core/wal/codec.ts';

const at = (text: string) => parsePosition(text) ?? expect.fail(`no position: ${text}`);
const entryAt = (text: string): Entry =>
  sealEntry({
    ...at(text),
    id: writeId(text),
    command: { op: 'put', key: 'k', value: text },
    mode: 'quorum',
    session: null,
  });

/** Three replicas as seen from outside. */
class Scene {
  readonly history = new History();
  readonly ghosts = ['n1', 'n2', 'n3'].map((id, index) => new Ghost(index, replicaId(id), this.history));
  readonly elections = new ElectionChecks(this.ghosts, this.history);
  readonly logs = new LogChecks(this.ghosts, this.history, this.elections, () => {});

  ghost(id: string): Ghost {
    return this.ghosts.find((ghost) => ghost.id === id) ?? expect.fail(`no ${id}`);
  }

  /** Its log is this, and on its disk. */
  log(id: string, ...positions: string[]): this {
    const ghost = this.ghost(id);
    for (const text of positions) {
      const entry = entryAt(text);
      this.history.appended(entry, ghost.last.term);
      ghost.memory.push(entry);
      ghost.durable.appended(`${entry.line}\n`);
    }
    ghost.durable.synced();
    return this;
  }

  /** It votes, and so its disk says. */
  vote(voter: string, of: number, candidate: string): this {
    this.hardState(voter, of, candidate);
    const to = this.ghost(candidate);
    if (voter !== candidate) this.elections.released(this.ghost(voter), to, vote('vote', of));
    return this;
  }

  hardState(id: string, of: number, votedFor: string): void {
    const { durable } = this.ghost(id);
    const record = {
      type: 'hard-state',
      term: term(of),
      votedFor: replicaId(votedFor),
      committedLsn: lsn(0),
      standing: 'voter',
      durable: 0,
    } as const;
    durable.appended(`${encodeRecord(record)}\n`);
    durable.synced();
  }

  leads(id: string, of: number): void {
    this.elections.leads(this.ghost(id), term(of));
  }

  /** `id` says that it committed so much. */
  commits(id: string, role: 'leader' | 'follower', of: number, from: number, to: number): void {
    const ghost = this.ghost(id);
    const lineage = ghost.memory
      .filter((entry, index) => entry.term !== ghost.memory[index - 1]?.term)
      .map((entry) => ({ term: entry.term, firstLsn: entry.lsn }));
    const leader = role === 'leader' ? ghost.id : null;
    const status = {
      role,
      leader,
      term: term(of),
      position: ghost.last,
      durableLsn: lsn(ghost.durable.terms.length),
      lineage,
    };
    const before = { ...status, committedLsn: lsn(from) } as unknown as ReplicaStatus;
    this.logs.stepped(ghost, before, { ...before, committedLsn: lsn(to) });
  }
}

const vote = (phase: 'vote' | 'pre-vote', of: number): PeerMessage => ({
  type: 'vote-reply',
  phase,
  term: term(of),
  forTerm: term(of),
  granted: true,
  reason: 'granted',
  last: ORIGIN,
});

const nothing: Ready = { persist: null, send: [], sendAfterPersist: [], replies: [], events: [] };

/** The name of the check that this violates. */
function violated(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return (error as Violation).check;
  }
}

describe('elections', () => {
  test('a leader has the votes of a majority, its own on its disk among them', () => {
    expect(violated(() => new Scene().vote('n1', 1, 'n1').vote('n2', 1, 'n1').leads('n1', 1))).toBeNull();
    expect(violated(() => new Scene().vote('n1', 1, 'n1').leads('n1', 1))).toBe('elected-by-majority');
    expect(violated(() => new Scene().vote('n2', 1, 'n1').vote('n3', 1, 'n1').leads('n1', 1))).toBe(
      'elected-by-majority',
    );
  });

  test('a term has one leader', () => {
    const scene = new Scene().vote('n1', 1, 'n1').vote('n2', 1, 'n1');
    scene.leads('n1', 1);
    expect(violated(() => scene.leads('n1', 1))).toBeNull();
    expect(violated(() => scene.leads('n3', 1))).toBe('one-leader');
  });

  test('a vote is on disk before it leaves, and there is one in a term', () => {
    const scene = new Scene();
    const grants = (to: string) => () => scene.elections.released(scene.ghost('n2'), scene.ghost(to), vote('vote', 1));
    expect(violated(grants('n1'))).toBe('vote-not-durable');
    scene.hardState('n2', 1, 'n1');
    expect(violated(grants('n1'))).toBeNull();
    // Its disk has gone on to another term, and it votes in this one again.
    scene.hardState('n2', 2, 'n2');
    expect(violated(grants('n3'))).toBe('one-vote');
  });

  test('nothing is written over a vote on disk, nor over a later term', () => {
    const writes = (of: number, votedFor: string) => () => {
      const scene = new Scene();
      scene.hardState('n2', 2, 'n1');
      scene.hardState('n2', of, votedFor);
    };
    expect(violated(writes(2, 'n1'))).toBeNull();
    expect(violated(writes(3, 'n3'))).toBeNull();
    expect(violated(writes(2, 'n3'))).toBe('one-vote');
    expect(violated(writes(1, 'n1'))).toBe('term-monotone');
  });

  test('who asks for votes was told by a majority that it would get them', () => {
    const scene = new Scene();
    scene.hardState('n1', 1, 'n1');
    const asks = () => {
      const request = { type: 'vote-request', phase: 'vote', term: term(1), last: ORIGIN } as const;
      scene.elections.released(scene.ghost('n1'), scene.ghost('n2'), request);
    };
    expect(violated(asks)).toBe('pre-vote');
    scene.elections.released(scene.ghost('n3'), scene.ghost('n1'), vote('pre-vote', 1));
    expect(violated(asks)).toBeNull();
  });

  test('a leader holds what was committed in earlier terms; one that wins an old term late need not hold later ones', () => {
    const scene = new Scene().log('n1', '1:1', '3:2').log('n2', '1:1', '3:2').log('n3', '1:1');
    scene.history.commit(1, term(1), term(1));
    scene.history.commit(2, term(3), term(3));
    scene.vote('n3', 2, 'n3').vote('n2', 2, 'n3');
    expect(violated(() => scene.leads('n3', 2))).toBeNull();
    scene.vote('n3', 4, 'n3').vote('n2', 4, 'n3');
    expect(violated(() => scene.leads('n3', 4))).toBe('leader-completeness');
  });
});

describe('commits', () => {
  test('are durable on a majority at that moment', () => {
    const scene = new Scene().log('n1', '1:1');
    expect(violated(() => scene.commits('n1', 'leader', 1, 0, 1))).toBe('commit-durable');
    expect(violated(() => new Scene().log('n1', '1:1').log('n2', '1:1').commits('n1', 'leader', 1, 0, 1))).toBeNull();
  });

  test('end with an entry of the leader’s own term: figure 8 of the Raft paper', () => {
    const scene = () => new Scene().log('n1', '1:1', '2:2', '4:3').log('n2', '1:1', '2:2');
    expect(violated(() => scene().commits('n1', 'leader', 4, 0, 2))).toBe('own-term-commit');
    expect(violated(() => scene().log('n2', '4:3').commits('n1', 'leader', 4, 0, 3))).toBeNull();
  });

  test('never go down, and contradict nobody', () => {
    const scene = new Scene().log('n1', '1:1').log('n2', '1:1').log('n3', '2:1');
    scene.commits('n1', 'leader', 1, 0, 1);
    expect(violated(() => scene.commits('n1', 'leader', 1, 1, 0))).toBe('commit-monotone');
    expect(violated(() => scene.commits('n3', 'leader', 2, 0, 1))).toBe('committed');
  });
});

describe('what a leader was told', () => {
  const contact = new Contact(3, timingOf('normal'));
  const hears = (from: string, of: number, durableLsn: number) => {
    const message = {
      type: 'append-accepted',
      term: term(of),
      matchedLsn: lsn(9),
      durableLsn: lsn(durableLsn),
      counts: true,
    } as const;
    contact.stepped({ type: 'receive', from: replicaId(from), message }, nothing, term(2), 1, true);
  };

  test('is told of its own term, and by a majority, itself among it', () => {
    hears('n2', 1, 5);
    expect(contact.toldBy(replicaId('n2'))).toBeNull();
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(false);
    hears('n2', 2, 5);
    expect(contact.toldBy(replicaId('n2'))).toBe(5);
    expect(contact.isToldDurable(lsn(5), lsn(5))).toBe(true);
    expect(contact.isToldDurable(lsn(6), lsn(6))).toBe(false);
    // Its own disk may be the slow one.
    expect(contact.isToldDurable(lsn(5), lsn(4))).toBe(false);
    hears('n3', 2, 5);
    expect(contact.isToldDurable(lsn(5), lsn(4))).toBe(true);
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
