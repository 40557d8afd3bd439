import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Of a child's output, its last words are taken from at most this many bytes. */
const LAST_WORDS_BYTES = 4096;

/** Young objects get half as much room as by default: V8 keeps two to three times as much, and load fills all of it. */
const V8_OPTIONS = ['--max-semi-space-size=8'];

/** Nothing is written through a symbolic link; and a pipe that nobody reads is an error, not waited for. */
const OUTPUT_FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** One child process: its messages, its end, and its output, which goes to a file. */
export class Child<Order extends object, Report> {
  readonly outputFile: string;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #outputStart: number;
  #alive = true;

  /** @param module the built entry, relative to this folder. @param config goes to it as JSON, its first argument. */
  constructor(module: string, config: object, outputFile: string, onReport: (report: Report) => void) {
    this.outputFile = outputFile;
    const output = openSync(outputFile, OUTPUT_FLAGS, 0o600);
    this.#outputStart = fstatSync(output).size;
    this.#process = fork(new URL(module, import.meta.url), [JSON.stringify(config)], {
      stdio: ['ignore', output, output, 'ipc'],
      // The children of a test runner or a debugger must not take up its options.
      execArgv: V8_OPTIONS,
      // In a group of its own: what the terminal and its shell do to the parent's job is not for it. Above all `fg`
      // sends SIGCONT to the whole group, and would wake who is paused.
      detached: true,
    });
    closeSync(output);
    this.#process.on('message', (report) => onReport(report as Report));
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#alive = false;
        resolve(how);
      };
      this.#process.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      this.#process.on('error', (error) => {
        // An order to a child that is just dying has nobody to reach; its end is told by `exit`. One that was never
        // born has no other end than this.
        if (this.#process.pid === undefined) end(`not started: ${error.message}`);
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  order(order: Order): void {
    if (this.#alive && this.#process.connected) this.#process.send(order, () => {});
  }

  signal(name: NodeJS.Signals): void {
    if (this.#alive) this.#process.kill(name);
  }

  /** The last line that it wrote; null if there is none, or the file is gone. */
  lastWords(): string | null {
    try {
      return this.#lastLine();
    } catch {
      return null;
    }
  }

  #lastLine(): string | null {
    const file = openSync(this.outputFile, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const end = fstatSync(file).size;
      const start = Math.max(this.#outputStart, end - LAST_WORDS_BYTES);
      const bytes = Buffer.alloc(end - start);
      readSync(file, bytes, 0, bytes.length, start);
      return bytes.toString('utf8').trimEnd().split('\n').at(-1) || null;
    } finally {
      closeSync(file);
    }
  }
}
