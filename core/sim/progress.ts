import { broken } from './checks/violation.ts';
import type { World } from './world.ts';

/** After all is healed a cluster has so long to get over it: in election timeouts, and in acknowledgement timeouts. */
const ELECTIONS_MAX = 20;
const ACKNOWLEDGEMENTS_MAX = 4;

/**
 * What a healed cluster must come to within a bound of virtual time: a sync write is acknowledged, the replicas are
 * alike and owe nobody an answer, every client has its answers, and the ledger has settled every fate.
 */
export class Progress {
  readonly #world: World;
  readonly #untilMs: number;
  #isAcknowledged = false;
  #isProbing = false;
  #isDone = false;

  constructor(world: World) {
    const { electionMaxMs, acknowledgeMs } = world.timing;
    this.#world = world;
    this.#untilMs = world.schedule.nowMs + ELECTIONS_MAX * electionMaxMs + ACKNOWLEDGEMENTS_MAX * acknowledgeMs;
    this.#lookAfter(0);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  #lookAfter(ms: number): void {
    const { schedule, timing } = this.#world;
    schedule.after(ms, () => {
      const missing = this.#missing();
      this.#isDone = missing === null;
      if (missing === null) return;
      if (schedule.nowMs > this.#untilMs) broken('progress', `all is healed, and ${missing}`);
      if (!this.#isAcknowledged && !this.#isProbing) this.#probe();
      this.#lookAfter(timing.heartbeatMs / 2);
    });
  }

  #probe(): void {
    this.#isProbing = true;
    this.#world.probe('sync', (isAcknowledged) => {
      this.#isProbing = false;
      this.#isAcknowledged ||= isAcknowledged;
    });
  }

  /** What is not as it should be yet; null: nothing. */
  #missing(): string | null {
    const { hosts, checks, clients, router } = this.#world;
    if (!this.#isAcknowledged) return 'no sync write is acknowledged';
    const [first] = checks.ghosts;
    for (const { status, last, durable, id, index } of checks.ghosts) {
      if (status === null || hosts[index]?.isPaused) return `${id} does not run`;
      const isWhole = status.committedLsn === last.lsn && durable.terms.length === last.lsn;
      const isAlike = first?.last.lsn === last.lsn && first.last.term === last.term;
      if (!isWhole || !isAlike) return `${id} has ${status.committedLsn} of ${last.term}:${last.lsn} committed`;
      const open = checks.openAt(index);
      if (open.length > 0) return `${id} owes answers to ${open.join(' ')}`;
    }
    const waiting = clients.reduce((sum, client) => sum + client.open, 0);
    if (waiting > 0) return `clients wait for ${waiting} answers`;
    const pending = router.ledger.fates.pending - router.ledger.untraceable;
    return pending > 0 ? `the ledger has ${pending} writes pending` : null;
  }
}
