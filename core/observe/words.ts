import type { WriteMode } from '../protocol/entry.ts';
import type { LinkSnapshot } from './snapshot.ts';

/** When a write is acknowledged. */
export const MODE_WORDS: Readonly<Record<WriteMode, string>> = {
  async: 'acknowledged once the leader has it on disk',
  quorum: 'acknowledged once a majority has it on disk',
  sync: 'acknowledged once every replica has it on disk',
};

type Faults = Omit<LinkSnapshot, 'from' | 'to'>;

/** What is wrong with a link: `cut, delayed by 200 ms, drops 30 %`, or in brief; empty: nothing. */
export function faultWords({ cut, delayMs, dropPercent }: Faults, isBrief = false): string {
  const [delayed, percent] = isBrief ? ['delayed', '%'] : ['delayed by', ' %'];
  const faults = [
    cut && 'cut',
    delayMs > 0 && `${delayed} ${Math.round(delayMs)} ms`,
    dropPercent > 0 && `drops ${dropPercent}${percent}`,
  ];
  return faults.filter(Boolean).join(', ');
}
