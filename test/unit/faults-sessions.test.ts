import { describe, expect, test } from 'vitest';
import type { LogEntryView } from '../../core/observe/api.ts';
import { type PositionText, parsePosition } from '../../core/protocol/position.ts';
import { CommittedLog, FinalHistory } from '../faults/committed-log.ts';
import type { Operation, Read, Write } from '../faults/operation.ts';
import { checkSession, versionsOf } from '../faults/sessions.ts';

const at = (text: PositionText | null) => (text === null ? null : parsePosition(text));

const wrote = (key: string, value: string, position: PositionText | null): Write => ({
  ...{ kind: 'write', client: 's1', key, value, mode: 'quorum', invokedMs: 0, completedMs: 0, attempts: [] },
  ...{ outcome: position === null ? 'unknown' : 'ok', position: at(position) },
});

interface Found {
  readonly token: PositionText | null;
  readonly value: string | null;
  readonly at: PositionText;
}
const read = (level: Read['level'], key: string, found: Found): Read => ({
  ...{ kind: 'read', client: 's1', key, level, invokedMs: 0, completedMs: 0, code: null },
  ...{ token: at(found.token), value: found.value, position: at(found.at) },
  nextToken: at(level === 'any' ? found.token : found.at),
});
const refused = (code: Read['code'], token: PositionText, nextToken: PositionText): Read => ({
  ...read('token', 'k', { token, value: null, at: '9:9' }),
  ...{ code, position: null, nextToken: at(nextToken) },
});

/** `k`: a at 1:1, b at 1:3, c at 2:5. `other`: x at 1:2. */
const kept: readonly LogEntryView[] = (
  [
    ['1:1', 'k', 'a'],
    ['1:2', 'other', 'x'],
    ['1:3', 'k', 'b'],
    ['2:4', null, null],
    ['2:5', 'k', 'c'],
  ] as const
).map(([position, key, value]) => ({
  ...{ position, id: position, op: key === null ? 'noop' : 'put', key, value, mode: 'quorum' },
  ...{ committed: true, durable: true },
}));

function check(operations: readonly Operation[], mayLose = false): readonly string[] {
  const log = new CommittedLog();
  log.add('n1', kept);
  const history = new FinalHistory(log.entries());
  return checkSession(operations, history, versionsOf(operations, history), mayLose);
}

describe('kept promises', () => {
  test.each<[string, Operation[]]>([
    ['own write', [wrote('k', 'a', '1:1'), read('token', 'k', { token: '1:1', value: 'a', at: '1:2' })]],
    ["another's later write", [wrote('k', 'a', '1:1'), read('token', 'k', { token: '1:1', value: 'c', at: '2:5' })]],
    [
      'an unknown write need not be seen',
      [wrote('k', 'b', null), read('token', 'k', { token: null, value: 'a', at: '1:2' })],
    ],
    [
      'an old read without a promise',
      [wrote('k', 'c', '2:5'), read('any', 'k', { token: null, value: 'a', at: '1:2' })],
    ],
    [
      'a refusal promises nothing',
      [
        wrote('k', 'a', '1:1'),
        refused('not-caught-up', '1:1', '1:1'),
        read('token', 'k', { token: '1:1', value: 'a', at: '1:1' }),
      ],
    ],
  ])('%s', (_, operations) => {
    expect(check(operations)).toEqual([]);
  });

  test('after a rollback the session begins anew, where a loss is allowed', () => {
    const operations = [
      wrote('k', 'lost', '1:4'),
      read('token', 'k', { token: '1:4', value: 'lost', at: '1:4' }),
      refused('rolled-back', '1:4', '1:3'),
      read('token', 'k', { token: '1:3', value: 'b', at: '1:3' }),
    ];
    expect(check(operations, true)).toEqual([]);
    expect(check(operations, false)).toEqual([expect.stringContaining('rolled back')]);
  });
});

describe('planted violations', () => {
  test.each<[string, Operation[], string]>([
    [
      'a prefix before the token',
      [wrote('k', 'b', '1:3'), read('token', 'other', { token: '1:3', value: 'x', at: '1:2' })],
      'that is before its token',
    ],
    [
      'an own write that is not there, by its value',
      [wrote('k', 'lost', '1:4'), read('token', 'k', { token: '1:4', value: 'b', at: '1:4' })],
      'had seen what was written at 1:4',
    ],
    [
      'back to an older value',
      [
        read('token', 'k', { token: '1:1', value: 'b', at: '1:3' }),
        read('token', 'k', { token: '1:3', value: 'a', at: '1:3' }),
      ],
      'had seen what was written at 1:3',
    ],
    [
      'back to nothing',
      [wrote('k', 'a', '1:1'), read('linearizable', 'k', { token: '1:1', value: null, at: '1:2' })],
      'had seen what was written at 1:1',
    ],
    [
      'what was not there at that position, at any level',
      [read('any', 'k', { token: null, value: 'b', at: '1:2' })],
      'the history has a there',
    ],
  ])('%s', (_, operations, says) => {
    expect(check(operations).join('\n')).toContain(says);
  });

  test('a client that does not carry its token tests nothing', () => {
    const operations = [wrote('k', 'b', '1:3'), read('token', 'k', { token: '1:1', value: 'b', at: '1:3' })];
    expect(() => check(operations)).toThrow('did not carry its token');
  });
});
