import type { Input, Ready, Recovered } from '../../protocol/io.ts';
import type { PeerMessage } from '../../protocol/messages.ts';
import { ORIGIN, type ReplicaId } from '../../protocol/position.ts';
import type { Replica } from '../../protocol/replica.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { Timing } from '../../protocol/timing.ts';
import type { StoredFile } from '../disk.ts';
import { AnswerChecks } from './answers.ts';
import { Contact } from './contact.ts';
import { ElectionChecks } from './elections.ts';
import { Ghost } from './ghost.ts';
import { History } from './history.ts';
import { LogChecks } from './logs.ts';
import { broken } from './violation.ts';

/**
 * What must hold after every step of every replica, judged from outside: from what was asked, written, fsynced and sent.
 * Whatever must be remembered for it is remembered here. A step costs what it changed, not what there is.
 */
export class Checks {
  readonly history = new History();
  readonly ghosts: readonly Ghost[];
  readonly #byId = new Map<ReplicaId, Ghost>();
  readonly #elections: ElectionChecks;
  readonly #logs: LogChecks;
  readonly #answers: AnswerChecks;
  readonly #contacts: (Contact | undefined)[];
  #steps = 0;

  constructor(ids: readonly ReplicaId[]) {
    this.ghosts = ids.map((id, index) => new Ghost(index, id, this.history));
    for (const ghost of this.ghosts) this.#byId.set(ghost.id, ghost);
    this.#elections = new ElectionChecks(this.ghosts, this.history);
    this.#answers = new AnswerChecks(this.ghosts, this.history);
    this.#logs = new LogChecks(this.ghosts, this.history, this.#elections, (lsn, term) =>
      this.#answers.committed(lsn, term),
    );
    this.#contacts = ids.map(() => undefined);
  }

  /** A process has opened its log, or begun it anew, and runs. `stored`: the files of it that are on its disk. */
  started(
    index: number,
    recovered: Recovered,
    stored: readonly StoredFile[],
    status: ReplicaStatus,
    timing: Timing,
    isAnew: boolean,
  ): void {
    const ghost = this.#ghost(index);
    if (isAnew) ghost.durable.begunAnew(recovered, stored);
    else ghost.durable.recovered(recovered, stored);
    const base = recovered.prefix?.position ?? recovered.snapshot?.position ?? ORIGIN;
    ghost.memory = [...this.history.committedTo(base), ...recovered.entries];
    ghost.status = status;
    this.#contacts[index] = new Contact(this.ghosts.length, timing);
    this.#answers.forget(ghost);
    this.#logs.starts(ghost, status);
  }

  died(index: number): void {
    const ghost = this.#ghost(index);
    ghost.status = null;
    this.#answers.forget(ghost);
  }

  /** After a step, before anything of what it wants is done. */
  stepped(index: number, input: Input, ready: Ready, replica: Replica): void {
    const ghost = this.#ghost(index);
    const contact = this.#contacts[index];
    const before = ghost.status;
    if (contact === undefined || before === null) throw new Error(`${ghost.id} is down, and makes a step`);
    const step = ++this.#steps;
    const hasLed = before.role === 'leader';
    // Nothing happened; whatever else has changed shows in the next step that has consequences.
    if (input.type === 'tick' && isEmpty(ready)) {
      contact.stepped(input, ready, before.term, step, hasLed);
      this.#ticked(ghost, contact, before);
      return;
    }
    const status = replica.status();
    ghost.status = status;
    contact.stepped(input, ready, status.term, step, hasLed);
    this.#isInOrder(ghost, input, ready, before, status);
    if (input.type === 'persisted') this.#logs.persisted(ghost, input.batch, before, ready);
    if (ready.persist) {
      this.#logs.persists(ghost, ready.persist, ready);
      this.#answers.appended(ghost, input, ready.persist.entries, contact);
    }
    if (status.role === 'leader') this.#elections.leads(ghost, status.term);
    if (ready.events.some((event) => event.type === 'caught-up')) ghost.durable.caughtUp();
    this.#logs.stepped(ghost, before, status);
    if (ready.persist?.snapshot) this.#logs.snapshots(ghost, ready.persist.number, ready.persist.snapshot);
    if (status.role === 'leader') this.#wasTold(ghost, contact, before, status);
    for (const { to, message } of ready.send) this.#says(ghost, to, message);
    for (const { to, message } of ready.sendAfterPersist) this.#says(ghost, to, message);
    this.#answers.asked(ghost, input, contact, step);
    for (const reply of ready.replies) this.#answers.replied(ghost, reply, contact);
    if (input.type === 'tick') this.#ticked(ghost, contact, status);
  }

  /** A message leaves: whatever it attests must be on the sender's disk. */
  released(from: number, to: ReplicaId, message: PeerMessage): void {
    const sender = this.#ghost(from);
    const receiver = this.#byId.get(to) as Ghost;
    const isPreVote = message.type === 'vote-request' && message.phase === 'pre-vote';
    if (!isPreVote && message.term > sender.durable.term) {
      broken('term-not-durable', `${sender.id} sends a ${message.type} of term ${message.term}, its disk has none`);
    }
    this.#elections.released(sender, receiver, message);
    if (message.type === 'append-accepted' || message.type === 'heartbeat-reply') {
      this.#logs.released(sender, receiver, message);
    }
  }

  /** What `index` was asked and has not answered. */
  openAt(index: number): readonly string[] {
    return this.#answers.openAt(this.#ghost(index));
  }

  #ticked(ghost: Ghost, contact: Contact, { role, term }: ReplicaStatus): void {
    this.#answers.ticked(ghost, contact);
    if (role === 'leader' && !contact.mayLead)
      broken('check-quorum', `${ghost.id} leads term ${term} on without its quorum`);
  }

  #says(ghost: Ghost, to: ReplicaId, message: PeerMessage): void {
    if (message.type !== 'append-accepted' && message.type !== 'heartbeat-reply') return;
    this.#logs.matches(ghost, this.#byId.get(to) as Ghost, message);
  }

  #isInOrder(ghost: Ghost, input: Input, ready: Ready, before: ReplicaStatus, status: ReplicaStatus): void {
    if (ready.persist === null && ready.sendAfterPersist.length > 0) {
      broken('contract', `${ghost.id} waits for a disk that has nothing to do`);
    }
    for (const { message } of ready.send) {
      const isVote = (message.type === 'vote-request' || message.type === 'vote-reply') && message.phase === 'vote';
      if (isVote) broken('contract', `${ghost.id} sends a ${message.type} that does not wait for its disk`);
    }
    if (input.type === 'receive') this.#takesUp(ghost, input.message, before, status);
  }

  /** Who votes may ignore a later term, for it may hear a leader. Who answers or leads is in it. */
  #takesUp({ id }: Ghost, message: PeerMessage, before: ReplicaStatus, status: ReplicaStatus): void {
    if (message.type !== 'vote-request') {
      if (message.term <= status.term) return;
      broken('step-down', `${id} hears of term ${message.term} in a ${message.type}, and stays in ${status.term}`);
    } else if (message.phase === 'pre-vote' && status.term !== before.term) {
      broken('pre-vote', `a pre-vote raises the term of ${id} to ${status.term}`);
    }
  }

  /** What a leader knows of its followers it was told in its own term. */
  #wasTold({ id }: Ghost, contact: Contact, before: ReplicaStatus, status: ReplicaStatus): void {
    const { committedLsn, durableLsn, followers, term } = status;
    if (committedLsn > before.committedLsn && !contact.isToldDurable(committedLsn, durableLsn)) {
      broken('told-durable', `${id} commits ${committedLsn}, and no majority told it in term ${term} to have that`);
    }
    const unheard = followers.find((follower) => follower.lag !== null && contact.toldBy(follower.id) === null);
    if (unheard) broken('told-durable', `${id} knows the lag of ${unheard.id}, which said nothing in term ${term}`);
  }

  #ghost(index: number): Ghost {
    return this.ghosts[index] as Ghost;
  }
}

const isEmpty = ({ persist, send, replies, events }: Ready): boolean =>
  persist === null && send.length === 0 && replies.length === 0 && events.length === 0;
