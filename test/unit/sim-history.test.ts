import { describe, expect, test } from 'vitest';
import type { Entry, HardState } from '../../core/protocol/entry.ts';
import { lsn, parsePosition, term, writeId } from '../../core/protocol/position.ts';
import { DurableLog } from '../../core/sim/checks/durable-log.ts';
import { History } from '../../core/sim/checks/history.ts';
import { encodeRecord, sealEntry } from '../../core/wal/codec.ts';
import { segmentFile, snapshotFile } from '../../core/wal/files.ts';

const at = (text: string) => parsePosition(text) ?? expect.fail(`no position: ${text}`);

/** `1:2 k=v` is the entry at 1:2 that puts v under k; `1:2 k` deletes k, which is what it is about unless told. */
function entry(text: string): Entry {
  const [position = '', put] = text.split(' ');
  const [key = 'k', value] = put?.split('=') ?? [];
  const command = value === undefined ? ({ op: 'delete', key } as const) : ({ op: 'put', key, value } as const);
  return sealEntry({ ...at(position), id: writeId(text), command, mode: 'quorum', session: null });
}

/** Logs as replicas write them, entry after entry. */
function historyOf(...logs: (readonly string[])[]): History {
  const history = new History();
  for (const log of logs) {
    let before = term(0);
    for (const text of log) {
      history.appended(entry(text), before);
      before = entry(text).term;
    }
  }
  return history;
}

describe('log matching', () => {
  test.each([
    [['1:1 k=a'], ['1:1 k=b']],
    [
      ['1:1', '2:2'],
      ['2:1', '2:2'],
    ],
    [
      ['1:1', '3:2'],
      ['1:1', '2:2', '3:3'],
    ],
    [['1:1', '2:2', '2:3'], ['2:1']],
  ])('is violated by %j and %j', (one, other) => {
    expect(() => historyOf(one, other)).toThrow();
  });

  test('is not by a tail that was replaced', () => {
    expect(() => historyOf(['1:1', '1:2', '1:3'], ['1:1', '2:2', '3:3'], ['1:1', '1:2'])).not.toThrow();
  });
});

describe('a tree of histories', () => {
  const history = historyOf(
    ['1:1 x=a', '1:2 y=b', '1:3 x=c'],
    ['1:1 x=a', '1:2 y=b', '2:3 y=d', '4:4 x=e'],
    ['1:1 x=a', '3:2 x'],
  );

  test.each([
    ['1:3', '1:1', true],
    ['4:4', '2:3', true],
    ['4:4', '1:2', true],
    ['4:4', '1:3', false],
    ['4:4', '3:2', false],
    ['3:2', '1:1', true],
    ['3:2', '1:2', false],
    ['1:1', '1:2', false],
    ['1:1', '0:0', true],
  ])('%s goes through %s: %s', (end, position, expected) => {
    expect(history.includes(at(end), at(position))).toBe(expected);
  });

  test.each([
    ['1:3', 'x', 'c'],
    ['1:2', 'x', 'a'],
    ['4:4', 'x', 'e'],
    ['2:3', 'x', 'a'],
    ['2:3', 'y', 'd'],
    ['1:1', 'y', null],
    ['3:2', 'x', null],
    ['0:0', 'x', null],
  ])('after %s %s is %s', (end, key, value) => {
    expect(history.valueAt(at(end), key)).toBe(value);
  });
});

describe('what is committed', () => {
  const committed = (): History => {
    const history = historyOf(['1:1', '1:2', '1:3'], ['1:1', '1:2', '2:3']);
    for (const position of ['1:1', '1:2', '2:3']) history.commit(at(position).lsn, at(position).term, term(2));
    return history;
  };

  test('is not contradicted', () => {
    expect(() => committed().commit(3, term(1), term(3))).toThrow('1:3 is called committed, and 2:3 was before');
    expect(() => committed().commit(5, term(2), term(3))).toThrow('before what precedes it');
    expect(committed().commit(3, term(2), term(3))).toBe(false);
    expect(committed().commit(4, term(2), term(3))).toBe(true);
  });

  test.each([
    ['1:2', 'committed'],
    ['2:3', 'committed'],
    ['1:3', 'excluded'],
    ['1:4', 'excluded'],
    ['2:4', 'open'],
    ['3:4', 'open'],
  ])('%s is %s', (position, expected) => {
    const history = committed();
    const [isCommitted, isExcluded] = [history.isCommitted(at(position)), history.isExcluded(at(position))];
    expect({ isCommitted, isExcluded }).toEqual({
      isCommitted: expected === 'committed',
      isExcluded: expected === 'excluded',
    });
  });

  test('a leader must hold what was committed in earlier terms, and not what was in its own or later ones', () => {
    const history = historyOf(['1:1', '1:2', '3:3']);
    history.commit(1, term(1), term(1));
    history.commit(2, term(1), term(3));
    expect(history.lastCommittedBefore(term(1))).toBeNull();
    expect(history.lastCommittedBefore(term(3))).toEqual(at('1:1'));
    expect(history.lastCommittedBefore(term(4))).toEqual(at('1:2'));
  });
});

