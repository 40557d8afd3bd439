import { escapeText } from '../core/observe/escape.ts';
import type { Tone } from './theme.ts';
import { isNarrow } from './width.ts';

declare const escaped: unique symbol;

/**
 * A stretch of text in one tone. Panels are written as rows of these, so that they can be tested without a terminal.
 *
 * Spans are made by the functions below alone, and these escape: nothing that a terminal would obey or hide gets into
 * a picture, nor what one terminal draws wider than another; and what is measured is what will be seen.
 */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
  readonly bold: boolean;
  /** Light and dark exchanged: what is selected. */
  readonly inverse: boolean;
  readonly [escaped]: true;
}

/** One row of the screen, or of a part of it. */
export type Row = readonly Span[];

export interface Weight {
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export const toned = (tone: Tone, text: string, { bold = false, inverse = false }: Weight = {}): Span =>
  ({ text: steady(text), tone, bold, inverse }) as Span;
export const plain = (text: string): Span => toned('plain', text);
export const quiet = (text: string): Span => toned('quiet', text);
export const bold = (text: string, tone: Tone = 'plain'): Span => toned(tone, text, { bold: true });

/** The same look, with other text. */
export const withText = (span: Span, text: string): Span => ({ ...span, text: steady(text) });

/** Whether their texts would look alike, but for what they say. */
export const looksLike = (a: Span, b: Span): boolean =>
  a.tone === b.tone && a.bold === b.bold && a.inverse === b.inverse;

/** The text alone. */
export const textOf = (row: Row): string => row.map((span) => span.text).join('');

/**
 * Escaped, and as wide as its characters are one by one. Letters made of parts are put together, as far as they can be:
 * it looks the same. What still depends on the character beside it is escaped, too, and all that is drawn as nothing.
 */
const steady = (text: string): string =>
  isNarrow(text)
    ? text
    : escapeText(text)
        .normalize('NFC')
        .replace(VOWELS, (vowel) => vowel.normalize('NFKD'))
        .replace(UNSTEADY, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** Of Thai and of Lao: both stand for two characters. */
const VOWELS = /[\u0e33\u0eb3]/g;
const UNSTEADY = new RegExp(
  [
    // An accent without a letter.
    /^[\p{Mn}\p{Me}\uff9e\uff9f]/u,
    // Selectors and modifiers of emoji, the letters of flags, and keycaps.
    /[\p{DI}\p{RI}\p{Emoji_Modifier}]|\u20e3/u,
    // Parts of Hangul.
    /[\u1160-\u11ff\ud7b0-\ud7fb]/u,
    // Letters that are drawn as a part of the next one.
    /[\u0d4e\u{111c2}\u{111c3}\u{113d1}\u{1193f}\u{11941}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);
