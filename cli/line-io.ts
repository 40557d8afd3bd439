import type { Io, StopSignal } from './io.ts';

/** What the world of a command is, where its output is lines for somebody else to show. */
export interface LineIoOptions {
  readonly env: Io['env'];
  readonly columns: () => number;
  readonly onLine: (line: string) => void;
  readonly refusal: (command: string) => string | null;
}

/**
 * The world of a command that runs inside of another: no terminal, no process, no signals of its own.
 *
 * 1. `onLine` is called for every whole line that is printed, out and err as they come; for what is left, by `close`.
 * 2. After `close` it is not called any more.
 * 3. `stop` is heard by whoever listens; if nobody does, and the second time, the command is abandoned.
 */
export class LineIo implements Io {
  readonly env: Io['env'];
  readonly isTerminal = false;
  readonly columns: () => number;
  readonly refusal: (command: string) => string | null;
  readonly #onLine: (line: string) => void;
  readonly #unfinished = { out: '', err: '' };
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #abandoning = new AbortController();
  #isStopped = false;
  #isClosed = false;

  constructor({ env, columns, onLine, refusal }: LineIoOptions) {
    this.env = env;
    this.columns = columns;
    this.refusal = refusal;
    this.#onLine = onLine;
  }

  readonly out = (text: string): void => this.#print('out', text);
  readonly err = (text: string): void => this.#print('err', text);

  readonly onStop = (listener: (signal: StopSignal) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get abandoned(): AbortSignal {
    return this.#abandoning.signal;
  }

  /** As Ctrl-C would. Whoever is not abandoned ends by itself. */
  stop(): void {
    if (this.#isStopped || this.#listeners.size === 0) this.#abandoning.abort();
    this.#isStopped = true;
    for (const listener of [...this.#listeners]) listener('SIGINT');
  }

  close(): void {
    for (const line of [this.#unfinished.out, this.#unfinished.err]) if (line !== '') this.#tell(line);
    this.#isClosed = true;
  }

  #print(stream: 'out' | 'err', text: string): void {
    const lines = (this.#unfinished[stream] + text).split('\n');
    this.#unfinished[stream] = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
  }

  #tell(line: string): void {
    if (!this.#isClosed) this.#onLine(line);
  }
}