describe('a durable log', () => {
  const hardStateOf = (of: number, votedFor: string | null): HardState => ({
    term: term(of),
    votedFor: votedFor as never,
    committedLsn: lsn(0),
    standing: 'voter',
  });
  const hardState = (of: number, votedFor: string | null = null, durable = 0): string =>
    encodeRecord({ type: 'hard-state', ...hardStateOf(of, votedFor), durable });
  const lines = (...records: string[]): string => records.map((line) => `${line}\n`).join('');
  const recovered = (of: number, votedFor: string | null, ...entries: string[]) => ({
    hardState: hardStateOf(of, votedFor),
    snapshot: null,
    prefix: null,
    entries: entries.map(entry),
  });
  const disk = (text: string) => [{ name: segmentFile(0), bytes: new TextEncoder().encode(text) }];

  /** Of n1, with two entries of term 1 on its disk, and a third and a vote on the way there. */
  const open = (): { log: DurableLog; durable: string; rest: string } => {
    const log = new DurableLog('n1', historyOf(['1:1', '1:2', '1:3']));
    const durable = lines(hardState(1), entry('1:1').line, entry('1:2').line);
    const rest = lines(hardState(2, 'n2', 17), entry('1:3').line);
    log.appended(durable);
    log.synced();
    log.appended(rest);
    return { log, durable, rest };
  };

  test('has what was fsynced, and no more', () => {
    const { log } = open();
    expect(log).toMatchObject({ terms: [1, 1], term: 1, votedFor: null, named: 0 });
    log.synced();
    expect(log).toMatchObject({ terms: [1, 1, 1], term: 2, votedFor: 'n2', named: 17 });
  });

  test.each([
    ['nothing more', recovered(1, null, '1:1', '1:2'), 0],
    ['the vote', recovered(2, 'n2', '1:1', '1:2'), 1],
    ['the vote and the entry', recovered(2, 'n2', '1:1', '1:2', '1:3'), 2],
  ])('may be recovered with %s of what was on its way', (_what, found, kept) => {
    const { log, durable, rest } = open();
    const stored =
      durable +
      rest
        .split(/(?<=\n)/)
        .slice(0, kept)
        .join('');
    expect(() => log.recovered(found, disk(stored))).not.toThrow();
    expect(log.terms).toHaveLength(found.entries.length);
  });

  test.each([
    ['an entry that is missing', recovered(1, null, '1:1')],
    ['an entry without the vote before it', recovered(1, null, '1:1', '1:2', '1:3')],
    ['another vote', recovered(2, 'n3', '1:1', '1:2')],
    ['a vote forgotten', recovered(2, null, '1:1', '1:2')],
  ])('is not recovered with %s', (_what, found) => {
    const { log, durable, rest } = open();
    expect(() => log.recovered(found, disk(durable + rest))).toThrow('durable was');
  });

  test('is not recovered with what the next crash may take back', () => {
    const { log, durable } = open();
    expect(() => log.recovered(recovered(2, 'n2', '1:1', '1:2', '1:3'), disk(durable))).toThrow('on its disk is');
  });

  test('never drops what is committed', () => {
    const history = historyOf(['1:1', '1:2']);
    history.commit(1, term(1), term(1));
    const log = new DurableLog('n1', history);
    log.appended(lines(entry('1:1').line, entry('1:2').line, encodeRecord({ type: 'truncate', from: lsn(2) })));
    expect(() => log.synced()).not.toThrow();
    log.appended(lines(encodeRecord({ type: 'truncate', from: lsn(1) })));
    expect(() => log.synced()).toThrow('drops 1:1, which is committed');
  });

  test('stands on a snapshot from its mark on, which must be of what is committed, and be on the disk', () => {
    const history = historyOf(['1:1', '1:2', '2:3'], ['1:1', '1:2', '1:3']);
    for (const of of [1, 1, 2]) history.commit(history.committed.length + 1, term(of), term(2));
    const mark = encodeRecord({ type: 'snapshot-mark', position: at('2:3') });
    const text = lines(hardState(2), entry('1:1').line, entry('1:2').line, entry('1:3').line, mark);
    const opened = () => {
      const log = new DurableLog('n1', history);
      log.appended(text);
      log.synced();
      return log;
    };
    expect(opened().terms).toEqual([1, 1, 2]);
    const found = { ...recovered(2, null), snapshot: { position: at('2:3'), pieces: [] } };
    const snapshot = { name: snapshotFile(lsn(3)), bytes: new Uint8Array() };
    expect(() => opened().recovered(found, [...disk(text), snapshot])).not.toThrow();
    expect(() => opened().recovered(found, disk(text))).toThrow('on its disk is');
    expect(() => opened().recovered(recovered(2, null, '1:1', '1:2'), disk(text))).toThrow('durable was');
    const wrong = new DurableLog('n1', history);
    wrong.appended(lines(encodeRecord({ type: 'snapshot-mark', position: at('1:3') })));
    expect(() => wrong.synced()).toThrow('stands on 1:3, which was never committed');
  });

  test('may begin after entries that a snapshot has, and go back behind them', () => {
    const history = historyOf(['1:1', '1:2', '2:3'], ['1:1', '1:2', '1:3']);
    for (const of of [1, 1, 2]) history.commit(history.committed.length + 1, term(of), term(2));
    const log = new DurableLog('n1', history);
    log.appended(lines(hardState(2), ...['1:1', '1:2', '2:3'].map((text) => entry(text).line)));
    log.synced();
    const identity = JSON.stringify({ type: 'identity', base: 900, after: '1:3' });
    const rest = [hardState(2), encodeRecord({ type: 'truncate', from: lsn(3) }), entry('2:3').line];
    const segment = { name: segmentFile(900), bytes: new TextEncoder().encode(lines(identity, ...rest)) };
    const snapshot = { name: snapshotFile(lsn(3)), bytes: new Uint8Array() };
    const found = { ...recovered(2, null), snapshot: { position: at('2:3'), pieces: [] } };
    expect(() => log.recovered(found, [segment, snapshot])).not.toThrow();
    expect(log.terms).toEqual([1, 1, 2]);
  });

  test('holds the bytes that were written, not others', () => {
    const log = new DurableLog('n1', historyOf(['1:1 k=a']));
    log.appended(lines(entry('1:1 k=b').line));
    expect(() => log.synced()).toThrow('wrote something else for 1:1');
  });
});
