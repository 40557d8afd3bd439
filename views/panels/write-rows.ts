import type { WriteResult } from '../../core/observe/api.ts';
import type { Fate } from '../../core/observe/ledger.ts';
import { formatMs } from '../../core/observe/words.ts';
import { pairText } from '../data.ts';
import { fateOf, fateSpan, outcomeSpan } from '../fates.ts';
import { clip } from '../format.ts';
import { rowWidth } from '../row.ts';
import { bold, plain, quiet, type Row, type Span, toned } from '../span.ts';
import type { AskedWrite, Dashboard, Seen } from '../state.ts';
import { widthOf } from '../width.ts';
import { below, dotted, flowing, labelled, labelWidth, shortEnough } from './labelled.ts';
import type { Ranked } from './ranked.ts';
import { RANK } from './session-ranks.ts';

/**
 * The last write that a key asked for: what came of it, and what has become of it since. `flat`: there is no room for
 * details in rows of their own.
 */
export function writeRows({ seen }: Dashboard, width: number, flat: boolean): Ranked[] {
  const { write } = seen;
  const room = width - labelWidth(width);
  const { words, details } = write === null ? NONE : told(write, fateOf(write, seen), room, flat);
  const [first, left] = flat ? flowing(words, details, room) : [words, details];
  return [
    { row: labelled('last write', first, width), rank: RANK.write },
    ...below((rest) => dotted(left, rest), width).map((row) => ({ row, rank: RANK.writeDetails })),
  ];
}

/** What the session carries, and what for. */
export function tokenRow({ seen }: Dashboard, width: number): Ranked {
  return { row: labelled('token', tokenWords(seen, width - labelWidth(width)), width), rank: RANK.token };
}

interface Told {
  readonly words: Row;
  readonly details: readonly Span[];
}

/** A key and its value are given so many columns, if what came of the write leaves them. */
const PAIR_MAX = 51;
/** If they are longer than that, what came of the write has the room first. */
const PAIR_MIN = 9;
const GAP = 2;

const NONE: Told = {
  words: [quiet('none yet: press w to write')],
  details: [quiet('to the keys k1, k2 … k9 in turn')],
};

function told(write: AskedWrite, fate: Fate | null, room: number, flat: boolean): Told {
  const { key, value, answer } = write;
  const [ways, details] = answerWays(answer, fate);
  const pairMin = Math.min(widthOf(pairText(key, value, PAIR_MAX)), PAIR_MIN);
  const outcome = shortEnough(room - GAP - pairMin, ...ways);
  const pair = pairText(key, value, Math.max(pairMin, Math.min(PAIR_MAX, room - GAP - rowWidth(outcome))));
  const words = [bold(pair), plain(' '.repeat(GAP)), ...outcome];
  if (fate === null || isInPlace(fate, answer)) return { words, details };
  // The longest fate decides, so that the place does not change with the fate.
  const fits = rowWidth(words) + GAP + rowWidth([fateSpan('committed')]) <= room;
  if (!fits) return { words, details: flat ? [...details, fateSpan(fate)] : [fateSpan(fate), ...details] };
  return { words: [...words, plain(' '.repeat(GAP)), fateSpan(fate)], details };
}

/** Whether the fate is told instead of the outcome: it has changed what that was worth. */
function isInPlace(fate: Fate, answer: AskedWrite['answer']): boolean {
  const wasOk = answer?.type === 'result' && answer.result.outcome === 'ok';
  return wasOk ? fate === 'lost' : fate !== 'pending';
}

/** What came of it, from the longest way to say it to the shortest; and the details. */
function answerWays(answer: AskedWrite['answer'], fate: Fate | null): readonly [readonly Row[], readonly Span[]] {
  if (answer === null) return [[[quiet('… waiting for the answer')], [quiet('… no answer yet')]], []];
  if (answer.type === 'disconnected') {
    const ways = [[toned('doubt', '? no answer: it may be done')], [toned('doubt', '? no answer')]];
    return [ways, [quiet(clip(answer.message))]];
  }
  const { result } = answer;
  return [outcomeWays(result, fate), detailsOf(result)];
}

function outcomeWays({ outcome, position }: WriteResult, fate: Fate | null): readonly Row[] {
  const at = position === null ? '' : ` at ${position}`;
  switch (outcome) {
    case 'ok':
      if (fate === 'lost') return [[fateSpan('lost'), plain(`, was ok${at}`)]];
      return [[outcomeSpan('ok'), plain(at)]];
    case 'rejected':
      return [': nothing was written', ': not written', ''].map((words) => [toned('warn', `✗ rejected${words}`)]);
    case 'unknown':
      // A new leader keeps what it finds in its log: this is how it mostly ends.
      if (fate === 'committed') return [[fateSpan('committed'), plain(` after all${at}`)]];
      if (fate === 'discarded') return [[fateSpan('discarded'), plain(`, was unknown${at}`)], [fateSpan('discarded')]];
      return [
        [toned('doubt', '? unknown: it may still commit'), plain(position === null ? '' : `,${at}`)],
        [toned('doubt', '? unknown: may commit')],
      ];
    default:
      throw new Error(`no such outcome: ${outcome satisfies never}`);
  }
}

function detailsOf({ outcome, mode, error, durableOn, ms, replaces }: WriteResult): Span[] {
  // The row above says whether it may still commit, and knows when that is no longer so.
  const message = error === undefined ? [] : [quiet(clip(error.message.replace(MAY_COMMIT, '')))];
  if (outcome === 'rejected') return [...message, quiet(mode)];
  const durable = durableOn.length > 0 ? `durable on ${durableOn.join(', ')}` : 'durable on none yet';
  const replaced = replaces === undefined ? [] : [quiet(`replaces ${replaces}, which was lost`)];
  return [quiet(mode), ...message, quiet(durable), quiet(formatMs(ms)), ...replaced];
}

const MAY_COMMIT = /; (?:it|the write) may still commit$/;

function tokenWords({ token, ledger }: Seen, room: number): Row {
  if (token === null) {
    return shortEnough(
      room,
      [quiet('none yet: an ok write gives one, t carries it')],
      [quiet('none yet: an ok write gives it')],
    );
  }
  const carried = [bold(token), plain('  ')];
  const gone = ledger.losses.some(({ position }) => position === token);
  const ways = gone
    ? [toned('bad', '✗ its write was lost: t tells where to go on'), toned('bad', '✗ lost: press t')]
    : [quiet('t never shows anything older'), quiet('t shows nothing older'), quiet('for t')];
  return shortEnough(room, ...ways.map((way) => [...carried, way]));
}
