import { brailleToAscii } from './charts/braille.ts';
import { charactersOf, widthOf } from './width.ts';

/**
 * The same in ASCII, in the same width, for terminals and fonts that have no more: each glyph of the dashboard has one
 * of its own. Other characters are data: a question mark for each column.
 */
export function toAscii(text: string): string {
  if (ASCII.test(text)) return text;
  return charactersOf(text)
    .map((character) => GLYPHS[character] ?? asciiOf(character))
    .join('');
}

const ASCII = /^[\x20-\x7e]*$/;

const GLYPHS: Readonly<Record<string, string>> = {
  '●': '*',
  '○': 'o',
  '◐': '?',
  '✗': 'x',
  '✓': 'v',
  '‖': '=',
  '▲': '!',
  '▼': 'V',
  '▸': '>',
  '▶': '>',
  '·': '.',
  '–': '-',
  '—': '-',
  '…': '~',
  '▏': '|',
  '→': '>',
  '←': '<',
  '⇄': '-',
  '↑': '^',
  '↓': 'v',
  '›': '>',
  '×': 'x',
  '─': '-',
  '━': '=',
  '┄': '-',
  '┈': '_',
  '│': '|',
  '┊': ':',
  '╭': '+',
  '╮': '+',
  '╰': '+',
  '╯': '+',
  '├': '+',
  '┤': '+',
  '┬': '+',
  '┴': '+',
  '┼': '+',
  '└': '+',
  '┌': '+',
  '█': '#',
  '▓': '=',
  '▒': '-',
  '░': ':',
  '▚': '%',
  '’': "'",
  '▁': '.',
  '▂': '.',
  '▃': ':',
  '▄': ':',
  '▅': '+',
  '▆': '+',
  '▇': '#',
};

function asciiOf(character: string): string {
  if (ASCII.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x2800 && code <= 0x28ff && character.length === 1) return brailleToAscii(character);
  return '?'.repeat(widthOf(character));
}
