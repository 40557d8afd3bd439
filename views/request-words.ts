import type { ReadResult, WriteResult } from '../core/observe/api.ts';
import { goesOnFrom } from './answers.ts';
import { clip, formatMs } from './format.ts';
import { bold, plain, quiet, type Span, toned } from './span.ts';
import type { AskedRead, AskedWrite } from './state.ts';

/** Keys and values are shown up to this many characters. */
const DATA_MAX = 24;

/** The last write in words: first what came of it, then the details. */
export function writeWords(write: AskedWrite | null): readonly [Span[], Span[]] {
  if (write === null) return [[quiet('none yet: press w to write')], [quiet('to the keys k1, k2 … k9 in turn')]];
  const what = bold(`${clip(write.key, DATA_MAX)} = ${clip(write.value, DATA_MAX)}  `);
  if (write.answer === null) return [[what, quiet('… waiting for the answer')], []];
  if (write.answer.type === 'disconnected') {
    return [[what, toned('doubt', '? no answer: it may be done')], [quiet(clip(write.answer.message))]];
  }
  const [outcome, details] = outcomeWords(write.answer.result);
  return [[what, ...outcome], [quiet(details)]];
}

/** The last read in words: what was read, what it asked for and how long it waited, and why that replica. */
export function readWords(read: AskedRead | null): readonly [Span[], Span[], Span[]] {
  if (read === null) return NO_READ;
  const key = bold(`${clip(read.key, DATA_MAX)}  `);
  const asked = `asked: ${askedFor(read)}`;
  if (read.answer === null) return [[key, quiet('… waiting for the answer')], [quiet(asked)], []];
  if (read.answer.type === 'disconnected') {
    return [[key, toned('bad', '✗ no answer')], [quiet(clip(read.answer.message))], []];
  }
  const { result } = read.answer;
  const waited = ` · took ${formatMs(result.waitedMs)}`;
  if (result.error === undefined) {
    return [valueWords(read.key, result), [quiet(asked + waited)], [quiet(`why: ${clip(result.why)}`)]];
  }
  const message = [quiet(clip(result.error.message))];
  if (result.error.code !== 'rolled-back') {
    return [[key, toned('bad', `✗ ${result.error.code}`)], [quiet(asked + waited)], message];
  }
  const onwards = goesOnFrom(result, read.token) ?? 'the beginning';
  const first = [key, toned('bad', `✗ token ${read.token} was rolled back`)];
  return [first, [plain(`the session goes on from ${onwards}`), quiet(waited)], message];
}

/** What the token is for, said once it is there. */
export function tokenWords(token: string | null): Span[] {
  if (token === null) return [quiet('none yet: an ok write gives one, t carries it')];
  return [bold(token), quiet('  t never shows anything older')];
}

const NO_READ: readonly [Span[], Span[], Span[]] = [
  [quiet('none yet: press r or t to read')],
  [quiet('r: what any one replica has, perhaps stale')],
  [quiet('t: your own writes, or newer')],
];

function outcomeWords(result: WriteResult): readonly [Span[], string] {
  const durable = result.durableOn.length > 0 ? `durable on ${result.durableOn.join(', ')}` : 'durable on none yet';
  const message = clip(result.error?.message ?? '');
  switch (result.outcome) {
    case 'ok':
      return [
        [toned('good', '✓ ok'), plain(` at ${result.position}`)],
        `${result.mode} · ${durable} · ${formatMs(result.ms)}`,
      ];
    case 'rejected':
      return [[toned('warn', '✗ rejected: nothing was written')], `${result.mode} · ${message}`];
    case 'unknown':
      return [
        [toned('doubt', '? unknown: it may still commit'), plain(result.position ? `, at ${result.position}` : '')],
        `${result.mode} · ${message} · ${durable} · ${formatMs(result.ms)}`,
      ];
    default:
      throw new Error(`no such outcome: ${result.outcome satisfies never}`);
  }
}

function askedFor({ level, token }: AskedRead): string {
  if (level === 'any') return 'any replica';
  return token === null ? 'no token yet' : `token ${token}`;
}

function valueWords(key: string, result: ReadResult): Span[] {
  const value = result.found ? ` = ${clip(result.value ?? '', DATA_MAX)}  ` : ' is not there  ';
  const standing = result.committed ? toned('good', 'committed') : toned('warn', 'not committed yet');
  return [bold(clip(key, DATA_MAX) + value), plain(`from ${result.servedBy} at ${result.position}, `), standing];
}
