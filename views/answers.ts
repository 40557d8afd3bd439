import type { ControlResult, ReadOp, ReadResult, WriteResult } from '../core/observe/api.ts';
import { compareFreshness, type PositionText, parsePosition } from '../core/protocol/position.ts';
import { keepFate } from './fates.ts';
import { faultsAfter } from './faults.ts';
import { type Answer, type Answered, actual, type Control, type Dashboard, learn } from './state.ts';

/** What an answer changes: what is shown of the request, if it is still the last of its kind, and the session's token. */
export function answered(dashboard: Dashboard, answer: Answer): Dashboard {
  switch (answer.type) {
    case 'write-answered':
      return learn(dashboard, ({ write, token, ...seen }) => {
        const shown = write?.number === answer.number ? { ...write, answer: answer.reply } : write;
        return keepFate({ ...seen, write: shown, token: afterWrite(token, answer.reply) });
      });
    case 'load-answered': {
      const { token } = actual(dashboard);
      const raised = afterWrite(token, answer.reply);
      return raised === token ? dashboard : learn(dashboard, (seen) => ({ ...seen, token: raised }));
    }
    case 'read-answered':
      return learn(dashboard, ({ read, token, ...seen }) => {
        const shown = read?.number === answer.number ? { ...read, answer: answer.reply } : read;
        return { ...seen, read: shown, token: afterRead(token, answer.read, answer.reply) };
      });
    case 'control-answered':
      return controlled(dashboard, answer);
    case 'ledger-answered': {
      const { counts, writes, losses } = answer;
      const next = { ...dashboard, ledgerAsked: false };
      if (writes === null) return next;
      return learn(next, (seen) => keepFate({ ...seen, ledger: { writes, losses: losses ?? [], counts } }));
    }
    case 'entry-answered': {
      const { overlay } = dashboard;
      if (overlay?.type !== 'entry' || overlay.replica !== answer.of || overlay.position !== answer.position) {
        return dashboard;
      }
      return { ...dashboard, overlay: { ...overlay, entry: answer.entry, message: answer.message } };
    }
    default:
      throw new Error(`no such answer: ${JSON.stringify(answer satisfies never)}`);
  }
}

/** Where a session goes on whose token was rolled back; null: as one that has no token yet. */
export const goesOnFrom = (result: ReadResult, rolledBack: PositionText | null): PositionText | null =>
  [result.token, result.position].find((position) => position !== null && position !== rolledBack) ?? null;

function afterWrite(token: PositionText | null, reply: Answered<WriteResult>): PositionText | null {
  if (reply.type === 'disconnected' || reply.result.outcome !== 'ok') return token;
  return fresher(token, reply.result.token ?? null);
}

/**
 * A token that was rolled back will never be seen again: the session goes on from the position it is given. Unless it
 * has moved on since it asked: then the answer is about a token that it no longer carries.
 */
function afterRead(token: PositionText | null, read: ReadOp, reply: Answered<ReadResult>): PositionText | null {
  if (reply.type === 'disconnected' || (read.level !== 'token' && read.level !== 'linearizable')) return token;
  const { result } = reply;
  if (result.error === undefined) return fresher(token, result.token);
  return result.error.code === 'rolled-back' && token === read.token ? goesOnFrom(result, token) : token;
}

/** Answers can come back in any order, and a token only ever rises. */
function fresher(held: PositionText | null, given: PositionText | null): PositionText | null {
  const [a, b] = [held, given].map((text) => (text === null ? null : parsePosition(text)));
  if (!a || !b) return b ? given : held;
  return compareFreshness(b, a) > 0 ? given : held;
}

function controlled(dashboard: Dashboard, answer: Extract<Answer, { type: 'control-answered' }>): Dashboard {
  const { control, reply, fault } = answer;
  const next = settled(dashboard, control);
  if (reply.type === 'disconnected') return { ...next, notice: { tone: 'bad', text: reply.message } };
  const { ok, message, error, replicas } = reply.result;
  if (!ok) return { ...next, notice: { tone: 'bad', text: error?.message ?? `${control.op}: refused` } };
  // By the time the kill arrived, another may have led than the one that was seen to.
  const selected = control.op === 'kill' ? (replicas?.[0] ?? next.selected) : next.selected;
  const faults = faultsAfter(next.faults, control, fault, resultOf(control, reply.result));
  return { ...next, selected, faults, notice: { tone: 'good', text: answer.said ?? message ?? done(control) } };
}

/** A target that was named is the one it was done to. */
function resultOf(control: Control, result: ControlResult): ControlResult {
  if (result.replicas !== undefined || !('target' in control) || !control.target.startsWith('n')) return result;
  return { ...result, replicas: [control.target as never] };
}

/** What was asked for is no longer awaited. */
function settled(dashboard: Dashboard, control: Control): Dashboard {
  if (control.op === 'mode' && control.mode === dashboard.modeAsked) return { ...dashboard, modeAsked: null };
  if (control.op === 'tempo' && control.tempo === dashboard.tempoAsked) return { ...dashboard, tempoAsked: null };
  return dashboard;
}

function done(control: Control): string {
  switch (control.op) {
    case 'mode':
      return `writes are ${control.mode} from now on`;
    case 'tempo':
      return `the tempo is ${control.tempo} from now on`;
    case 'heal':
      return 'healed';
    case 'link':
      return `links of ${control.from}: ${control.fault.kind}`;
    default:
      return `${control.op} ${control.target}: done`;
  }
}
