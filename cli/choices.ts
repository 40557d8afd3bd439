import { Argument, Option } from 'commander';
import { MODE_WORDS } from '../core/observe/words.ts';
import type { Tempo } from '../core/protocol/timing.ts';
import type { ThemeName } from '../views/theme-names.ts';

/** The words that can stand in one place of a command line, and what each means. `nI` stands for every replica's name. */
export type Choices = Readonly<Record<string, string>>;

/** Choices that depend on the arguments before them. */
export type ChoicesAfter = (before: readonly string[]) => Choices;

/** The word that stands for every replica's name. */
export const ANY_REPLICA = 'nI';

/** An argument that is one of a few words. They are what completion offers; `parse` says what is allowed. */
export class WordArgument extends Argument {
  readonly words: Choices | ChoicesAfter;

  constructor(name: string, description: string, words: Choices | ChoicesAfter, parse?: (text: string) => unknown) {
    super(name, description);
    this.words = words;
    if (parse) this.argParser(parse);
  }
}

/** An option whose value is one of a few words, likewise. */
export class WordOption extends Option {
  readonly words: Choices;

  constructor(flags: string, description: string, words: Choices, parse?: (text: string) => unknown) {
    super(flags, description);
    this.words = words;
    if (parse) this.argParser(parse);
  }
}

export const REPLICA: Choices = { [ANY_REPLICA]: 'a replica' };

export const MODES: Choices = MODE_WORDS;

export const TEMPOS: Readonly<Record<Tempo, string>> = {
  slow: 'for eyes: five times slower',
  normal: 'a heartbeat every 100 ms',
  fast: 'for scripts: five times faster',
};

export const THEMES: Readonly<Record<ThemeName, string>> = {
  dark: 'for a dark terminal',
  light: 'for a light terminal',
  contrast: 'bright, and nothing dimmed',
  mono: 'bold and dim, no colours',
};

export const SWITCH: Readonly<Record<'true' | 'false', string>> = { true: 'yes', false: 'no' };
