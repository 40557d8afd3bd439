import type { ReadResult } from '../../core/observe/api.ts';
import { formatMs } from '../../core/observe/words.ts';
import type { Candidate } from '../../core/protocol/candidate.ts';
import { compareFreshness, parsePosition } from '../../core/protocol/position.ts';
import { goesOnFrom } from '../answers.ts';
import { dataText, pairText } from '../data.ts';
import { fateOf } from '../fates.ts';
import { clip } from '../format.ts';
import { rowWidth, wrapRow } from '../row.ts';
import { bold, plain, quiet, type Row, type Span, toned } from '../span.ts';
import type { AskedRead, Dashboard, Seen } from '../state.ts';
import { padTo, widthOf } from '../width.ts';
import { below, dotted, flowing, labelled, labelWidth, shortEnough } from './labelled.ts';
import type { Ranked } from './ranked.ts';
import { RANK } from './session-ranks.ts';

/**
 * The last read explained: what was read, what it asked for, why from there, and why not from the others. `flat`: there
 * is no room for details in rows of their own.
 */
export function readRows(dashboard: Dashboard, width: number, flat: boolean): Ranked[] {
  const { read } = dashboard.seen;
  const room = width - labelWidth(width);
  const { words, details, why, candidates } = told(read, dashboard, room);
  const [first, left] = flat ? flowing(words, details, room) : [words, details];
  const reasons = (rest: number): Row[] => (why === null ? [] : wrapRow([why], rest, WHY.length));
  return [
    { row: labelled('last read', first, width), rank: RANK.read },
    ...below((rest) => dotted(left, rest), width).map((row) => ({ row, rank: RANK.readDetails })),
    ...below(reasons, width).map((row) => ({ row, rank: RANK.why })),
    ...candidateRows(candidates, width),
  ];
}

interface Told {
  readonly words: Row;
  readonly details: readonly Span[];
  readonly why: Span | null;
  readonly candidates: readonly Candidate[];
}

const WHY = 'why: ';
const KEY_MAX = 24;
/** A key and its value are given so many columns, if what is said of them leaves them. */
const PAIR_MAX = 51;
/** Fewer than that they never get. */
const PAIR_MIN = 9;

const NONE: Told = {
  words: [quiet('none yet: press t, or r, to read')],
  details: [quiet('t: your own writes, or newer'), quiet('r: what any one replica has, perhaps stale')],
  why: null,
  candidates: [],
};

function told(read: AskedRead | null, { seen, tokenReadDue }: Dashboard, room: number): Told {
  const nothing = { details: [], why: null, candidates: [] };
  // What was asked for since is shown meanwhile.
  if (tokenReadDue === (read?.number ?? 0))
    return { ...nothing, words: [quiet('… t waits for the write: it must carry its token')] };
  if (read === null) return NONE;
  const key = bold(`${dataText(read.key, KEY_MAX)}  `);
  const asked = quiet(`asked: ${askedFor(read)}`);
  if (read.answer === null) return { ...nothing, words: [key, quiet('… waiting for the answer')], details: [asked] };
  if (read.answer.type === 'disconnected') {
    return { ...nothing, words: [key, toned('bad', '✗ no answer')], details: [quiet(clip(read.answer.message))] };
  }
  const { result } = read.answer;
  const { candidates, error } = result;
  const waited = quiet(`waited ${formatMs(result.waitedMs)}`);
  const why = quiet(WHY + clip(error?.message ?? result.why));
  if (error === undefined) {
    const older = olderThanWrite(read, result, seen);
    const details = older === null ? [asked, waited] : [older, asked, waited];
    return { words: valueWords(read.key, result, room), details, why, candidates };
  }
  if (error.code === 'rolled-back') {
    const words = [key, toned('bad', `✗ token ${read.token ?? ''} was rolled back`)];
    return { words, details: [plain(`the session goes on from ${onwards(read, result)}`), waited], why, candidates };
  }
  return { words: [key, toned('bad', `✗ ${error.code}`)], details: [asked, waited], why, candidates };
}

function askedFor({ level, token }: AskedRead): string {
  switch (level) {
    case 'any':
      return 'any replica';
    case 'token':
      return token === null ? 'token read, no token yet' : `token ${token}`;
    case 'linearizable':
      return 'linearizable';
    default:
      throw new Error(`no such level: ${level satisfies never}`);
  }
}

function valueWords(key: string, { found, value, servedBy, position, committed }: ReadResult, room: number): Row {
  const from = plain(`from ${servedBy} at ${position}`);
  const standing = committed
    ? [toned('good', ', committed'), toned('good', ' ✓')]
    : [toned('warn', ', not committed yet'), toned('warn', ' … not committed'), toned('warn', ' …')];
  const pairRoom = Math.max(PAIR_MIN, Math.min(PAIR_MAX, room - 2 - rowWidth([from, ...standing.slice(-1)])));
  const pair = found ? pairText(key, value ?? '', pairRoom) : `${dataText(key, KEY_MAX)} is not there`;
  return shortEnough(room, ...standing.map((said) => [bold(`${pair}  `), from, said]));
}

/** A read that promised nothing can miss the session's own last write: this is what a token is for. */
function olderThanWrite({ key, level }: AskedRead, { position }: ReadResult, seen: Seen): Span | null {
  const { write } = seen;
  if (level !== 'any' || write?.answer?.type !== 'result' || write.key !== key) return null;
  if (write.answer.result.outcome !== 'ok' || fateOf(write, seen) === 'lost') return null;
  const [saw, wrote] = [position, write.answer.result.position].map((text) => text && parsePosition(text));
  if (!saw || !wrote || compareFreshness(saw, wrote) >= 0) return null;
  return toned('warn', `▲ older than your write at ${write.answer.result.position}`);
}

function onwards(read: AskedRead, result: ReadResult): string {
  const from = goesOnFrom(result, read.token);
  return from === null || from === '0:0' ? 'the beginning' : from;
}

/** Every replica as the router saw it: the one that was taken has an arrow. */
function candidateRows(candidates: readonly Candidate[], width: number): Ranked[] {
  const positionWidth = Math.max(POSITION_MIN, ...candidates.map(({ position }) => widthOf(position ?? NOWHERE)));
  return candidates.flatMap((candidate) => {
    const { id, position, chosen } = candidate;
    const name = `${chosen ? '→' : ' '} ${id}  `;
    const words = [
      chosen ? bold(name, 'leader') : plain(name),
      (chosen ? plain : quiet)(padTo(position ?? NOWHERE, positionWidth)),
      (chosen ? plain : quiet)(`  ${clip(verdictOf(candidate))}`),
    ];
    const rank = chosen ? RANK.chosen : RANK.passedOver;
    return below(() => [words], width).map((row) => ({ row, rank }));
  });
}

const NOWHERE = '–';
const POSITION_MIN = 5;

/** The verdict, without the position that stands before it. */
function verdictOf({ verdict, position }: Candidate): string {
  const at = `at ${position}`;
  if (verdict === at) return 'holds all that is asked for';
  return verdict.startsWith(`${at}, `) ? verdict.slice(at.length + 2) : verdict;
}
