import type { Command } from 'commander';
import type { Commander, Completion } from '../views/commander.ts';
import { completions } from './completion.ts';
import type { Run } from './context.ts';
import { EXIT } from './failure.ts';
import { complain, EXIT_OF_SIGNAL, type Io } from './io.ts';
import { LineIo } from './line-io.ts';
import { splitWords } from './words.ts';

export interface DashboardCommandsOptions {
  /** Where its commands are looked up to complete a line. */
  readonly program: Command;
  readonly run: Run;
  readonly env: Io['env'];
  /** `host:port` of the cluster that the dashboard shows: what a line is about, unless it says `--addr`. */
  readonly addr: string;
  /** The names of its replicas. */
  readonly replicas: () => readonly string[];
}

/** The program's commands on a dashboard's own command line, in this process, against the cluster that it shows. */
export class DashboardCommands implements Commander {
  readonly #options: DashboardCommandsOptions;
  readonly #stops = new Set<() => void>();

  constructor(options: DashboardCommandsOptions) {
    this.#options = options;
  }

  run(
    line: string,
    onLine: (line: string) => void,
    onEnd: (exit: number) => void,
    columns: () => number = () => Number.POSITIVE_INFINITY,
  ): () => void {
    const env = { ...this.#options.env, LOCKSTEP_ADDR: this.#options.addr, NO_COLOR: '1' };
    const io = new LineIo({ env, columns, onLine, refusal: (command) => this.#refusal(command) });
    const stop = (): void => io.stop();
    this.#stops.add(stop);
    const abandoned = new Promise<number>((resolve) => {
      io.abandoned.addEventListener('abort', () => resolve(EXIT_OF_SIGNAL.SIGINT), { once: true });
    });
    // Later, so that nothing is called before the caller knows how to stop it.
    const ran = Promise.resolve().then(() => this.#obey(line, io));
    void Promise.race([abandoned, ran]).then((exit) => {
      this.#stops.delete(stop);
      io.close();
      onEnd(exit);
    });
    return stop;
  }

  complete(line: string): readonly Completion[] {
    const { program, replicas } = this.#options;
    const isRefused = (command: string): boolean => this.#refusal(command) !== null;
    return completions(program, line, { replicas: replicas(), isRefused });
  }

  /** Stops whatever is running. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  #obey(line: string, io: LineIo): Promise<number> | number {
    const { words, open } = splitWords(line);
    if (open !== null) {
      complain(io, `a quote (${open}) is opened and not closed`);
      return EXIT.usage;
    }
    if (words.length === 0) return EXIT.done;
    return this.#options.run(words[0] === this.#options.program.name() ? words.slice(1) : words, io);
  }

  #refusal(command: string): string | null {
    switch (command) {
      case 'play':
        return 'a dashboard is open already; a new cluster with one, in another terminal: lockstep play --port 0';
      case 'up':
        return 'a cluster is running already; another one, in another terminal: lockstep up --port 0';
      case 'replica':
      case 'router':
        return `a ${command} runs until it is stopped: in a terminal of its own, lockstep ${command}`;
      case 'attach':
        return `a dashboard is open already; a second, in another terminal: lockstep attach --addr ${this.#options.addr}`;
      default:
        return null;
    }
  }
}
