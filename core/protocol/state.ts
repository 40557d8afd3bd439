import type { Entry } from './entry.ts';
import type { Lsn } from './position.ts';
import { Scan } from './scan.ts';
import type { SnapshotPiece } from './snapshot.ts';

type KeyPiece = Extract<SnapshotPiece, { type: 'key' }>;

/**
 * The key-value state as the fold of the log, kept as versions: of each key the newest committed one, and every one
 * above. So a rollback drops versions, and a read chooses its prefix.
 *
 * 1. The versions of a key stand in the order of their LSNs.
 * 2. At most one of them is at or below the last LSN given to `commit`.
 * 3. Only `commit` changes what is at or below the last LSN given to it.
 */
export class VersionedState {
  readonly #records = new Map<string, KeyRecord>();
  readonly #scans = new Set<Scan<KeyRecord, KeyPiece>>();
  #orders = 0;
  #committedLsn = 0;

  get keys(): number {
    return this.#records.size;
  }

  apply(entry: Entry): void {
    const { command } = entry;
    if (command.op === 'noop') return;
    this.#push(command.key, { lsn: entry.lsn, value: command.op === 'put' ? command.value : null });
  }

  /** Takes back an entry that was applied: the newest of those that still are. */
  revert(entry: Entry): void {
    const { command } = entry;
    if (command.op === 'noop') return;
    const versions = this.#records.get(command.key)?.versions;
    if (versions?.pop()?.lsn !== entry.lsn) throw new Error(`entry ${entry.lsn} is not the newest of its key`);
    const [left] = versions;
    const isGone = left?.value === null && left.lsn <= this.#committedLsn && versions.length === 1;
    if (!left || isGone) this.#records.delete(command.key);
  }

  /** `entry` is committed: what it replaced is needed no more. Called for every entry, in order. */
  commit(entry: Entry): void {
    const { command } = entry;
    this.#committedLsn = entry.lsn;
    if (command.op === 'noop') return;
    const record = this.#records.get(command.key);
    const settled = record?.versions.findIndex((version) => version.lsn === entry.lsn) ?? -1;
    if (!record || settled < 0) throw new Error(`entry ${entry.lsn} was never applied`);
    for (const scan of this.#scans) scan.keep(command.key, record);
    record.versions.splice(0, settled);
    if (record.versions.length === 1 && command.op === 'delete') this.#records.delete(command.key);
  }

  /** `apply` and `commit` in one, of an entry after which nothing is applied yet, while nobody scans. */
  fold(entry: Entry): void {
    const { command } = entry;
    this.#committedLsn = entry.lsn;
    if (command.op === 'noop') return;
    if (command.op === 'delete') {
      this.#records.delete(command.key);
      return;
    }
    const version = { lsn: entry.lsn, value: command.value };
    const record = this.#records.get(command.key);
    if (record) record.versions[0] = version;
    else this.#push(command.key, version);
  }

  /**
   * The value of `key` in the prefix that ends at `end`; null if it has none there. `end` is not below the last
   * committed entry.
   */
  read(key: string, end: Lsn): string | null {
    return versionAt(this.#records.get(key), end)?.value ?? null;
  }

  /** All keys with their values in the prefix that ends at `end`, the last committed entry. To be given to `release`. */
  scan(end: Lsn): Scan<KeyRecord, KeyPiece> {
    const scan = new Scan<KeyRecord, KeyPiece>(this.#records, this.#orders, (key, record) => {
      const version = versionAt(record, end);
      return version && version.value !== null ? { type: 'key', key, value: version.value, lsn: version.lsn } : null;
    });
    this.#scans.add(scan);
    return scan;
  }

  release(scan: Scan<KeyRecord, KeyPiece>): void {
    this.#scans.delete(scan);
  }

  /** Takes over a key of a snapshot, before anything is applied. */
  restore({ key, value, lsn }: KeyPiece): void {
    this.#push(key, { lsn, value });
  }

  #push(key: string, version: Version): void {
    const record = this.#records.get(key);
    if (record) record.versions.push(version);
    else this.#records.set(key, { order: ++this.#orders, versions: [version] });
  }
}

interface KeyRecord {
  readonly order: number;
  readonly versions: Version[];
}

interface Version {
  readonly lsn: Lsn;
  /** null: deleted. */
  readonly value: string | null;
}

const versionAt = (record: KeyRecord | undefined, end: Lsn): Version | undefined =>
  record?.versions.findLast((version) => version.lsn <= end);
