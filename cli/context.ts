import { escapeText } from '../core/observe/escape.ts';
import type { OutputOptions } from './arguments.ts';
import { EXIT } from './failure.ts';
import type { Io } from './io.ts';
import { openSettingsFile, type SettingsFile } from './settings-file.ts';

/** Runs one command line in a world of its own, and gives its exit code. It never rejects. */
export type Run = (argv: readonly string[], io: Io) => Promise<number>;

/** What the commands of one run share: the world, and the exit code that comes of it. */
export class Context {
  readonly io: Io;
  /** For a dashboard's own command line. */
  readonly run: Run;
  exit: number = EXIT.done;
  #settingsFile: Promise<SettingsFile> | null = null;

  constructor(io: Io, run: Run) {
    this.io = io;
    this.run = run;
  }

  /** Makes commander's kind of action of a function that gives its exit code. */
  action<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void> {
    return async (...args) => {
      this.exit = await run(...args);
    };
  }

  /** This user's settings: opened once, so that what is wrong with them is said once. */
  settingsFile(): Promise<SettingsFile> {
    this.#settingsFile ??= openSettingsFile(this.io);
    return this.#settingsFile;
  }

  /** Prints one object a line. */
  json(value: object): void {
    this.io.out(`${toJson(value)}\n`);
  }

  /** Prints lines for people, and nothing in them that a terminal would obey. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.io.out(`${escapeText(line)}\n`);
  }

  /** Whether what draws must not use colour. */
  isColourless({ color }: OutputOptions): boolean {
    return !color || Boolean(this.io.env.NO_COLOR) || this.io.env.TERM === 'dumb';
  }
}

/** JSON that is plain text to a terminal too: what one would obey or hide stands as `\uXXXX`. */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join(''),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
