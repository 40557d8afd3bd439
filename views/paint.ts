import chalk, { type ChalkInstance, type ForegroundColorName } from 'chalk';
import { toAscii } from './ascii.ts';
import { looksLike, type Row, type Span } from './span.ts';
import { COLOURLESS, type TextStyle, type Theme } from './theme.ts';

/** How everything is drawn. */
export interface Looks {
  readonly theme: Theme;
  /** Every glyph stands for itself in ASCII. */
  readonly ascii: boolean;
}

/** Makes text of rows, with the colours of a theme as far as the terminal has them. */
export function painter({ theme, ascii }: Looks): (row: Row) => string {
  const brushes = new Map<string, ChalkInstance>();
  const paint = (text: string, span: Span): string => {
    const shown = ascii ? toAscii(text) : text;
    if (theme === COLOURLESS) return shown;
    const key = `${span.tone}${span.bold}${span.inverse}`;
    const brush = brushes.get(key) ?? brushOf(theme[span.tone], span);
    brushes.set(key, brush);
    return brush(shown);
  };
  return (row) =>
    runsOf(row)
      .map(({ text, span }) => paint(text, span))
      .join('');
}

/** Neighbours that look alike are painted in one stroke: fewer codes for the terminal. */
function runsOf(row: Row): readonly { text: string; span: Span }[] {
  const runs: { text: string; span: Span }[] = [];
  for (const span of row) {
    const last = runs.at(-1);
    if (last && looksLike(last.span, span)) last.text += span.text;
    else runs.push({ text: span.text, span });
  }
  return runs;
}

function brushOf(style: TextStyle, { bold, inverse }: Span): ChalkInstance {
  let brush: ChalkInstance = style.color === undefined ? chalk : coloured(style.color);
  if (style.dimColor) brush = brush.dim;
  if (bold || style.bold) brush = brush.bold;
  if (style.underline) brush = brush.underline;
  return inverse ? brush.inverse : brush;
}

/** `rgb(r,g,b)`, or one of the terminal's own colours by name. */
function coloured(color: string): ChalkInstance {
  const [red, green, blue] = color.match(/\d+/g)?.map(Number) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return chalk[color as ForegroundColorName];
  return chalk.rgb(red, green, blue);
}
