/** An operation on one register, as its client saw it. */
export interface RegisterOperation {
  readonly kind: 'write' | 'read';
  /** What was written or read; null: a read that found nothing. No two writes write the same. */
  readonly value: string | null;
  readonly invokedMs: number;
  /** null: a write of which nobody knows whether it was done. It may be, at any time from its invocation on, or never. */
  readonly completedMs: number | null;
}

/** The operation that cannot be put anywhere, and what the register could hold when it ended. */
export interface Contradiction {
  readonly operation: RegisterOperation;
  readonly possible: readonly (string | null)[];
  readonly why: string;
}

/**
 * Whether the operations on one register can be put in an order in which each took effect at one moment between its
 * invocation and its completion (Herlihy & Wing 1990). Null, or the first operation for which there is no such order.
 *
 * The search is Wing & Gong's (1993) in Lowe's just-in-time form (2017): it goes through the history by time, and holds
 * every configuration that could be: the register's value, and which of the open operations have been done. An
 * operation is done at the latest when it completes, so a configuration is of the open operations alone, however long
 * the history is. Equal configurations are held once.
 *
 * Open for ever, unknown writes would double the configurations each. But as no value is written twice, one that was
 * never read can be left out of any order, and one that was read was done before the first read of it ended.
 */
export function checkRegister(operations: readonly RegisterOperation[]): Contradiction | null {
  const known = withDeadlines(operations);
  if ('why' in known) return known;
  const slots = new Slots();
  let configurations: readonly Configuration[] = [{ value: null, done: 0n }];
  for (const event of eventsOf(known)) {
    if (event.starts) {
      slots.open(event.operation);
      continue;
    }
    const ending = slots.bitOf(event.operation);
    const next = doneBy(ending, configurations, slots);
    if (next.length === 0) {
      const possible = [...new Set(configurations.map(({ value }) => value))];
      return { operation: event.operation, possible, why: 'there is no order in which this could have happened' };
    }
    slots.close(event.operation);
    configurations = next.map(({ value, done }) => ({ value, done: done & ~ending }));
  }
  return null;
}

interface Known extends RegisterOperation {
  readonly completedMs: number;
}

/** Gives every unknown write that was read the time by which it must have been done, and leaves out the others. */
function withDeadlines(operations: readonly RegisterOperation[]): readonly Known[] | Contradiction {
  const written = new Set<string | null>([null]);
  for (const { kind, value } of operations) {
    if (kind === 'read') continue;
    if (written.has(value)) throw new Error(`${value} was written twice`);
    written.add(value);
  }
  const firstRead = new Map<string | null, number>();
  for (const operation of operations) {
    const { kind, value, completedMs } = operation;
    if (kind === 'write') continue;
    if (!written.has(value)) return { operation, possible: [], why: 'nobody wrote what was read' };
    if (completedMs === null) throw new Error('a read without an answer says nothing, and is not for this');
    firstRead.set(value, Math.min(completedMs, firstRead.get(value) ?? Number.POSITIVE_INFINITY));
  }
  return operations.flatMap((operation) => {
    const completedMs = operation.completedMs ?? firstRead.get(operation.value);
    // Read before it was even asked for: the read is what cannot be.
    return completedMs === undefined ? [] : [{ ...operation, completedMs: Math.max(completedMs, operation.invokedMs) }];
  });
}

interface Event {
  readonly atMs: number;
  readonly starts: boolean;
  readonly operation: Known;
}

/** At the same moment starts come first: what only touches may have overlapped. */
function eventsOf(operations: readonly Known[]): readonly Event[] {
  return operations
    .flatMap((operation) => [
      { atMs: operation.invokedMs, starts: true, operation },
      { atMs: operation.completedMs, starts: false, operation },
    ])
    .sort((a, b) => a.atMs - b.atMs || Number(b.starts) - Number(a.starts));
}

interface Configuration {
  readonly value: string | null;
  /** The bits of the open operations that have been done. */
  readonly done: bigint;
}

/** All configurations that those given can become by doing open operations until `wanted` is done, and no further. */
function doneBy(wanted: bigint, from: readonly Configuration[], slots: Slots): readonly Configuration[] {
  const reached = new Map<string, Configuration>();
  const seen = new Set<string>();
  const stack = [...from];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const configuration = { value: next.value, done: slots.readsDone(next) };
    const key = `${configuration.done} ${configuration.value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if ((configuration.done & wanted) !== 0n) {
      reached.set(key, configuration);
      continue;
    }
    for (const [operation, bit] of slots) {
      if (operation.kind === 'write' && (configuration.done & bit) === 0n) {
        stack.push({ value: operation.value, done: configuration.done | bit });
      }
    }
  }
  return [...reached.values()];
}

/** Gives every open operation a bit of its own, which is free again when it ends. */
class Slots {
  readonly #open = new Map<Known, bigint>();
  readonly #free: bigint[] = [];
  #used = 0n;

  open(operation: Known): void {
    let bit = this.#free.pop();
    if (bit === undefined) {
      bit = 1n << this.#used;
      this.#used += 1n;
    }
    this.#open.set(operation, bit);
  }

  close(operation: Known): void {
    this.#free.push(this.bitOf(operation));
    this.#open.delete(operation);
  }

  bitOf(operation: Known): bigint {
    const bit = this.#open.get(operation);
    if (bit === undefined) throw new Error('the operation is not open');
    return bit;
  }

  /** An open read of what the register holds may as well be done now: it changes nothing for the others. */
  readsDone({ value, done }: Configuration): bigint {
    let all = done;
    for (const [operation, bit] of this.#open) if (operation.kind === 'read' && operation.value === value) all |= bit;
    return all;
  }

  [Symbol.iterator](): IterableIterator<[Known, bigint]> {
    return this.#open.entries();
  }
}
