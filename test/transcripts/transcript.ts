/** A run of commands in a transcript, and what they print. */
export interface Block {
  /** The line of its first command in the file, from 1 on. */
  readonly line: number;
  readonly commands: readonly string[];
  /** What the file says they print; null: it does not say yet. */
  readonly expected: readonly string[] | null;
}

/** A file of commands and what they print, between prose for whoever reads it. */
export interface Transcript {
  readonly blocks: readonly Block[];
  /** The lines before each block, and those after the last. */
  readonly prose: readonly (readonly string[])[];
}

const RULE = '----';

/**
 * Reads a transcript. Lines that begin with `#`, and empty ones, are prose. Any other line is a command; those that
 * follow it are of the same block, up to a line `----`; what comes then, up to an empty line, is what they print.
 * `name`: of its file, for errors.
 */
export function parseTranscript(text: string, name: string): Transcript {
  const lines = text.replace(/\n+$/, '').split('\n');
  const blocks: Block[] = [];
  const prose: string[][] = [[]];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    if (isProse(line)) {
      prose.at(-1)?.push(line);
      at++;
      continue;
    }
    const commands = linesUntil(lines, at, (next) => isProse(next) || next === RULE);
    const end = at + commands.length;
    const expected = lines[end] === RULE ? linesUntil(lines, end + 1, (next) => next === '') : null;
    if (commands.length === 0) throw new Error(`${name}:${at + 1}: ${RULE} follows no command`);
    blocks.push({ line: at + 1, commands, expected });
    prose.push([]);
    at = expected === null ? end : end + 1 + expected.length;
  }
  return { blocks, prose };
}

/** The text of the transcript with `printed` in place of what it expects, one for each block. */
export function formatTranscript({ blocks, prose }: Transcript, printed: readonly (readonly string[])[]): string {
  const parts = blocks.flatMap(({ commands }, index) => {
    const after = prose[index + 1]?.[0];
    const gap = after !== undefined && after !== '' ? [''] : [];
    return [...(prose[index] ?? []), ...commands, RULE, ...(printed[index] ?? []), ...gap];
  });
  return `${[...parts, ...(prose.at(-1) ?? [])].join('\n')}\n`;
}

const isProse = (line: string): boolean => line === '' || line.startsWith('#');

function linesUntil(lines: readonly string[], from: number, isEnd: (line: string) => boolean): readonly string[] {
  const end = lines.findIndex((line, index) => index >= from && isEnd(line));
  return lines.slice(from, end < 0 ? lines.length : end);
}
