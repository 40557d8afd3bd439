import { asMeasures, residentOf } from './resident.ts';
import { single, type TimesResult } from './result.ts';
import { FULL_LOAD, type TimesSettings } from './times.ts';

/** Few, so that what is held is the machinery's and not the user's. */
const KEYS = 997;

/** What the processes of a cluster hold at most, under as many writes as it takes. */
export async function measureMemory(settings: TimesSettings): Promise<TimesResult> {
  const { stage, replicas, mode, valueBytes, seconds, onProgress } = settings;
  const cluster = await stage.cluster({ replicas, mode });
  const { host, port } = cluster;
  const atRest = await residentOf(cluster, 'VmRSS');
  const client = await stage.client({ ...FULL_LOAD, keys: KEYS, to: { path: 'router', host, port }, mode, valueBytes });
  await client.begin();
  for (let second = 0; second < seconds; second++) {
    await stage.pause(1000);
    onProgress(second / seconds);
  }
  const { outcomes, seconds: took } = await client.counted();
  const peak = await residentOf(cluster, 'VmHWM');
  await client.stop();
  const measures = {
    ...asMeasures(atRest, 'AtRestMiB'),
    ...asMeasures(peak, 'PeakMiB'),
    writesPerSecond: outcomes.ok / took,
  };
  const note = `resident memory at the start, and the most of it in ${seconds} s of 16x64 writes over ${KEYS} keys`;
  return { case: 'memory', mode, replicas, times: 1, measures: single(measures), note };
}
