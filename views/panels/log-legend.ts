import { ENTRY_GLYPHS } from '../entry-glyphs.ts';
import { rowWidth } from '../row.ts';
import { bold, plain, quiet, type Row, type Span, toned } from '../span.ts';

interface Sign {
  readonly glyph: Span;
  readonly words: string;
  readonly short: string;
  /** The lower, the sooner it is given a place. */
  readonly rank: number;
}

const SIGNS: readonly Sign[] = [
  { glyph: plain(ENTRY_GLYPHS.committed), words: 'committed', short: 'committed', rank: 1 },
  { glyph: plain(ENTRY_GLYPHS.durable), words: 'on disk', short: 'on disk', rank: 2 },
  { glyph: plain(ENTRY_GLYPHS.logged), words: 'not on disk yet', short: 'not yet', rank: 6 },
  { glyph: plain(ENTRY_GLYPHS['in-flight']), words: 'on its way', short: 'coming', rank: 5 },
  { glyph: quiet(ENTRY_GLYPHS.missing), words: 'missing', short: 'missing', rank: 7 },
  { glyph: toned('warn', ENTRY_GLYPHS.astray), words: "not in the leader's log", short: 'diverged', rank: 3 },
  { glyph: bold('2'), words: 'a term begins', short: 'term', rank: 4 },
];

/** What the cells mean, in at most `height` rows: in full, else in short, else what matters most of it. */
export function legendRows(width: number, height: number): readonly Row[] {
  for (const wording of ['words', 'short'] as const) {
    const rows = pack(SIGNS, wording, width);
    if (rows.length <= height) return rows;
  }
  for (let most = SIGNS.length - 1; most > 0; most -= 1) {
    const signs = SIGNS.filter(({ rank }) => rank <= most);
    const rows = pack(signs, 'short', width);
    if (rows.length <= height) return rows;
  }
  return [];
}

function pack(signs: readonly Sign[], wording: 'words' | 'short', width: number): readonly Row[] {
  const rows: Row[] = [];
  for (const sign of signs) {
    const last = rows.at(-1);
    const shown = [sign.glyph, quiet(` ${sign[wording]}`)];
    if (last === undefined || rowWidth(last) + rowWidth(shown) + GAP.length > width) rows.push(shown);
    else rows[rows.length - 1] = [...last, plain(GAP), ...shown];
  }
  return rows;
}

const GAP = '  ';
