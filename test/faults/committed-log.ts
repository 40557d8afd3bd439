import type { LogEntryView } from '../../core/observe/api.ts';
import { type Position, parsePosition } from '../../core/protocol/position.ts';

export type CommittedEntry = Omit<LogEntryView, 'position' | 'committed' | 'durable'> & { readonly position: Position };

/** What the cluster has committed, as its replicas' logs show it: at any time, by any of them, the same. */
export class CommittedLog {
  /** By LSN. */
  readonly #entries = new Map<number, { readonly entry: CommittedEntry; readonly from: string }>();

  #lastLsn = 0;

  get lastLsn(): number {
    return this.#lastLsn;
  }

  /** The first LSN of which nothing was taken in, though something later was; null if there is none. */
  get gap(): number | null {
    for (let lsn = 1; lsn <= this.#lastLsn; lsn++) if (!this.#entries.has(lsn)) return lsn;
    return null;
  }

  /** Takes in what a replica shows; gives every contradiction to what was taken in before. */
  add(replica: string, shown: readonly LogEntryView[]): readonly string[] {
    return shown.filter(({ committed }) => committed).flatMap((entry) => this.#take(replica, entry));
  }

  /** By LSN. */
  entries(): readonly CommittedEntry[] {
    return [...this.#entries.values()].map(({ entry }) => entry).sort((a, b) => a.position.lsn - b.position.lsn);
  }

  #take(from: string, { position: text, id, op, key, value, mode }: LogEntryView): readonly string[] {
    const position = parsePosition(text);
    if (position === null) return [`${from} shows an entry at ${text}`];
    const entry = { position, id, op, key, value, mode };
    const known = this.#entries.get(position.lsn);
    if (known === undefined) {
      this.#entries.set(position.lsn, { entry, from });
      this.#lastLsn = Math.max(this.#lastLsn, position.lsn);
      return [];
    }
    const [one, other] = [JSON.stringify(known.entry), JSON.stringify(entry)];
    return one === other ? [] : [`committed on ${known.from}: ${one}; committed on ${from}: ${other}`];
  }
}

/** The committed log at the end, to look things up in. */
export class FinalHistory {
  readonly #terms = new Map<number, number>();
  readonly #byValue = new Map<string, CommittedEntry[]>();
  readonly #byKey = new Map<string, CommittedEntry[]>();
  readonly ids: ReadonlySet<string>;

  /** @param entries by LSN, all of them. */
  constructor(entries: readonly CommittedEntry[]) {
    for (const entry of entries) {
      this.#terms.set(entry.position.lsn, entry.position.term);
      if (entry.value !== null) push(this.#byValue, entry.value, entry);
      if (entry.key !== null) push(this.#byKey, entry.key, entry);
    }
    this.ids = new Set(entries.flatMap(({ id }) => id ?? []));
  }

  /** Whether this position is part of it. */
  has({ term, lsn }: Position): boolean {
    return this.#terms.get(lsn) === term;
  }

  /** Every entry that wrote this value: one, unless something was applied twice. */
  writesOf(value: string): readonly CommittedEntry[] {
    return this.#byValue.get(value) ?? [];
  }

  /** The value of a key after the entry at `lsn`; null if it has none then. */
  valueAt(key: string, lsn: number): string | null {
    const writes = this.#byKey.get(key) ?? [];
    let [low, high] = [0, writes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((writes[middle]?.position.lsn ?? 0) <= lsn) low = middle + 1;
      else high = middle;
    }
    return writes[low - 1]?.value ?? null;
  }
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
