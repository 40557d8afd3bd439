import type { OutputOptions } from './arguments.ts';
import { EXIT } from './failure.ts';
import type { Io } from './io.ts';

/** What the commands of one run share: the world, and the exit code that comes of it. */
export class Context {
  readonly io: Io;
  exit: number = EXIT.done;

  constructor(io: Io) {
    this.io = io;
  }

  /** Makes commander's kind of action of a function that gives its exit code. */
  action<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void> {
    return async (...args) => {
      this.exit = await run(...args);
    };
  }

  /** Prints one object a line. */
  json(value: object): void {
    this.io.out(`${toJson(value)}\n`);
  }

  /** Prints lines for people. What comes from outside is escaped before. */
  say(...lines: readonly string[]): void {
    for (const line of lines) this.io.out(`${line}\n`);
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
