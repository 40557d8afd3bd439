import type { Io, StopSignal } from '../../../cli/io.ts';
import { main } from '../../../cli/main.ts';

/** The world of one command: what it prints is kept, and it is stopped by hand. */
export class FakeIo implements Io {
  stdout = '';
  stderr = '';
  readonly env: Record<string, string | undefined>;
  readonly isTerminal: boolean = false;
  readonly told: string[] = [];
  private readonly stops = new Set<(signal: StopSignal) => void>();
  private readonly waits = new Set<() => void>();

  constructor(env: Record<string, string | undefined> = {}) {
    // No settings of whoever runs the tests show through.
    this.env = { HOME: '/nonexistent', ...env };
  }

  readonly out = (text: string): void => {
    this.stdout += text;
    for (const wait of this.waits) wait();
  };

  readonly err = (text: string): void => {
    this.stderr += text;
    for (const wait of this.waits) wait();
  };

  readonly columns = (): number => Number.POSITIVE_INFINITY;

  readonly tellParent = (line: string): void => {
    this.told.push(line);
  };

  readonly onStop = (listener: (signal: StopSignal) => void): (() => void) => {
    this.stops.add(listener);
    for (const wait of this.waits) wait();
    return () => this.stops.delete(listener);
  };

  /** The objects that were printed, one a line. */
  get records(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n');
    if (lines.pop() !== '') throw new Error(`output does not end in a newline: ${this.stdout}`);
    return lines.map((line) => JSON.parse(line));
  }

  get isListening(): boolean {
    return this.stops.size > 0;
  }

  stop(signal: StopSignal): void {
    if (!this.isListening) throw new Error(`nobody listens to ${signal}; so far: ${this.stdout}${this.stderr}`);
    for (const listener of [...this.stops]) listener(signal);
  }

  /** Settles once it fits: something was printed, or signals are listened to. */
  until(isThere: (io: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isThere(this)) return;
        this.waits.delete(look);
        resolve();
      };
      this.waits.add(look);
      look();
    });
  }
}

export interface Ran {
  readonly exit: number;
  readonly io: FakeIo;
}

/** Runs a command line to its end. */
export async function run(argv: readonly string[], env: Record<string, string | undefined> = {}): Promise<Ran> {
  const io = new FakeIo(env);
  return { exit: await main(argv, io), io };
}
