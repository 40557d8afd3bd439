import type { Ledger, LedgerChange, LedgerWrite } from '../../observe/ledger.ts';
import type { SessionSeq } from '../../protocol/entry.ts';
import { formatPosition, ORIGIN, type Position, type WriteId } from '../../protocol/position.ts';
import type { ReadAnswer, ReadAsk } from '../../routing/reads.ts';
import type { WriteAnswer, WriteAsk } from '../../routing/writes.ts';
import type { History } from './history.ts';
import { broken } from './violation.ts';

/**
 * What clients are told, and what the ledger says became of their writes.
 *
 * 1. What is answered to a client that carries a token is at or after it: its session never goes back.
 * 2. A token is called rolled back only when what is committed excludes it, and the client is sent on to what is committed.
 * 3. A write is called committed, lost or discarded only when it is so; and none that was acknowledged under quorum or
 *    sync is lost.
 * 4. A retry of a write that was lost is told what it replaces.
 * 5. In the end the ledger's losses are exactly the writes that were acknowledged and did not survive.
 */
export class ClientChecks {
  readonly #history: History;
  /** What was acknowledged since the router started. */
  #acknowledged = new Map<WriteId, Position>();
  /** By session and seq: where the write stood that was lost. */
  #lost = new Map<string, Position>();

  constructor(history: History) {
    this.#history = history;
  }

  /** The ledger begins anew. */
  routerStarted(): void {
    this.#acknowledged = new Map();
    this.#lost = new Map();
  }

  wrote({ mode, token, session }: WriteAsk, { id, outcome, error, position, replaces }: WriteAnswer): void {
    const lost = outcome === 'ok' && session ? (this.#lost.get(nameOf(session)) ?? null) : null;
    if (replaces?.lsn !== lost?.lsn || replaces?.term !== lost?.term) {
      const [said, right] = [replaces, lost].map((position) => (position ? formatPosition(position) : 'nothing'));
      broken('replaces', `${id} is said to replace ${said}, and replaces ${right}, which was lost`);
    }
    if (error?.code === 'rolled-back') this.#isRolledBack(token, `the token of ${id}`);
    if (outcome !== 'ok') return;
    if (position === null) return broken('token-write', `${id} is acknowledged without a position`);
    const what = (): string => `${id} (${mode}), acknowledged at ${formatPosition(position)},`;
    if (mode !== 'async' && !this.#history.isCommitted(position)) broken('acknowledged', `${what()} is not committed`);
    // A retry stands where its original does, which may be before what its client has seen since.
    const isRetry = this.#history.entryAt(position)?.id !== id;
    const isAfter = (after: Position, before: Position): boolean => this.#history.includes(after, before);
    if (token !== null && !isAfter(position, token) && !(isRetry && isAfter(token, position))) {
      broken('token-write', `${what()} is not after ${formatPosition(token)}, which its client had seen`);
    }
    this.#acknowledged.set(id, position);
  }

  read(ask: ReadAsk, { error, position, token, servedBy }: ReadAnswer): void {
    const seen = ask.token ?? ORIGIN;
    const carried = (): string => formatPosition(seen);
    if (error?.code === 'rolled-back') {
      this.#isRolledBack(seen, 'the token of a read');
      if (token === null || !this.#history.isCommitted(token))
        broken('rolled-back', `who lost ${carried()} is sent on to what is not there`);
    }
    if (position === null || ask.level === 'any') return;
    if (this.#history.includes(position, seen)) return;
    broken('session', `a read with token ${carried()} is answered by ${servedBy} from ${formatPosition(position)}`);
  }

  changed({ type, write }: LedgerChange): void {
    const { id, position, mode, fate } = write;
    if (type === 'lost') {
      if (position === null || !this.#history.isExcluded(position)) {
        return broken('ledger', `${id} (${mode}) is called lost, and may still be committed`);
      }
      if (mode !== 'async') broken('lost-acknowledged', `${id} was acknowledged under ${mode}, and is lost`);
      if (write.session) this.#lost.set(nameOf(write.session), position);
    } else if (position !== null && !this.#isFate(position, fate)) {
      broken('ledger', `${id} at ${formatPosition(position)} is called ${fate}, and is not`);
    }
  }

  /** All is healed, and everything that can be settled is. */
  end(ledger: Ledger): void {
    const lost = [...this.#acknowledged].filter(([, position]) => !this.#history.isCommitted(position));
    const named = new Set(ledger.losses().map(({ id }) => id));
    const isSame = lost.length === named.size && lost.every(([id]) => named.has(id));
    if (!isSame) {
      broken('ledger-losses', `lost are ${lost.map(([id]) => id).join(' ')}; the ledger says ${[...named].join(' ')}`);
    }
    const recent = ledger.recent();
    const open = recent.filter((write) => write.position === null && write.fate === 'pending');
    if (open.length > ledger.untraceable)
      broken('ledger', `${open.map(({ id }) => id).join(' ')} are settled as pending`);
    for (const write of recent) if (!open.includes(write)) this.#isSettled(write);
  }

  #isSettled({ id, outcome, position, fate }: LedgerWrite): void {
    if (outcome === 'rejected') return;
    const isRight = position === null ? fate === 'discarded' : this.#isFate(position, fate);
    if (!isRight) broken('ledger', `${id} (${outcome}) is settled as ${fate}, and is not`);
  }

  #isFate(position: Position, fate: LedgerWrite['fate']): boolean {
    return fate === 'committed' ? this.#history.isCommitted(position) : this.#history.isExcluded(position);
  }

  #isRolledBack(token: Position | null, what: string): void {
    if (token !== null && this.#history.isExcluded(token)) return;
    broken(
      'rolled-back',
      `${what}, ${token && formatPosition(token)}, is called rolled back, and may be committed yet`,
    );
  }
}

const nameOf = ({ session, seq }: SessionSeq): string => `${seq} ${session}`;
