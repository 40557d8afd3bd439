import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from './deadline.ts';
import { isLive, killAll } from './pids.ts';
import { entry, Sandbox } from './sandbox.ts';

/** A line of NDJSON, as any program would see it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into records freely; a wrong guess fails them.
export type Json = Readonly<Record<string, any>>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Options {
  /** Where it runs; without one it has its own, which goes with it. */
  readonly sandbox?: Sandbox;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Arguments for node, before the entry. */
  readonly nodeArgs?: readonly string[];
  /** A program, with its first arguments, that becomes the one it is given: `['unshare', '-n']`, say. */
  readonly via?: readonly string[];
}

const graceMs = 1_000;

/** The built program, running: what it prints as NDJSON is collected and can be waited for. */
export class Lockstep implements AsyncDisposable {
  /** All records so far, oldest first. */
  readonly records: Json[] = [];
  /** Lines on stdout that are no JSON objects. */
  readonly otherLines: string[] = [];
  stdout = '';
  stderr = '';

  readonly sandbox: Sandbox;
  readonly #ownsSandbox: boolean;
  readonly #child: ChildProcess;
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  #exit: Exit | undefined;

  /** Starts `lockstep ARGS`. */
  constructor(args: readonly string[], options: Options = {}) {
    this.#ownsSandbox = options.sandbox === undefined;
    this.sandbox = options.sandbox ?? new Sandbox();
    const command = [...(options.via ?? []), process.execPath, ...(options.nodeArgs ?? []), entry, ...args];
    const child = spawn(command[0] ?? '', command.slice(1), {
      cwd: options.cwd ?? this.sandbox.folder,
      env: this.sandbox.environment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = parseRecord(line);
      if (record === undefined) this.otherLines.push(line);
      else this.records.push(record);
      this.#changes.emit('change');
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changes.emit('change');
    });
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      this.#exit ??= { code, signal };
      this.#changes.emit('change');
    };
    // `close` comes once all output is in; it does not come while an orphan holds the pipe.
    child.once('close', ended);
    child.once('exit', (code, signal) => setTimeout(ended, graceMs, code, signal).unref());
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('lockstep could not be started');
    return this.#child.pid;
  }

  /** For `until`'s `from`: only what comes from now on. */
  mark(): number {
    return this.records.length;
  }

  /** The first record, from the one with number `from` on, that is `wanted`. */
  until(wanted: (record: Json) => boolean, options: { from?: number; deadlineMs?: number } = {}): Promise<Json> {
    let next = options.from ?? 0;
    return this.#until(
      () => {
        for (; next < this.records.length; next++) {
          const record = this.records[next];
          if (record !== undefined && wanted(record)) return record;
        }
        if (this.#exit !== undefined) throw new Error(`lockstep ended before it printed that\n${this.#told()}`);
        return undefined;
      },
      'no such record',
      options.deadlineMs,
    );
  }

  /** The first line, other than a record, that is `wanted`. */
  untilLine(wanted: RegExp, deadlineMs?: number): Promise<string> {
    const look = (): string | undefined => {
      const line = this.otherLines.find((each) => wanted.test(each));
      if (line === undefined && this.#exit !== undefined) throw new Error(`ended before ${wanted}\n${this.#told()}`);
      return line;
    };
    return this.#until(look, `no such line: ${wanted}`, deadlineMs);
  }

  /** Waits until stderr has what is `wanted`. */
  async untilError(wanted: RegExp): Promise<void> {
    const look = (): true | undefined => {
      if (wanted.test(this.stderr)) return true;
      if (this.#exit !== undefined) throw new Error(`ended before ${wanted}\n${this.#told()}`);
      return undefined;
    };
    await this.#until(look, `no such error: ${wanted}`);
  }

  /** Its end, with all it printed. */
  exit(deadlineMs?: number): Promise<Exit> {
    return this.#until(() => this.#exit, 'lockstep has not ended', deadlineMs);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Waited for by its pid: one that is about to end shows its mark no more, and still lives.
    if (this.#exit === undefined) await killAll(() => (isLive(this.pid) ? [this.pid] : []));
    if (this.#ownsSandbox) await this.sandbox[Symbol.asyncDispose]();
  }

  #until<T>(look: () => T | undefined, complaint: string, deadlineMs?: number): Promise<T> {
    const listen = (changed: () => void): (() => void) => {
      this.#changes.on('change', changed);
      return () => this.#changes.off('change', changed);
    };
    return until(look, listen, () => `${complaint}\n${this.#told()}`, deadlineMs);
  }

  #told(): string {
    const records = this.records.slice(-20).map((record) => JSON.stringify(record));
    const exit = this.#exit === undefined ? 'still running' : JSON.stringify(this.#exit);
    return ['last records:', ...records, 'other lines:', ...this.otherLines, 'stderr:', this.stderr, exit].join('\n');
  }
}

/** Runs `lockstep ARGS` to its end. */
export async function run(
  args: readonly string[],
  options: Options & { readonly deadlineMs?: number } = {},
): Promise<Exit & { readonly stdout: string; readonly stderr: string; readonly records: readonly Json[] }> {
  await using lockstep = new Lockstep(args, options);
  const exit = await lockstep.exit(options.deadlineMs);
  return { ...exit, stdout: lockstep.stdout, stderr: lockstep.stderr, records: lockstep.records };
}

function parseRecord(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
