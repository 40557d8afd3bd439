import { expect, test } from 'vitest';
import type { LogEntryView } from '../../core/observe/api.ts';
import { type PositionText, parsePosition } from '../../core/protocol/position.ts';
import { checkRun } from '../faults/check-run.ts';
import { CommittedLog } from '../faults/committed-log.ts';
import type { Operation, Write } from '../faults/operation.ts';

const at = (text: PositionText) => parsePosition(text);

const wrote = (client: string, mode: Write['mode'], value: string, position: PositionText, ms: number): Operation => ({
  ...{ kind: 'write', client, key: 'k', value, mode, invokedMs: ms, completedMs: ms + 1, outcome: 'ok' },
  ...{ position: at(position), attempts: [{ outcome: 'ok', position: at(position), code: null }] },
});

const read = (client: string, value: string, position: PositionText, ms: number): Operation => ({
  ...{ kind: 'read', client, key: 'k', level: 'linearizable', token: null, invokedMs: ms, completedMs: ms + 1 },
  ...{ code: null, value, position: at(position), nextToken: at(position) },
});

const entry = (position: PositionText, value: string): LogEntryView => ({
  ...{ position, id: `w-${value}`, op: 'put', key: 'k', value, mode: 'quorum', committed: true, durable: true },
});

function check(operations: readonly Operation[], ...kept: readonly LogEntryView[]): readonly string[] {
  const committed = new CommittedLog();
  committed.add('n1', kept);
  return checkRun({ operations, committed, account: null }).violations;
}

test('clients that see one register find nothing wrong', () => {
  const operations = [
    wrote('s1', 'quorum', 'a', '1:1', 0),
    read('s2', 'a', '1:1', 2),
    wrote('s2', 'sync', 'b', '1:2', 4),
    read('s1', 'b', '1:2', 6),
  ];
  expect(check(operations, entry('1:1', 'a'), entry('1:2', 'b'))).toEqual([]);
});

test("a read that no session could know to be stale: one client's write, and then another client's read", () => {
  const operations = [
    wrote('s1', 'quorum', 'a', '1:1', 0),
    wrote('s1', 'quorum', 'b', '1:2', 2),
    read('s2', 'a', '1:1', 4),
  ];
  expect(check(operations, entry('1:1', 'a'), entry('1:2', 'b'))).toEqual([
    'key k is not linearizable: read of a from 4 to 5 ms, when it could hold b: there is no order in which this could have happened',
  ]);
});

test('an async write that was lost is no part of what linearizable reads see', () => {
  const operations = [
    wrote('s1', 'async', 'a', '1:1', 0),
    wrote('s2', 'async', 'lost', '1:2', 2),
    read('s3', 'a', '2:2', 4),
  ];
  expect(check(operations, entry('1:1', 'a'), { ...entry('2:2', 'x'), op: 'noop', key: null, value: null })).toEqual(
    [],
  );
  expect(check([...operations, read('s4', 'lost', '1:2', 6)], entry('1:1', 'a'))).toEqual([
    expect.stringContaining('nobody wrote what was read'),
  ]);
});
