import type { Guarantees, Light } from '../../core/observe/guarantees.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import { clip } from '../format.ts';
import { LIGHTS, PROMISE_NAMES } from '../lights.ts';
import { wrapRow } from '../row.ts';
import { bold, plain, quiet, type Row, toned } from '../span.ts';
import type { Dashboard } from '../state.ts';
import { padTo } from '../width.ts';
import type { Panel } from './panel.ts';
import { mostNeeded, type Ranked } from './ranked.ts';

/** The four promises: whether they were kept, how often they were put to the test, and what happened to them. */
export const guaranteesPanel: Panel = ({ seen: { snapshot, token }, scrolled }, width, height) => {
  if (snapshot === null) return { rows: [[quiet('nothing has been observed yet')]], aside: [] };
  const rows = allRows(snapshot.guarantees, token, width);
  const said = rows.filter(isSaid);
  const hidden = said.length - height;
  if (hidden <= 0) return { rows: withMore(rows, height), aside: [] };
  const above = Math.min(scrolled.guarantees, hidden);
  // Until it is scrolled, what is most alarming has the room.
  const shown = above === 0 ? mostNeeded(said, height) : said.slice(above, above + height).map(({ row }) => row);
  return { rows: shown, aside: [quiet(`${hidden} more rows, ↑↓`)] };
};

/** How far it can be scrolled in this room, in rows. */
export function guaranteesHidden({ seen: { snapshot, token } }: Dashboard, width: number, height: number): number {
  if (snapshot === null) return 0;
  return Math.max(0, allRows(snapshot.guarantees, token, width).filter(isSaid).length - height);
}

function allRows(guarantees: Guarantees, token: PositionText | null, width: number): Ranked[] {
  const promises = PROMISES.flatMap((promise) => promiseRows(promise, guarantees[promise.name], token, width));
  return [...promises, ...legendRows(guarantees, width)];
}

/** Whether it has a row in any case, seen or scrolled to. */
const isSaid = ({ rank }: Ranked): boolean => rank <= RANK.amber;

interface Promised {
  readonly name: keyof Guarantees;
  readonly inBrief: string;
  /** What it is tested by, and its unit. */
  readonly tested: readonly ['in' | 'by', string];
  /** How to put it to the test, without a token and with one, each as short as the word of a light. */
  readonly test: readonly [string, string];
  readonly howToTest: string;
  readonly meaning: string;
}

const PROMISES: readonly Promised[] = [
  {
    name: 'oneLeaderPerTerm',
    inBrief: 'one leader per term',
    tested: ['in', 'term'],
    test: ['not yet', 'not yet'],
    howToTest: 'the first election tests it',
    meaning: 'two leaders of one term could write two histories',
  },
  {
    name: 'noAcknowledgedWriteLost',
    inBrief: 'no acknowledged loss',
    tested: ['by', 'write'],
    test: ['press w', 'press w'],
    howToTest: 'test it: w, then k, which kills the leader',
    meaning: 'what was answered ok stays; under async, a leader that dies can take it along',
  },
  {
    name: 'readYourWrites',
    inBrief: 'reads see your writes',
    tested: ['by', 'read'],
    test: ['press w', 'press t'],
    howToTest: 'test it: press w, then t',
    meaning: 'a token read finds or awaits a replica that has what you wrote; r asks any one',
  },
  {
    name: 'monotonicReads',
    inBrief: 'reads never go back',
    tested: ['by', 'read'],
    test: ['press w', 'press t'],
    howToTest: 'test it: press t, once w has given a token',
    meaning: 'what one token read has shown, no later one shows older',
  },
];

/** The lower, the sooner there is room for it: the lights, the examples, and then what can be done without. */
const RANK = { light: 0, red: 1, amber: 2, test: 3, meaning: 4, legend: 5 } as const;

function promiseRows(promise: Promised, light: Light, token: PositionText | null, width: number): Ranked[] {
  const { howToTest, meaning } = promise;
  const { tone } = LIGHTS[light.light];
  const rank = light.light === 'red' ? RANK.red : RANK.amber;
  return [
    { row: lightRow(promise, light, token, width), rank: RANK.light },
    ...(light.example === null ? [] : indented([toned(tone, clip(light.example))], width, rank)),
    ...(light.light === 'grey' ? indented([quiet(howToTest)], width, RANK.test) : []),
    ...indented([quiet(meaning)], width, RANK.meaning),
  ];
}

const BRIEF_WORD_WIDTH = 7;
const WORD_WIDTH = 12;
const NAME_WIDTH = 27;
const BRIEF_NAME_WIDTH = 21;
/** From so many columns on, counts are told in words. */
const WORDY = 68;
/** From so many columns on, promises have their whole names. */
const NAMED = 52;
/** From so many columns on, there are counts. */
const COUNTED = 42;

/** `● one leader per term  kept  3 tests`: columns that stay where they are, whatever the lights. */
function lightRow(promise: Promised, { light, observed }: Light, token: PositionText | null, width: number): Row {
  const { inBrief, tested, test } = promise;
  const { glyph, tone, word } = LIGHTS[light];
  const [isNamed, isWordy] = [width >= NAMED, width >= WORDY];
  const gap = isNamed ? '  ' : ' ';
  const name = isNamed ? padTo(PROMISE_NAMES[promise.name], NAME_WIDTH) : padTo(inBrief, BRIEF_NAME_WIDTH);
  const start = [toned(tone, `${glyph} `), plain(name + gap)];
  if (light === 'grey') {
    const press = token === null ? test[0] : test[1];
    return [...start, quiet(isWordy ? `${padTo(word, WORD_WIDTH)}${gap}${press}` : press)];
  }
  const standing = bold(padTo(word, isWordy ? WORD_WIDTH : BRIEF_WORD_WIDTH), tone);
  const count = isWordy ? `tested ${tested[0]} ${counted(observed, tested[1])}` : counted(observed, 'test');
  return width >= COUNTED ? [...start, standing, quiet(gap + count)] : [...start, standing];
}

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** What the words of the lights that are on mean. */
function legendRows(guarantees: Guarantees, width: number): Ranked[] {
  const lights = Object.values(guarantees).map(({ light }) => light);
  const legend = [
    lights.includes('amber') ? 'missed: it happened, and the mode or the level promises no better' : null,
    lights.includes('red') ? 'BROKEN: it must never happen. It is a bug of lockstep' : null,
  ];
  return legend
    .filter((line) => line !== null)
    .flatMap((line) => wrapRow([quiet(line)], width).map((row) => ({ row, rank: RANK.legend })));
}

/** With room to spare, more is explained: of each kind all or nothing. */
function withMore(rows: readonly Ranked[], height: number): Row[] {
  const upTo = (most: number) => rows.filter(({ rank }) => rank <= most);
  const most = [RANK.legend, RANK.meaning, RANK.test].find((rank) => upTo(rank).length <= height);
  return upTo(most ?? RANK.amber).map(({ row }) => row);
}

const INDENT = 2;
const indented = (words: Row, width: number, rank: number): Ranked[] =>
  wrapRow(words, width - INDENT).map((row) => ({ row: [plain(' '.repeat(INDENT)), ...row], rank }));
