import { setTimeout as pass } from 'node:timers/promises';
import type { Tempo } from '../../core/protocol/timing.ts';
import { isSettled, Running } from '../process/running.ts';
import { Connection } from './connection.ts';
import { Recording, type RecordingOptions, type Report } from './recording.ts';
import { type Step, scheduleOf } from './schedule.ts';

export interface NemesisOptions extends RecordingOptions {
  readonly replicas: number;
  readonly tempo: Tempo;
  /** How long faults go on, in ms. */
  readonly lengthMs: number;
  readonly say: (line: string) => void;
}

/** Random faults, all of them from the seed, on a real cluster in use; then all is healed, and checked. */
export async function runNemesis(options: NemesisOptions): Promise<Report> {
  const { seed, replicas, mode, tempo, lengthMs, say } = options;
  say(`seed ${seed}: ${replicas} replicas, ${mode}, tempo ${tempo}, ${Math.round(lengthMs / 1000)} s of faults`);
  await using cluster = await Running.up(['--replicas', `${replicas}`, '--mode', mode, '--tempo', tempo]);
  const ids = (await cluster.until(isSettled)).replicas.map(({ id }) => id);
  const recording = await Recording.start(cluster, options);
  await inflict(cluster.addr, scheduleOf(seed, ids, lengthMs), say);
  await cluster.client.ask({ op: 'heal' });
  // Awaited here: the cluster ends with this function.
  return await recording.finish();
}

/** What cannot be done as things are, such as to kill who is down, is left out. */
async function inflict(addr: string, steps: readonly Step[], say: (line: string) => void): Promise<void> {
  const router = new Connection(addr);
  const startMs = performance.now();
  const asked: Promise<unknown>[] = [];
  for (const { atMs, order } of steps) {
    await pass(Math.max(0, startMs + atMs - performance.now()));
    const answered = router.ask(order).then((answer) => {
      const seconds = ((performance.now() - startMs) / 1000).toFixed(2);
      if (answer?.ok) say(`${seconds} s  ${answer.message}`);
    });
    asked.push(answered);
  }
  await Promise.all(asked);
  router.close();
}
