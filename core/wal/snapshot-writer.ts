import type { SnapshotPart } from '../protocol/snapshot.ts';
import { encodeRecord, type Identity } from './codec.ts';
import { utf8Bytes } from './crc32.ts';
import { SNAPSHOT_PART, snapshotFile } from './files.ts';
import type { PatientDisk } from './patient-disk.ts';
import { SnapshotSum } from './snapshot-file.ts';

/**
 * Writes a snapshot to a file of its own, part by part, each fsynced for itself: no fsync has more than a part to write,
 * and the log, which waits for it, never waits long. The file gets its name when all of it is durable.
 */
export class SnapshotWriter {
  readonly #disk: PatientDisk;
  readonly #identity: Identity;
  /** Of the file, whose last bytes may not be durable yet; 0: there is none. */
  #size = 0;
  #pieces = 0;
  #sum = new SnapshotSum();

  constructor(disk: PatientDisk, identity: Identity) {
    this.#disk = disk;
    this.#identity = identity;
  }

  /** `durable`: the stream offset below which the log is fsynced. */
  write(part: SnapshotPart, durable: number, then: () => void): void {
    const { position, index, last } = part;
    const written = () => {
      if (!last) return then();
      this.#size = 0;
      this.#disk.rename(SNAPSHOT_PART, snapshotFile(position.lsn), then);
    };
    if (index > 0) {
      const size = this.#size;
      const text = this.#encode(part, durable);
      this.#disk.append(SNAPSHOT_PART, size, text, () => this.#disk.sync(SNAPSHOT_PART, written));
      return;
    }
    const leftBehind = this.#size > 0 ? [SNAPSHOT_PART] : [];
    this.#size = 0;
    this.#pieces = 0;
    this.#sum = new SnapshotSum();
    const text = this.#encode(part, durable);
    this.#disk.discard(leftBehind, () => this.#disk.create(SNAPSHOT_PART, text, written));
  }

  #encode({ position, index, pieces, last, installs }: SnapshotPart, durable: number): string {
    let text = '';
    const add = (line: string, bytes: number): void => {
      this.#sum.add(line);
      this.#size += bytes;
      text += `${line}\n`;
    };
    const addRecord = (record: Parameters<typeof encodeRecord>[0]): void => {
      const line = encodeRecord(record);
      add(line, utf8Bytes(line) + 1);
    };
    if (index === 0) {
      addRecord({ type: 'identity', ...this.#identity, start: null });
      addRecord({ type: 'snapshot', position, installs, durable });
    }
    for (const { line, bytes } of pieces) add(line, bytes);
    this.#pieces += pieces.length;
    if (last) addRecord({ type: 'snapshot-end', pieces: this.#pieces, sum: this.#sum.value });
    return text;
  }
}
