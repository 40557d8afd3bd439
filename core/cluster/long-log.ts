import { readdirSync } from 'node:fs';
import type { Entry, HardState } from '../protocol/entry.ts';
import { lsn, type ReplicaId, term, writeId } from '../protocol/position.ts';
import type { ReplicaReport } from '../replica/config.ts';
import { openDisk } from '../replica/disk.ts';
import { sealEntry } from '../wal/codec.ts';
import { segmentBase, snapshotLsn } from '../wal/files.ts';
import { openWal } from '../wal/wal.ts';
import { Child } from './child.ts';
import { DataFolder } from './data-folder.ts';

/*
 * One replica's log of any length, for `lockstep bench`: a log of a running cluster is folded into a snapshot every few
 * MiB, and never gets long.
 */

/** Entries that are written, and fsynced, together. */
const BATCH_ENTRIES = 10_000;

/** The log of a replica that nobody runs, in a temporary folder. */
export class LongLog {
  readonly entries: number;
  /** Of all entries, as they are in the files. */
  readonly bytes: number;
  readonly #folder: DataFolder;

  /**
   * Writes a log with the replica's own code, as if compaction had not yet run.
   *
   * @param onProgress is told now and then how many entries are written; it throws to give up.
   */
  static async write(entries: number, keys: number, valueBytes: number, onProgress: (count: number) => void) {
    const folder = DataFolder.open(null, 1);
    try {
      return new LongLog(folder, entries, await fill(folder, { entries, keys, valueBytes, onProgress }));
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  private constructor(folder: DataFolder, entries: number, bytes: number) {
    this.#folder = folder;
    this.entries = entries;
    this.bytes = bytes;
  }

  /**
   * Starts a replica process on it, as the supervisor does, and kills it as soon as it listens: then it has read and
   * checked everything, and folded it into its state. Resolves with how long that took, in ms.
   *
   * @param meanwhile what is to be awaited before the kill; it is given the process's id.
   */
  async recover(meanwhile: (pid: number) => Promise<void>): Promise<number> {
    const { cluster, secretFile, replicas } = this.#folder;
    const id = onlyOne(replicas);
    const settings = { host: '127.0.0.1', port: 0, supervised: true, tempo: 'normal' } as const;
    const config = { cluster, secretFile, id, members: replicas, dir: this.#dir, ...settings };
    const listens = Promise.withResolvers<void>();
    const startMs = performance.now();
    const child = new Child<never, ReplicaReport>('../replica/main.js', config, this.#folder.outputOf(id), (report) => {
      if (report.type === 'listening') listens.resolve();
      else listens.reject(new Error(report.message));
    });
    if (child.pid !== null) this.#folder.setChildren([child.pid]);
    try {
      const died = child.ended.then((how) => {
        throw new Error(`the replica ended: ${child.lastWords() ?? how}`);
      });
      await Promise.race([listens.promise, died]);
      const tookMs = performance.now() - startMs;
      if (child.pid !== null) await Promise.race([meanwhile(child.pid), died]);
      died.catch(() => {});
      return tookMs;
    } finally {
      child.signal('SIGKILL');
      await child.ended;
      this.#folder.setChildren([]);
    }
  }

  /** Whether a snapshot has taken the place of the log: what is left is its tail. */
  get isFolded(): boolean {
    const names = readdirSync(this.#dir);
    const segments = names.filter((name) => segmentBase(name) !== null);
    return segments.length === 1 && names.some((name) => snapshotLsn(name) !== null);
  }

  get #dir(): string {
    return this.#folder.folderOf(onlyOne(this.#folder.replicas));
  }

  /** Removes it. */
  remove(): void {
    this.#folder.close();
  }
}

interface Wanted {
  readonly entries: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly onProgress: (count: number) => void;
}

/** Returns the bytes of all entries. */
async function fill(folder: DataFolder, { entries, keys, valueBytes, onProgress }: Wanted): Promise<number> {
  const { cluster, replicas } = folder;
  const replica = onlyOne(replicas);
  let settled = Promise.withResolvers<void>();
  const opened = openWal(
    openDisk(folder.folderOf(replica)),
    { cluster, replica, members: replicas },
    {
      persisted: () => settled.resolve(),
      failed: (error) => settled.reject(error),
      full: (error) => settled.reject(error),
      freed: () => {},
    },
  );
  if (opened.verdict === 'refused') throw new Error(opened.message);
  const { wal, recovered } = opened;
  const filler = 'x'.repeat(valueBytes);
  let bytes = 0;
  for (let written = 0, number = 1; written < entries; number++) {
    const count = Math.min(BATCH_ENTRIES, entries - written);
    const batch = Array.from({ length: count }, (_, i) => entryAt(written + i + 1, keys, filler));
    bytes += batch.reduce((sum, entry) => sum + entry.bytes, 0);
    const hardState: HardState = {
      ...recovered.hardState,
      term: term(1),
      votedFor: replica,
      committedLsn: lsn(written),
    };
    settled = Promise.withResolvers();
    wal.submit({ number, hardState, truncateFrom: null, entries: batch, snapshot: null, dirty: true });
    await settled.promise;
    written += count;
    onProgress(written);
  }
  await new Promise<void>((resolve, reject) => wal.close((error) => (error ? reject(error) : resolve())));
  return bytes;
}

function onlyOne([replica]: readonly ReplicaId[]): ReplicaId {
  if (replica === undefined) throw new Error('a cluster of nobody');
  return replica;
}

function entryAt(at: number, keys: number, filler: string): Entry {
  const command = { op: 'put', key: `bench-${at % keys}`, value: `${at}-${filler}`.slice(0, filler.length) } as const;
  return sealEntry({ term: term(1), lsn: lsn(at), id: writeId(`b${at}`), command, mode: 'quorum', session: null });
}
