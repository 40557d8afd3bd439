import type { Clock } from '../protocol/clock.ts';

/** The machine's own, as every process of a real cluster has it. */
export const machineClock: Clock = {
  nowMs: () => performance.now(),
  every: (ms, act) => {
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  },
  soon: (act) => {
    setImmediate(act);
  },
};
