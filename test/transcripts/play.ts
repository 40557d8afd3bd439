import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Commands } from './commands.ts';
import type { Transcript } from './transcript.ts';

const folder = fileURLToPath(new URL('../testdata/', import.meta.url));

/** The transcripts of the project, in reading order: their names, paths and texts. */
export function readTranscripts(): readonly { readonly name: string; readonly path: string; readonly text: string }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return names.toSorted().map((name) => {
    const path = `${folder}${name}`;
    return { name: `test/testdata/${name}`, path, text: readFileSync(path, 'utf8') };
  });
}

/** Carries out a transcript and returns what each block printed; `ok` if nothing. `name`: of its file, for errors. */
export function play({ blocks }: Transcript, name: string): readonly (readonly string[])[] {
  const commands = new Commands();
  return blocks.map((block) => {
    const lines = block.commands.flatMap((command, index) => {
      try {
        return commands.run(command);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new Error(`${name}:${block.line + index}: ${command}: ${what}`, { cause: error });
      }
    });
    return lines.length === 0 ? ['ok'] : lines;
  });
}

/** Where a transcript does not print what it says, block by block: the file, the line, and what differs. */
export function differences(
  { blocks }: Transcript,
  printed: readonly (readonly string[])[],
  name: string,
): readonly string[] {
  return blocks.flatMap(({ line, commands, expected }, index) => {
    const actual = printed[index] ?? [];
    if (expected?.join('\n') === actual.join('\n')) return [];
    const shown = commands.map((command) => `  ${command}`);
    return [[`${name}:${line}`, ...shown, '  ----', ...compared(expected ?? [], actual)].join('\n')];
  });
}

/** What is the same at both ends, and between them what was expected (`-`) and what was printed (`+`). */
function compared(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const most = Math.min(expected.length, actual.length);
  let head = 0;
  while (head < most && expected[head] === actual[head]) head++;
  let tail = 0;
  while (tail < most - head && expected.at(-1 - tail) === actual.at(-1 - tail)) tail++;
  return [
    ...expected.slice(0, head).map((line) => `  ${line}`),
    ...expected.slice(head, expected.length - tail).map((line) => `- ${line}`),
    ...actual.slice(head, actual.length - tail).map((line) => `+ ${line}`),
    ...actual.slice(actual.length - tail).map((line) => `  ${line}`),
  ];
}
