import { type CommittedLog, FinalHistory } from './committed-log.ts';
import { checkRegister, type RegisterOperation } from './linearizability.ts';
import { isRead, isServed, isWrite, type Operation, shown } from './operation.ts';
import { checkSession, versionsOf } from './sessions.ts';
import { type Account, checkSurvival, type Survival } from './survival.ts';

/** What was seen of a run, from outside. */
export interface Evidence {
  readonly operations: readonly Operation[];
  readonly committed: CommittedLog;
  /** null: the router was another one in between, and has not seen all. */
  readonly account: Account | null;
}

/** Everything that a run promised, and did not hold, in words; and how its writes ended. */
export function checkRun({ operations, committed, account }: Evidence): Survival {
  const history = new FinalHistory(committed.entries());
  const writes = operations.filter(isWrite);
  const { fates, violations } = checkSurvival(writes, history, account);
  const mayLose = writes.some(({ mode }) => mode === 'async');
  return {
    fates,
    violations: [...violations, ...checkSessions(operations, history, mayLose), ...checkRegisters(operations, history)],
  };
}

function checkSessions(operations: readonly Operation[], history: FinalHistory, mayLose: boolean): readonly string[] {
  const versions = versionsOf(operations, history);
  const sessions = Map.groupBy(operations, ({ client }) => client);
  return [...sessions.values()].flatMap((session) => {
    const inOrder = session.toSorted((a, b) => a.invokedMs - b.invokedMs);
    return checkSession(inOrder, history, versions, mayLose);
  });
}

/**
 * Linearizable reads among writes, key by key. An async write that was lost was never part of any history that such a
 * read is of.
 */
function checkRegisters(operations: readonly Operation[], history: FinalHistory): readonly string[] {
  const isPart = (operation: Operation): boolean => {
    if (isRead(operation)) return isServed(operation) && operation.level === 'linearizable';
    if (operation.outcome === 'rejected') return false;
    return operation.mode !== 'async' || history.writesOf(operation.value).length > 0;
  };
  const keys = Map.groupBy(operations.filter(isPart), ({ key }) => key);
  return [...keys].flatMap(([key, ofKey]) => {
    const contradiction = checkRegister(ofKey.map(registerOperation));
    if (contradiction === null) return [];
    const { operation, possible, why } = contradiction;
    const { kind, value, invokedMs, completedMs } = operation;
    const what = `${kind} of ${shown(value)} from ${invokedMs} to ${completedMs} ms`;
    const held = possible.map(shown).join(', ');
    return [`key ${key} is not linearizable: ${what}, when it could hold ${held}: ${why}`];
  });
}

function registerOperation(operation: Operation): RegisterOperation {
  const { kind, value, invokedMs } = operation;
  const isUnknown = isWrite(operation) && operation.outcome === 'unknown';
  return { kind, value, invokedMs, completedMs: isUnknown ? null : operation.completedMs };
}
