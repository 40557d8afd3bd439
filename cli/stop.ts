import type { Io, StopSignal } from './io.ts';

/** The signals that ask a command to stop: the first asks it to do so in good order, the second not to wait for that. */
export interface StopRequest {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  /** Gives the signals back. */
  release(): void;
}

export function listenForStop(io: Io): StopRequest {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  let heard = 0;
  const release = io.onStop((signal) => {
    heard++;
    (heard === 1 ? first : second).resolve(signal);
  });
  return { first: first.promise, second: second.promise, release };
}
