import { count } from '../observe/words.ts';
import type { Standing } from '../protocol/entry.ts';
import type { Input, Ready } from '../protocol/io.ts';
import { formatPosition, type ReplicaId } from '../protocol/position.ts';
import type { OpenReport } from '../wal/wal.ts';
import type { Chronicle } from './chronicle.ts';
import type { Digest } from './digest.ts';
import type { Schedule } from './schedule.ts';

/** Sees what replicas do, for the story of a run, its counts and its digest. */
export class Witness {
  readonly #schedule: Schedule;
  readonly #chronicle: Chronicle;
  readonly #digest: Digest;
  readonly #ids: readonly ReplicaId[];

  constructor(schedule: Schedule, chronicle: Chronicle, digest: Digest, ids: readonly ReplicaId[]) {
    this.#schedule = schedule;
    this.#chronicle = chronicle;
    this.#digest = digest;
    this.#ids = ids;
  }

  stepped(index: number, input: Input, ready: Ready): void {
    const digest = this.#digest;
    digest.mix(index);
    digest.mix(this.#schedule.nowMs);
    digest.mix(input.type.length);
    if (input.type === 'receive') {
      digest.mix(input.message.type.length);
      digest.mix(input.message.term);
    }
    digest.mix(ready.send.length);
    if (ready.persist) digest.mix(ready.persist.number);
    for (const reply of ready.replies) {
      digest.mixText(reply.id);
      if (reply.type === 'write' && reply.outcome !== 'ok')
        this.#chronicle.count(`replies ${reply.outcome}: ${reply.code}`);
    }
    for (const event of ready.events) this.#happened(index, event);
  }

  started(id: ReplicaId, report: OpenReport, standing: Standing): void {
    const { entries, tornBytes, rebuilt } = report;
    this.#chronicle.count('starts');
    this.#digest.mix(entries);
    this.#digest.mix(tornBytes);
    const torn = tornBytes > 0 ? `, ${count(tornBytes, 'byte')} cut off as torn` : '';
    if (tornBytes > 0) this.#chronicle.count('torn logs');
    if (rebuilt) {
      this.#chronicle.count('logs begun anew');
      if (standing === 'barred') this.#chronicle.count('replicas barred from voting');
      this.note(`${id} begins its log anew, and is ${standing}: ${rebuilt.because}`);
    }
    if (this.#schedule.nowMs > 0) this.note(`${id} starts with ${count(entries, 'entry')}${torn}`);
  }

  refused(id: ReplicaId, message: string): void {
    this.#chronicle.count('refusals to start');
    this.note(`${id} does not start: ${message}`);
  }

  waits(id: ReplicaId, message: string): void {
    this.#chronicle.count('disks without room');
    this.note(`${id} waits for room: ${message}`);
  }

  failed(id: ReplicaId, message: string): void {
    this.#chronicle.count('processes that gave up');
    this.note(`${id} gives up: ${message}`);
  }

  note(text: string): void {
    this.#chronicle.note(this.#schedule.nowMs, text);
  }

  #happened(index: number, event: Ready['events'][number]): void {
    const id = this.#ids[index];
    switch (event.type) {
      case 'campaign': {
        if (event.phase === 'vote') this.#chronicle.count('elections');
        if (event.phase === 'pre-vote') this.note(`${id} wants to lead term ${event.forTerm} (${whyOf(event)})`);
        return;
      }
      case 'elected':
        this.#chronicle.count('leaders');
        return this.note(
          `${id} leads term ${event.term}, by the votes of ${event.votes.join(' ')}, from ${formatPosition(event.last)}`,
        );
      case 'stepped-down':
        this.#chronicle.count('leaders that stepped down');
        return this.note(
          `${id} leads term ${event.ledTerm} no more (${event.cause}), ${count(event.unknown, 'write')} unknown`,
        );
      case 'rolled-back': {
        const { firstLsn, lastLsn, leader, dropped } = event;
        this.#chronicle.count('rollbacks');
        this.#chronicle.count('entries rolled back', lastLsn - firstLsn + 1);
        return this.note(
          `${id} drops ${firstLsn} to ${lastLsn} for ${leader}, ${count(dropped.length, 'write')} among them`,
        );
      }
      case 'compacted':
        return this.#chronicle.count('snapshots taken');
      case 'snapshot-sent':
        return this.note(`${id} sends ${event.to} a snapshot up to ${formatPosition(event.position)}`);
      case 'installed':
        this.#chronicle.count('snapshots installed');
        return this.note(`${id} installs ${event.leader}'s snapshot up to ${formatPosition(event.position)}`);
      case 'caught-up':
        this.#chronicle.count('replicas that caught up');
        return this.note(`${id} has caught up to ${formatPosition(event.position)}`);
      case 'disk':
        if (event.full) this.#chronicle.count('full disks');
        return this.note(`${id}'s disk ${event.full ? 'is full' : 'has room again'}`);
      case 'woke':
        return this.#chronicle.count('clock gaps');
      case 'vote':
      case 'following':
        return;
      default:
        event satisfies never;
    }
  }
}

function whyOf({ cause, leader, silentMs }: Extract<Ready['events'][number], { type: 'campaign' }>): string {
  const silent = silentMs === null ? '' : ` for ${Math.round(silentMs)} ms`;
  switch (cause) {
    case 'leader-silent':
      return `${leader} silent${silent}`;
    case 'connection-closed':
      return `connection to ${leader} closed`;
    case 'no-leader':
      return `no leader${silent}`;
    default:
      return cause satisfies never;
  }
}
