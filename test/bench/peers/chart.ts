import { CASES } from './cases.ts';
import type { Finding, Findings } from './findings.ts';

/**
 * The findings as an SVG document: for each case a bar of each engine's operations a second, with a line from its lowest
 * to its highest round. Each case has a scale of its own, for they are two orders of magnitude apart. The same findings
 * give the same text.
 */
export function chart(findings: Findings): string {
  const groups = CASES.flatMap(({ name, says }) => {
    const found = findings.cases.filter((each) => each.case === name);
    return found.length === 0 ? [] : [{ says, found }];
  });
  const elements: string[] = [];
  let top = HEAD;
  for (const { says, found } of groups) {
    elements.push(text(MARGIN, top + BASELINE, says, INK));
    elements.push(...bars(found, top + ROW));
    top += ROW * (found.length + 1) + GAP;
  }
  const height = top - GAP + MARGIN;
  const title = `Operations a second: ${findings.engines.map(({ engine }) => engine).join(', ')}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
      'role="img" font-family="system-ui,sans-serif" font-size="13">',
    `<title>${title}</title>`,
    `<rect x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="10" fill="#0d1117" stroke="#30363d"/>`,
    text(
      MARGIN,
      MARGIN + BASELINE,
      'Operations a second: the median round, and a line from the lowest to the highest. Each group has its own scale.',
      QUIET,
    ),
    ...elements,
    '</svg>',
    '',
  ].join('\n');
}

/** One under the other, from `top` on. */
function bars(found: readonly Finding[], top: number): string[] {
  const most = Math.max(...found.map(({ opsPerSecond }) => opsPerSecond.max));
  const x = (value: number): number => tenth(LEFT + (BAR_WIDTH * value) / most);
  return found.flatMap(({ engine, remark, opsPerSecond: { median, min, max } }, i) => {
    const y = top + i * ROW;
    const under = y + ROW - 5;
    return [
      text(LEFT - 10, y + BASELINE, engine, QUIET, 'end'),
      `<rect x="${LEFT}" y="${y + 3}" width="${tenth(x(median) - LEFT)}" height="${ROW - 6}" fill="${colour(engine)}"/>`,
      `<path d="M${x(min)} ${under}H${x(max)}" stroke="${INK}"/>`,
      text(LEFT + BAR_WIDTH + 10, y + BASELINE, Math.round(median).toLocaleString('en'), INK),
      ...(remark === null ? [] : [text(LEFT + 6, y + BASELINE, remark, INK)]),
    ];
  });
}

const colour = (engine: string): string => (engine.startsWith('lockstep') ? '#56b4e9' : '#6e7781');

function text(x: number, y: number, words: string, fill: string, anchor = 'start'): string {
  const side = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}" fill="${fill}"${side}>${words}</text>`;
}

const tenth = (value: number): number => Math.round(10 * value) / 10;

const INK = '#d6dce4';
const QUIET = '#8a8f96';
const WIDTH = 760;
const MARGIN = 16;
const HEAD = 48;
const LEFT = 150;
const BAR_WIDTH = 520;
const ROW = 20;
const GAP = 14;
/** Of letters, in their row. */
const BASELINE = 14;
