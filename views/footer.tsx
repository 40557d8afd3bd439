import { Box } from 'ink';
import type { ReactElement } from 'react';
import { clip } from './format.ts';
import type { Hint } from './keymap.ts';
import { pack } from './layout.ts';
import { Line } from './line.tsx';
import { bold, plain, toned } from './span.ts';
import type { Notice } from './state.ts';

export interface FooterProps {
  readonly rows: readonly (readonly Hint[])[];
  readonly notice: Notice | null;
}

/** What the last control key came to, and the keys that do something now. */
export function Footer({ rows, notice }: FooterProps): ReactElement {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line spans={notice ? [toned(notice.tone, `${notice.tone === 'good' ? '✓' : '✗'} ${clip(notice.text)}`)] : []} />
      {rows.map((hints) => (
        <Line key={hints[0]?.keys} spans={hints.flatMap(({ keys, words }, i) => hintSpans(keys, words, i))} />
      ))}
    </Box>
  );
}

/** The hints on as few rows as will do, of about the same length. */
export function footerRows(hints: readonly Hint[], width: number): Hint[][] {
  let rows = packHints(hints, width);
  for (let narrower = width - 1; narrower > 0; narrower -= 1) {
    const repacked = packHints(hints, narrower);
    if (repacked.length > rows.length) break;
    rows = repacked;
  }
  return rows;
}

const GAP = 2;
const packHints = (hints: readonly Hint[], width: number): Hint[][] =>
  pack(hints, ({ keys, words }) => keys.length + 1 + words.length, GAP, width);

const hintSpans = (keys: string, words: string, index: number) => [
  plain(index === 0 ? '' : ' '.repeat(GAP)),
  bold(keys, 'leader'),
  plain(` ${words}`),
];
