import { Readable } from 'node:stream';
import { type MouseReport, MouseReports } from './mouse-reports.ts';

/** A lone Escape is kept back for so long, in ms: it may be the beginning of a report. */
const ESCAPE_MS = 10;

/** What is read from a terminal, and set on it. */
export type TerminalInput = Pick<
  NodeJS.ReadStream,
  'isTTY' | 'setRawMode' | 'setEncoding' | 'ref' | 'unref' | 'on' | 'off' | 'pause' | 'resume'
>;

export interface KeyInputOptions {
  readonly source: TerminalInput;
  readonly onMouse: (report: MouseReport) => void;
  /** The terminal is gone: nothing comes any more. */
  readonly onGone: () => void;
}

/**
 * Stands in for the terminal's input, and keeps the reports of the mouse out of it, which Ink would drop if they came
 * whole, and take for keys if they did not.
 *
 * 1. Keys and reports are handed on in the order in which they came.
 * 2. The terminal is read between `ref` and `unref` only, as Ink calls them; before and after, it is somebody else's.
 */
export class KeyInput extends Readable {
  readonly isTTY: boolean;
  readonly #options: KeyInputOptions;
  readonly #reports = new MouseReports();
  readonly #queue: (string | MouseReport)[] = [];
  #isReading = false;
  #escape: NodeJS.Timeout | undefined;

  constructor(options: KeyInputOptions) {
    super({ encoding: 'utf8' });
    this.#options = options;
    this.isTTY = options.source.isTTY;
    options.source.on('error', options.onGone);
  }

  setRawMode(isRaw: boolean): this {
    this.#options.source.setRawMode(isRaw);
    return this;
  }

  ref(): void {
    const { source, onGone } = this.#options;
    if (this.#isReading) return;
    this.#isReading = true;
    source.setEncoding('utf8');
    source.on('data', this.#take).on('end', onGone);
    source.ref();
    source.resume();
  }

  unref(): void {
    const { source, onGone } = this.#options;
    if (!this.#isReading) return;
    this.#isReading = false;
    clearTimeout(this.#escape);
    source.off('data', this.#take).off('end', onGone);
    source.pause();
    source.unref();
  }

  override _read(): void {}

  readonly #take = (chunk: string): void => {
    clearTimeout(this.#escape);
    this.#enqueue(this.#reports.part(chunk));
    if (this.#reports.mayKeepKeys) {
      this.#escape = setTimeout(() => this.#enqueue([this.#reports.release()]), ESCAPE_MS);
    }
  };

  #enqueue(parts: readonly (string | MouseReport)[]): void {
    const isIdle = this.#queue.length === 0;
    this.#queue.push(...parts);
    if (isIdle) this.#handOn();
  }

  /** One at a time: what is pushed is read in the next turn, and what comes after must be later. */
  #handOn(): void {
    const part = this.#queue[0];
    if (part === undefined) return;
    if (typeof part === 'string') this.push(part);
    else this.#options.onMouse(part);
    process.nextTick(() => {
      this.#queue.shift();
      this.#handOn();
    });
  }
}
