/** Time, and the turns of an event loop: a process has the machine's, a simulated one its own. */
export interface Clock {
  /** In ms since some moment; fractions count. */
  nowMs(): number;
  /** Calls `act` every `ms` from now on, until the function that is returned is called. */
  every(ms: number, act: () => void): () => void;
  /** Calls `act` in a later turn of the event loop, behind what this one still takes in. */
  soon(act: () => void): void;
}
