import type { WriteMode } from '../protocol/entry.ts';
import type { LinkSnapshot } from './snapshot.ts';

/** When a write is acknowledged. */
export const MODE_WORDS: Readonly<Record<WriteMode, string>> = {
  async: 'acknowledged once the leader has it on disk',
  quorum: 'acknowledged once a majority has it on disk',
  sync: 'acknowledged once every replica has it on disk',
};

type Faults = Omit<LinkSnapshot, 'from' | 'to'>;

/** `1 entry`, `2 entries`. A noun that ends in y has a consonant before it. */
export const count = (amount: number, noun: string): string =>
  amount === 1 ? `1 ${noun}` : `${amount} ${noun.replace(/y$/, 'ie')}s`;

/** How long something took: `0.4 ms`, `12 ms`. */
export const formatMs = (ms: number): string => `${ms > 0 && ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

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
