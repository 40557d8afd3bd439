import { parentPort } from 'node:worker_threads';
import type { GivenOptions } from '../../core/sim/options.ts';
import { simulate } from '../../core/sim/simulate.ts';
import { NOTHING, sum, tallyOf } from './tally.ts';

/** What a worker thread is asked: so many seeds from this one on. It answers with their tally. */
export interface Chunk {
  readonly from: number;
  readonly count: number;
  readonly options: GivenOptions;
}

parentPort?.on('message', ({ from, count, options }: Chunk) => {
  let tally = NOTHING;
  for (let seed = from; seed < from + count; seed++) tally = sum(tally, tallyOf(simulate({ seed, options })));
  parentPort?.postMessage(tally);
});
