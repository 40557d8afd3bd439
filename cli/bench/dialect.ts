import { directAnswers, directReadText, directWriteText, type MessageText } from '../../core/cluster/direct-channel.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import { keyOf, type LoadPlan, valueText } from './load-plan.ts';

/** How requests are put, and answers read, on one connection. Each request under way has a slot, and is known by it. */
export interface Dialect {
  write(slot: number, n: number): string;
  read(slot: number, n: number, token: PositionText | null): string;
  /** Tells `each` the answers on a line. */
  answers(line: string, each: (answer: Answer) => void): void;
}

export interface Answer {
  readonly slot: number;
  readonly outcome: 'ok' | 'rejected' | 'unknown';
  /** Of a write that is ok, if the line says it plainly. */
  readonly position: PositionText | null;
}

/** `connection`: no two of one cluster may be called the same. */
export function dialectOf(plan: LoadPlan, connection: string): Dialect {
  return plan.to.path === 'router' ? routerDialect(plan) : leaderDialect(plan, plan.to.term, connection);
}

/** What a client says to the router, as text put together by hand: to make JSON of objects would be most of the work. */
function routerDialect({ mode, level, valueBytes, keys }: LoadPlan): Dialect {
  const filler = 'x'.repeat(valueBytes);
  return {
    write: (slot, n) =>
      `{"id":${slot},"op":"write","key":"${keyOf(n % keys)}","value":"${valueText(n, filler)}","mode":"${mode}"}\n`,
    read: (slot, n, token) => {
      const carried = token === null || level !== 'token' ? '' : `,"token":"${token}"`;
      return `{"id":${slot},"op":"read","key":"${keyOf(n % keys)}","level":"${level}"${carried}}\n`;
    },
    answers: (line, each) => {
      const answer = routerAnswer(line);
      if (answer !== null) each(answer);
    },
  };
}

const ID = '{"id":';
const WRITTEN = ',"v":1,"writeId":"';
const WRITTEN_OK = '","outcome":"ok","position":"';
const FOUND = ',"v":1,"found":true,';

/**
 * Reads a line of the router's. The common answers are told by how they begin; everything else is parsed, so that what
 * is not plainly good is never taken for it.
 */
export function routerAnswer(line: string): Answer | null {
  if (line.startsWith(ID)) {
    const comma = line.indexOf(',', ID.length);
    const slot = Number(line.slice(ID.length, comma));
    if (line.startsWith(FOUND, comma)) return { slot, outcome: 'ok', position: null };
    if (line.startsWith(WRITTEN, comma)) {
      const end = line.indexOf('"', comma + WRITTEN.length);
      const at = end + WRITTEN_OK.length;
      if (line.startsWith(WRITTEN_OK, end)) {
        return { slot, outcome: 'ok', position: line.slice(at, line.indexOf('"', at)) as PositionText };
      }
    }
  }
  const { id, outcome, found, error } = JSON.parse(line) as RouterResult;
  if (typeof id !== 'number') return null;
  if (outcome === 'ok' || outcome === 'unknown') return { slot: id, outcome, position: null };
  return { slot: id, outcome: found !== undefined && error === undefined ? 'ok' : 'rejected', position: null };
}

interface RouterResult {
  readonly id?: unknown;
  readonly outcome?: unknown;
  readonly found?: unknown;
  readonly error?: unknown;
}

function leaderDialect({ mode, level, valueBytes, keys }: LoadPlan, term: number, connection: string): Dialect {
  const filler = 'x'.repeat(valueBytes);
  const written = directWriteText(mode, term);
  const read = directReadText(level);
  const head = ({ beforeId, beforeKey }: MessageText, slot: number, n: number): string =>
    `${beforeId}${connection}-${n}-${slot}${beforeKey}${keyOf(n % keys)}`;
  return {
    write: (slot, n) => `${head(written, slot, n)}${written.beforeValue}${valueText(n, filler)}${written.end}`,
    read: (slot, n) => `${head(read, slot, n)}${read.end}`,
    answers: (line, each) =>
      directAnswers(line, ({ id, outcome }) => {
        each({ slot: Number(id.slice(id.lastIndexOf('-') + 1)), outcome, position: null });
      }),
  };
}
