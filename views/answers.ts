import type { ReadOp, ReadResult, WriteResult } from '../core/observe/api.ts';
import type { ClusterReply } from '../core/observe/cluster.ts';
import { compareFreshness, type PositionText, parsePosition } from '../core/protocol/position.ts';
import type { Answer, Control, Dashboard } from './state.ts';

/** What an answer changes: what is shown of the request, if it is still the last of its kind, and the session's token. */
export function answered(dashboard: Dashboard, answer: Answer): Dashboard {
  switch (answer.type) {
    case 'write-answered': {
      const { write } = dashboard;
      const shown = write?.number === answer.number ? { ...write, answer: answer.reply } : write;
      const token = answer.reply.type === 'result' ? afterWrite(dashboard.token, answer.reply.result) : dashboard.token;
      return { ...dashboard, write: shown, token };
    }
    case 'read-answered': {
      const { read } = dashboard;
      const shown = read?.number === answer.number ? { ...read, answer: answer.reply } : read;
      const token =
        answer.reply.type === 'result' ? afterRead(dashboard.token, answer.read, answer.reply.result) : dashboard.token;
      return { ...dashboard, read: shown, token };
    }
    case 'control-answered':
      return controlled(dashboard, answer.control, answer.reply);
    default:
      throw new Error(`no such answer: ${JSON.stringify(answer satisfies never)}`);
  }
}

/** Where a session goes on whose token was rolled back; null: as one that has no token yet. */
export const goesOnFrom = (result: ReadResult, rolledBack: PositionText | null): PositionText | null =>
  [result.token, result.position].find((position) => position !== null && position !== rolledBack) ?? null;

const afterWrite = (token: PositionText | null, { outcome, token: given }: WriteResult): PositionText | null =>
  outcome === 'ok' ? fresher(token, given ?? null) : token;

/**
 * A token that was rolled back will never be seen again: the session goes on from the position it is given. Unless it
 * has moved on since it asked: then the answer is about a token that it no longer carries.
 */
function afterRead(token: PositionText | null, read: ReadOp, result: ReadResult): PositionText | null {
  if (read.level !== 'token') return token;
  if (result.error === undefined) return fresher(token, result.token);
  return result.error.code === 'rolled-back' && token === read.token ? goesOnFrom(result, token) : token;
}

/** Answers can come back in any order, and a token only ever rises. */
function fresher(held: PositionText | null, given: PositionText | null): PositionText | null {
  const [a, b] = [held, given].map((text) => (text === null ? null : parsePosition(text)));
  if (!a || !b) return b ? given : held;
  return compareFreshness(b, a) > 0 ? given : held;
}

function controlled(dashboard: Dashboard, control: Control, reply: ClusterReply<Control>): Dashboard {
  const settled = control.op === 'mode' && control.mode === dashboard.modeAsked;
  const next = settled ? { ...dashboard, modeAsked: null } : dashboard;
  if (reply.type === 'disconnected') return { ...next, notice: { tone: 'bad', text: reply.message } };
  const { ok, message, error, replicas } = reply.result;
  // By the time the kill arrived, another may have led than the one that was seen to.
  const selected = ok && control.op === 'kill' ? (replicas?.[0] ?? next.selected) : next.selected;
  const text = ok ? (message ?? done(control)) : (error?.message ?? `${control.op}: refused`);
  return { ...next, selected, notice: { tone: ok ? 'good' : 'bad', text } };
}

const done = (control: Control): string =>
  control.op === 'mode' ? `writes are ${control.mode} from now on` : `${control.op} ${control.target}: done`;
