import type { Entry } from './entry.ts';
import type { Lsn } from './position.ts';

/**
 * The key-value state as the fold of the log, kept as versions: of each key the newest committed one, and every one
 * above. So a rollback drops versions, and a read chooses its prefix.
 *
 * 1. The versions of a key stand in the order of their LSNs.
 * 2. At most one of them is at or below the last LSN given to `commit`.
 */
export class VersionedState {
  readonly #versions = new Map<string, Version[]>();

  get keys(): number {
    return this.#versions.size;
  }

  apply(entry: Entry): void {
    const { command } = entry;
    if (command.op === 'noop') return;
    const version = { lsn: entry.lsn, value: command.op === 'put' ? command.value : null };
    const versions = this.#versions.get(command.key);
    if (versions) versions.push(version);
    else this.#versions.set(command.key, [version]);
  }

  /** Takes back an entry that was applied: the newest of those that still are. */
  revert(entry: Entry): void {
    const { command } = entry;
    if (command.op === 'noop') return;
    const versions = this.#versions.get(command.key);
    if (versions?.pop()?.lsn !== entry.lsn) throw new Error(`entry ${entry.lsn} is not the newest of its key`);
    if (versions.length === 0) this.#versions.delete(command.key);
  }

  /** `entry` is committed: what it replaced is needed no more. Called for every entry, in order. */
  commit(entry: Entry): void {
    const { command } = entry;
    if (command.op === 'noop') return;
    const versions = this.#versions.get(command.key);
    const settled = versions?.findIndex((version) => version.lsn === entry.lsn) ?? -1;
    if (!versions || settled < 0) throw new Error(`entry ${entry.lsn} was never applied`);
    versions.splice(0, settled);
    if (versions.length === 1 && command.op === 'delete') this.#versions.delete(command.key);
  }

  /**
   * The value of `key` in the prefix that ends at `end`; null if it has none there. `end` is not below the last
   * committed entry.
   */
  read(key: string, end: Lsn): string | null {
    const versions = this.#versions.get(key);
    return versions?.findLast((version) => version.lsn <= end)?.value ?? null;
  }
}

interface Version {
  readonly lsn: Lsn;
  /** null: deleted. */
  readonly value: string | null;
}
