import { Core, type ReplicaOptions } from './core.ts';
import {
  armElection,
  onConnectionClosed,
  onHardStatePersisted,
  onVoteReply,
  onVoteRequest,
  resign,
  startPreVote,
  stepDown,
} from './election.ts';
import type { Entry } from './entry.ts';
import { onAppend, onFollowerPersisted, onHeartbeat } from './follower.ts';
import type { Input, Ready } from './io.ts';
import {
  onAppendAccepted,
  onAppendRefused,
  onHeartbeatReply,
  onLeaderPersisted,
  onLeaderTick,
  wake,
} from './leader.ts';
import { onLocate } from './locate.ts';
import type { PeerMessage } from './messages.ts';
import type { Lsn, ReplicaId } from './position.ts';
import { onRead } from './reads.ts';
import { respond } from './respond.ts';
import { retime } from './retime.ts';
import type { ReplicaStatus } from './status.ts';
import { statusOf } from './status-of.ts';
import { onPropose } from './writes.ts';

export type { ReplicaOptions } from './core.ts';

/**
 * One replica: a state machine that does no I/O and knows no clock. Whatever happens goes in by `step`, whatever it
 * wants done comes out as a `Ready`, whose contract stands above that type.
 */
export class Replica {
  readonly #core: Core;

  constructor(options: ReplicaOptions) {
    this.#core = new Core(options);
    // A replica that starts hears its leader soon, or there is none: it need not wait as long as one that lost it. To
    // ask early disturbs nobody, for those who hear a leader refuse.
    const { heartbeatMs } = options.timing;
    this.#core.electionDueMs = options.random.between(heartbeatMs, 3 * heartbeatMs);
  }

  step(input: Input): Ready {
    const core = this.#core;
    switch (input.type) {
      case 'tick':
        onTick(core, input.elapsedMs);
        break;
      case 'receive':
        onReceive(core, input.from, input.message);
        break;
      case 'propose':
        onPropose(core, input.writes);
        break;
      case 'read':
        onRead(core, input.read);
        break;
      case 'locate':
        onLocate(core, input.locate);
        break;
      case 'connection-closed':
        onConnectionClosed(core, input.peer);
        break;
      case 'persisted':
        onPersisted(core, input.batch);
        break;
      case 'disk':
        break;
      case 'retime':
        retime(core, input.timing);
        break;
      default:
        input satisfies never;
    }
    return core.takeReady();
  }

  status(): ReplicaStatus {
    return statusOf(this.#core);
  }

  /** Entries of its log from `from` on, at least one if there is one, else as many as fit into both bounds. */
  entries(from: Lsn, bytesMax: number, countMax: number): readonly Entry[] {
    return this.#core.log.slice(from, bytesMax, countMax);
  }
}

function onTick(core: Core, elapsedMs: number): void {
  core.nowMs += elapsedMs;
  // Nobody ran here for longer than a leader may be silent: what a follower did not hear says nothing, and what a
  // leader heard is too old to count.
  if (elapsedMs >= core.timing.electionMinMs) {
    core.out.event({ type: 'woke', term: core.term, gapMs: elapsedMs });
    if (core.leadership) wake(core, core.leadership);
    else armElection(core);
  }
  if (core.leadership) {
    if (!onLeaderTick(core, core.leadership)) resign(core);
  } else if (core.nowMs >= core.electionDueMs) startPreVote(core);
}

function onReceive(core: Core, from: ReplicaId, message: PeerMessage): void {
  if (message.type === 'vote-request') return onVoteRequest(core, from, message);
  if (message.term < core.term) return onOldTerm(core, from, message);
  if (message.term > core.term) stepDown(core, message.term);
  switch (message.type) {
    case 'append':
      return onAppend(core, from, message);
    case 'heartbeat':
      return onHeartbeat(core, from, message);
    case 'vote-reply':
      return onVoteReply(core, from, message);
    case 'append-accepted':
      if (core.leadership) onAppendAccepted(core, core.leadership, from, message);
      return;
    case 'append-refused':
      if (core.leadership) onAppendRefused(core, core.leadership, from, message);
      return;
    case 'heartbeat-reply':
      if (core.leadership) onHeartbeatReply(core, core.leadership, from, message);
      return;
    default:
      message satisfies never;
  }
}

/**
 * A deposed leader is told of the later term by a refusal. Replies of an earlier term count for nothing, but for the
 * pre-vote's: who grants one has not taken up the term asked about.
 */
function onOldTerm(core: Core, from: ReplicaId, message: Exclude<PeerMessage, { type: 'vote-request' }>): void {
  if (message.type === 'append' || message.type === 'heartbeat') {
    const { last, lineage } = core.log;
    respond(core, from, { type: 'append-refused', term: core.term, last, lineage });
  } else if (message.type === 'vote-reply') onVoteReply(core, from, message);
}

function onPersisted(core: Core, batch: number): void {
  const more = core.persisted(batch);
  onHardStatePersisted(core);
  if (!more) return;
  if (core.leadership) onLeaderPersisted(core, core.leadership);
  else onFollowerPersisted(core);
}
