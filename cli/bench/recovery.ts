import { LongLog } from '../../core/cluster/long-log.ts';
import { readProc } from './proc.ts';
import { rounded, single, spreadOf, type TimesResult } from './result.ts';
import type { TimesSettings } from './times.ts';

const KEYS = 997;
const TIMES_MAX = 3;

/**
 * How long a replica takes to start on a log of `--entries` entries, in which compaction has not yet run: all of it is
 * read, checked and folded. The log is written by the replica's own code. A cluster that runs folds its log every 8 MiB,
 * so such a log is one of a replica that could not; and all of it is in memory at the start, which bounds how long it
 * can be (`peakMiB`).
 */
export async function measureRecovery(settings: TimesSettings): Promise<TimesResult> {
  const { stage, mode, valueBytes, entries, onProgress } = settings;
  const log = await LongLog.write(entries, KEYS, valueBytes, (count) => {
    stage.check();
    onProgress((0.5 * count) / entries);
  });
  const kept = stage.onEnd(() => log.remove());
  try {
    const times = Math.min(settings.times, TIMES_MAX);
    const tookMs: number[] = [];
    let peakMiB = Number.NaN;
    while (tookMs.length < times) {
      stage.check();
      tookMs.push(await log.recover((pid) => (peakMiB = peakOf(pid))));
      onProgress(0.5 + (0.5 * tookMs.length) / times);
    }
    const measures = {
      recoveryMs: rounded(spreadOf(tookMs), 0),
      entriesPerSecond: rounded(spreadOf(tookMs.map((ms) => entries / (ms / 1000))), 0),
      ...single({ logMiB: log.bytes / 2 ** 20, ...(Number.isNaN(peakMiB) ? {} : { peakMiB }) }),
    };
    const note = `a replica's start on a log of ${entries} entries, written by its own code, before any compaction`;
    return { case: 'recovery', mode, replicas: 1, times, measures, note };
  } finally {
    log.remove();
    kept();
  }
}

/** In MiB; NaN where the system does not tell. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1]) / 1024;
}
