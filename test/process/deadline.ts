/** Waits are bounded by this unless told otherwise: long, for a busy machine. */
const defaultDeadlineMs = 20_000;

/**
 * Waits until `look` gives something, without polling: `listen` is told whom to call whenever it may have changed, and
 * gives back how to stop that. `look` may throw: it never will. After the deadline, throws what `complain` says.
 */
export function until<T>(
  look: () => T | undefined,
  listen: (changed: () => void) => () => void,
  complain: () => string,
  deadlineMs: number = defaultDeadlineMs,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`${complain()}\n(after ${deadlineMs} ms)`));
    }, deadlineMs);
    const stopListening = listen(check);
    check();

    function check(): void {
      try {
        const found = look();
        if (found === undefined) return;
        stop();
        resolve(found);
      } catch (error) {
        stop();
        reject(error);
      }
    }

    function stop(): void {
      clearTimeout(timer);
      stopListening();
    }
  });
}
