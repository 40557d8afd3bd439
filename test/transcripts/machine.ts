import type { CompactionLimits } from '../../core/protocol/compaction.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { Random } from '../../core/protocol/random.ts';
import { Replica } from '../../core/protocol/replica.ts';
import type { Timing } from '../../core/protocol/timing.ts';
import { LabDisk, type LogTo } from '../unit/support/lab-disk.ts';
import { recoveredFrom, seal, sealPiece } from '../unit/support/lab-start.ts';
import type { Sitter } from './pictures.ts';

/** One replica with its disk and its clock. */
export interface Machine {
  readonly id: ReplicaId;
  disk: LabDisk;
  /** null: it is down. */
  replica: Replica | null;
  timing: Timing;
  isPaused: boolean;
  /** Nothing becomes durable on its disk, which has no room. */
  isFull: boolean;
  /** Time that passed while it was paused, in ms. */
  missedMs: number;
  /** How many processes there have been on it. */
  starts: number;
}

/** One that is down, with an empty disk. */
export const newMachine = (id: ReplicaId, timing: Timing, logTo: LogTo): Machine => ({
  id,
  disk: new LabDisk(recoveredFrom(), logTo),
  replica: null,
  timing,
  isPaused: false,
  isFull: false,
  missedMs: 0,
  starts: 0,
});

/** Starts its replica from what the disk holds. */
export function startMachine(machine: Machine, members: readonly ReplicaId[], limits: CompactionLimits): void {
  const { id, disk, timing } = machine;
  machine.starts++;
  const random = middling(machine.starts);
  const recovered = disk.recovered();
  machine.replica = new Replica({ id, members, timing, random, seal, sealPiece, limits, recovered });
}

export const isRunning = ({ replica, isPaused }: Machine): boolean => replica !== null && !isPaused;

/** It sits for a picture. */
export function sitterOf({ id, replica, disk, isPaused }: Machine): Sitter {
  const status = replica?.status() ?? null;
  const log = status ? disk.memory : disk.entries;
  const { durableLsn, committedLsn } = status ?? { ...disk.hardState, durableLsn: disk.entries.length };
  const process = status ? (isPaused ? 'paused' : 'up') : 'down';
  return { id, process, status, log, durableLsn, committedLsn, snapshotLsn: disk.snapshot?.position.lsn ?? 0 };
}

/** No timeout is as long. */
const NUMBERS_MIN = 1e9;

/** The middle of the range; what must only be another number for each process is that of the process. */
const middling = (process: number): Random => ({
  between: (low, high) => (high < NUMBERS_MIN ? (low + high) / 2 : low + process),
});
