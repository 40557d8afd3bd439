/** Collects what is told, line by line; what comes of something is indented below it. */
export class Teller {
  #lines: string[] = [];
  #indent = '';

  tell(...lines: readonly string[]): void {
    this.#lines.push(...lines.map((line) => this.#indent + line));
  }

  /** Tells `line`, and indented below it what is told while `act` runs. */
  tellWith(line: string, act: () => void): void {
    this.tell(line);
    const outside = this.#indent;
    this.#indent = `${outside}  `;
    act();
    this.#indent = outside;
  }

  /** What is told while `act` runs, which is not told to anybody else. */
  overhear(act: () => void): readonly string[] {
    const outside = this.#lines;
    this.#lines = [];
    act();
    const heard = this.#lines;
    this.#lines = outside;
    return heard;
  }

  /** What was told since it was last taken. */
  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#indent = '';
    return lines;
  }
}
