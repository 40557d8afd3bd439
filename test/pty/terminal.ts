import { EventEmitter } from 'node:events';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { until } from '../process/deadline.ts';
import { kill } from '../process/pids.ts';
import { entry, Sandbox } from '../process/sandbox.ts';
import { type Cell, readCells } from './cells.ts';

/** What a key sends. Letters and digits are themselves. */
export const key = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  backspace: '\x7f',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  shiftTab: '\x1b[Z',
  controlC: '\x03',
  controlZ: '\x1a',
} as const;

export interface Exit {
  readonly code: number;
  /** Its number; 0 if none ended it. */
  readonly signal: number;
}

export interface Options {
  /** What runs in it: node with the built entry, if not said. */
  readonly command?: readonly [file: string, ...args: string[]];
  readonly columns?: number;
  readonly rows?: number;
  /** Where it runs; without one it has its own, which goes with it. */
  readonly sandbox?: Sandbox;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program in a real pty, its output drawn by a terminal emulator, so that a test sees what a person would. */
export class Terminal implements AsyncDisposable {
  /** All it ever sent, escape codes too. */
  output = '';

  readonly sandbox: Sandbox;
  readonly #ownsSandbox: boolean;
  readonly #emulator: xterm.Terminal;
  readonly #pty: IPty;
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  #exit: Exit | undefined;

  /** Starts `lockstep ARGS`, or another command. */
  constructor(args: readonly string[] = [], options: Options = {}) {
    const { columns: cols = 100, rows = 30 } = options;
    const [file, ...rest] = options.command ?? [process.execPath, entry, ...args];
    this.#ownsSandbox = options.sandbox === undefined;
    this.sandbox = options.sandbox ?? new Sandbox();
    this.#emulator = new xterm.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
    this.#pty = spawn(file, rest, {
      name: 'xterm-256color',
      cols,
      rows,
      cwd: this.sandbox.folder,
      env: this.sandbox.environment({ TERM: 'xterm-256color', ...options.env }),
    });
    // A program may ask its terminal things (where is the cursor, what are you): the emulator's answers go back.
    this.#emulator.onData((answer) => this.#pty.write(answer));
    this.#pty.onData((text) => {
      this.output += text;
      this.#emulator.write(text, () => this.#changes.emit('change'));
    });
    this.#pty.onExit(({ exitCode, signal }) => {
      // Behind the last output, which the emulator may still be parsing.
      this.#emulator.write('', () => {
        this.#exit = { code: exitCode, signal: signal ?? 0 };
        this.#changes.emit('change');
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Whether the program has the alternate screen: what was there before comes back when it leaves it. */
  get isAlternate(): boolean {
    return this.#emulator.buffer.active.type === 'alternate';
  }

  /** Whether the program is in the middle of a frame, as it tells its terminal: half of it may be an older one. */
  get isDrawing(): boolean {
    return this.#emulator.modes.synchronizedOutputMode;
  }

  /** The visible lines, blanks at their ends and blank lines at the end left out. */
  screen(): string {
    const { active } = this.#emulator.buffer;
    // On the alternate screen, the emulator keeps what stood beyond the right edge before it was moved in.
    const lines = Array.from({ length: this.#emulator.rows }, (_, row) =>
      active.getLine(active.viewportY + row)?.translateToString(true, 0, this.#emulator.cols),
    );
    return lines.join('\n').trimEnd();
  }

  /** The visible lines, cell by cell, with their colours. */
  cells(): Cell[][] {
    const { active } = this.#emulator.buffer;
    return readCells(active, active.viewportY, this.#emulator.rows);
  }

  /** One write each, as a person presses them. */
  press(...keys: readonly string[]): void {
    for (const each of keys) this.#pty.write(each);
  }

  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The window is closed under the program. */
  hangUp(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  /** Waits for a whole frame of the screen to be so, and gives it. */
  until(wanted: string | RegExp | ((screen: string) => boolean), deadlineMs?: number): Promise<string> {
    const holds =
      typeof wanted === 'function'
        ? wanted
        : (screen: string) => (typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen));
    const look = (): string | undefined => {
      const screen = this.screen();
      if (!this.isDrawing && holds(screen)) return screen;
      if (this.#exit !== undefined) throw new Error(`the program ended before it showed ${wanted}\n${this.#shown()}`);
      return undefined;
    };
    return until(look, this.#listen, () => `not on the screen: ${wanted}\n${this.#shown()}`, deadlineMs);
  }

  exit(deadlineMs?: number): Promise<Exit> {
    return until(
      () => this.#exit,
      this.#listen,
      () => `the program has not ended\n${this.#shown()}`,
      deadlineMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit === undefined) kill(this.pid);
    if (this.#ownsSandbox) await this.sandbox[Symbol.asyncDispose]();
    this.#emulator.dispose();
  }

  readonly #listen = (changed: () => void): (() => void) => {
    this.#changes.on('change', changed);
    return () => this.#changes.off('change', changed);
  };

  #shown(): string {
    const edge = '─'.repeat(this.#emulator.cols);
    const end = this.#exit === undefined ? 'still running' : JSON.stringify(this.#exit);
    return [edge, this.screen(), edge, end].join('\n');
  }
}
