/** Runs command lines for the dashboard: the commands that the terminal's shell would run, on the cluster it shows. */
export interface Commander {
  /**
   * Runs one line, such as `write x 1 --mode sync`. Its output comes line by line, at last `onEnd` with the exit code
   * (0: done), once; neither is called from within this. What comes from outside is escaped in it.
   *
   * @param columns of the place where the output is shown. Default: no bound.
   * @returns stops it, as Ctrl-C would. `onEnd` comes then too.
   */
  run(line: string, onLine: (line: string) => void, onEnd: (exit: number) => void, columns?: () => number): () => void;
  /** What could stand at the end of `line`; sorted, none if nothing fits. */
  complete(line: string): readonly Completion[];
}

/** A whole word that replaces the last one of a line. It ends in `=` if more belongs to it: a blank follows all others. */
export interface Completion {
  readonly word: string;
  /** What it means, in a few words. */
  readonly words: string;
}
