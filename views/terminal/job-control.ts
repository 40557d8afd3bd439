/** Whoever cannot be stopped goes on after so long, in ms. */
const UNSTOPPABLE_MS = 100;

/**
 * Stops this process as Ctrl-Z does where nobody listens to it, and resolves once it goes on: with `fg`, or at once
 * where no shell controls jobs, and the system does not let it stop.
 *
 * All of its process group stop: `npx` and `sh -c` wait for their child, and the shell would wait for them. The
 * replicas are in groups of their own, and go on.
 */
export function stopHere(): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      clearTimeout(timer);
      process.off('SIGCONT', goOn);
      // While it was stopped, nobody told it that the window has another size. Node looks when it hears this.
      process.kill(process.pid, 'SIGWINCH');
      resolve();
    };
    process.on('SIGCONT', goOn);
    process.kill(0, 'SIGTSTP');
    // A process that is stopped has no timers: this one fires only if it was not, or is over already.
    const timer = setTimeout(goOn, UNSTOPPABLE_MS);
  });
}
