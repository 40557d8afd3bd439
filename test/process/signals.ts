import { constants } from 'node:os';
import type { Sandbox } from './sandbox.ts';

/** For scripts: until disposed of, whoever stops the script (Ctrl-C, `kill`) stops what runs in `sandbox` too. */
export function endOnSignal(sandbox: Sandbox): Disposable {
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await sandbox[Symbol.asyncDispose]();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
