/** A line as its words. */
export interface Words {
  readonly words: readonly string[];
  /** The quote that was opened and not closed, in the last word. */
  readonly open: '"' | "'" | null;
  /** Nothing more can belong to the last word: a blank stands behind it, or there is none. */
  readonly isEnded: boolean;
}

/**
 * Splits a line as a shell does, in the simple things: blanks part words; within single quotes everything is itself;
 * within double quotes a backslash takes the meaning from a double quote or a backslash, elsewhere from anything.
 */
export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  let open: Words['open'] = null;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (character === open) open = null;
    else if (open === null && (character === '"' || character === "'")) {
      open = character;
      word ??= '';
    } else if (open === null && BLANK.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\' && next !== '' && open !== "'" && (open === null || ESCAPED.test(next))) {
      word = (word ?? '') + next;
      at++;
    } else word = (word ?? '') + character;
  }
  if (word !== null) words.push(word);
  return { words, open, isEnded: word === null };
}

/** A command of this program, so that a shell takes it as it is when it is copied. */
export function commandLine(...words: readonly string[]): string {
  return ['lockstep', ...words]
    .map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

const PLAIN = /^[\w@%+=:,./-]+$/;
const BLANK = /\s/;
const ESCAPED = /["\\]/;
