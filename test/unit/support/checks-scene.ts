import { expect } from 'vitest';
import type { Entry, Standing } from '../../../core/protocol/entry.ts';
import type { Ready } from '../../../core/protocol/io.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { lsn, ORIGIN, parsePosition, replicaId, term, writeId } from '../../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../../core/protocol/status.ts';
import { ElectionChecks } from '../../../core/sim/checks/elections.ts';
import { Ghost } from '../../../core/sim/checks/ghost.ts';
import { History } from '../../../core/sim/checks/history.ts';
import { LogChecks } from '../../../core/sim/checks/logs.ts';
import type { Violation } from '../../../core/sim/checks/violation.ts';
import { encodeRecord, sealEntry } from '../../../core/wal/codec.ts';

export const at = (text: string) => parsePosition(text) ?? expect.fail(`no position: ${text}`);
const entryAt = (text: string): Entry =>
  sealEntry({
    ...at(text),
    id: writeId(text),
    command: { op: 'put', key: 'k', value: text },
    mode: 'quorum',
    session: null,
  });

/** Three replicas as seen from outside. */
export class Scene {
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

  hardState(id: string, of: number, votedFor: string, standing: Standing = 'voter'): void {
    const { durable } = this.ghost(id);
    durable.appended(hardStateLine(of, votedFor, standing));
    durable.synced();
  }

  /** It begins its log anew, with this. */
  beginsAnew(id: string, of: number, votedFor: string, standing: Standing): void {
    const hardState = { term: term(of), votedFor: replicaId(votedFor), committedLsn: lsn(0), standing };
    const bytes = new TextEncoder().encode(hardStateLine(of, votedFor, standing));
    const stored = [{ name: 'wal-000000000000.ndjson', bytes }];
    this.ghost(id).durable.begunAnew({ hardState, snapshot: null, prefix: null, entries: [] }, stored);
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

const hardStateLine = (of: number, votedFor: string, standing: Standing): string => {
  const vote = { term: term(of), votedFor: replicaId(votedFor) };
  return `${encodeRecord({ type: 'hard-state', ...vote, committedLsn: lsn(0), standing, durable: 0 })}\n`;
};

export const vote = (phase: 'vote' | 'pre-vote', of: number): PeerMessage => ({
  type: 'vote-reply',
  phase,
  term: term(of),
  forTerm: term(of),
  granted: true,
  reason: 'granted',
  last: ORIGIN,
});

export const nothing: Ready = { persist: null, send: [], sendAfterPersist: [], replies: [], events: [] };

/** The name of the check that this violates. */
export function violated(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return (error as Violation).check;
  }
}
