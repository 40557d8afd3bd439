/** What an operation is on. A read has no use for the value. */
export interface Item {
  readonly key: string;
  readonly value: string;
}

/** A connection to one server, in its dialect. What goes wrong on it is thrown: such a run has no figures. */
export interface Channel {
  /** Sends one operation on each item, all at once. `done` is called when all are answered, and answered well. */
  issue(items: readonly Item[], done: () => void): void;
  close(): void;
}
