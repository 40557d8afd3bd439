import { escapeText } from '../../core/observe/escape.ts';
import type { Prompt } from '../prompt.ts';
import type { Action, Dashboard } from '../state.ts';
import { typedLine, typingText } from './typing.ts';

/** So many lines are held back; of more, the oldest are left out, and that is said. */
const HELD_MAX = 1000;

/**
 * Lines on a terminal on which text is only ever added.
 *
 * 1. While something is typed, nothing else is written but what its keys caused; while the user has frozen it, no news
 *    are: they follow.
 * 2. A line is written whole, but for the one that is being typed; nothing in it is obeyed by a terminal.
 */
export class PlainOutput {
  readonly #write: (text: string) => void;
  #prompt: Prompt | null = null;
  #held: string[] = [];
  #leftOut = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get isAsking(): boolean {
    return this.#prompt !== null;
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#write(`${escapeText(line)}\n`);
  }

  news(line: string, dashboard: Dashboard): void {
    if (dashboard.prompt !== null || dashboard.behind !== null) this.#hold(line);
    else this.say(line);
  }

  /** What an action caused, and what is typed. */
  answer(lines: readonly string[], action: Action, before: Dashboard, after: Dashboard): void {
    const { prompt } = after;
    const typed = typingText(before.prompt, prompt);
    this.#prompt = prompt;
    if (prompt === null) {
      this.#write(typed);
      this.say(...lines);
    } else if (action.type !== 'key') {
      this.#write(typed);
      for (const line of lines) this.#hold(line);
    } else if (before.prompt === null) {
      this.say(...lines);
      this.#write(typed);
    } else if (lines.length === 0) this.#write(typed);
    else {
      this.#write('\n');
      this.say(...lines);
      this.#write(typedLine(prompt));
    }
    if (prompt === null && after.behind === null) this.#release();
  }

  /** What is held is not kept back for ever. */
  close(): void {
    if (this.isAsking) this.#write('\n');
    this.#prompt = null;
    this.#release();
  }

  #hold(line: string): void {
    this.#held.push(line);
    if (this.#held.length <= HELD_MAX) return;
    this.#held.shift();
    this.#leftOut += 1;
  }

  #release(): void {
    if (this.#leftOut > 0) this.say(`${this.#leftOut} earlier lines are left out`);
    this.say(...this.#held);
    this.#leftOut = 0;
    this.#held = [];
  }
}
