import type { Tone } from './theme.ts';

/** A stretch of text in one tone. Panels are written as rows of these, so that they can be tested without a terminal. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
  readonly bold: boolean;
}

export const plain = (text: string): Span => ({ text, tone: 'plain', bold: false });
export const quiet = (text: string): Span => ({ text, tone: 'quiet', bold: false });
export const toned = (tone: Tone, text: string): Span => ({ text, tone, bold: false });
export const bold = (text: string, tone: Tone = 'plain'): Span => ({ text, tone, bold: true });

/** The text alone. */
export const textOf = (spans: readonly Span[]): string => spans.map((span) => span.text).join('');
