import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { percentile } from './figures.ts';

/** Where all of it ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly folder: string;
  readonly fileSystem: string;
  /** A write of 4 KiB to the end of a file, and fdatasync, in ms: what no durable write is faster than. */
  readonly fsyncMs: { readonly p50: number; readonly p99: number };
  /** Over one minute, at the start: what others ran here. */
  readonly load: number;
}

/** `folder`: where the data will lie. */
export function machine(folder: string): Machine {
  const type = statfsSync(folder).type;
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: totalmem() / 2 ** 30,
    kernel: release(),
    node: process.version,
    folder,
    fileSystem: FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`,
    fsyncMs: fsync(join(folder, 'fsync')),
    load: loadavg()[0] ?? Number.NaN,
  };
}

function fsync(file: string): Machine['fsyncMs'] {
  const block = Buffer.alloc(4096, 'x');
  const fd = openSync(file, 'w');
  const times = Array.from({ length: FSYNCS }, () => {
    const startedMs = performance.now();
    writeSync(fd, block);
    fdatasyncSync(fd);
    return performance.now() - startedMs;
  });
  closeSync(fd);
  const sorted = Float64Array.from(times).sort();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

const FSYNCS = 300;
/** By the numbers that statfs(2) names. In memory, fsync is for nothing, and the figures are too. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  2035054128: 'overlayfs',
  16914836: 'tmpfs: in memory, so nothing here is durable',
};
