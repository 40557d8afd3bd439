import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry, HardState } from '../../core/protocol/entry.ts';
import { ORIGIN } from '../../core/protocol/position.ts';
import { seededRandom } from '../../core/protocol/random.ts';
import { segmentFile } from '../../core/wal/files.ts';
import { openingOf } from '../../core/wal/group.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import {
  batch,
  entries,
  entryAt,
  entryLines,
  hardState,
  IDENTITY,
  linesOf,
  logOf,
  names,
  type OpenLog,
  openLog,
  verdictOn,
} from './support/wal-log.ts';

const FIRST = segmentFile(0);

describe('a torn write is cut', () => {
  test('from the first bad record on, even if valid ones follow', () => {
    const segment = logOf(entryLines(1, 2), entryLines(3, 6));
    const [, , , , , , fourth = ''] = linesOf(segment.bytes);
    const start = Buffer.from(segment.bytes).indexOf(fourth);
    const bytes = segment.bytes.slice().fill(0, start + 10, start + 20);
    const verdict = verdictOn([{ base: 0, bytes }]);
    expect(verdict).toMatchObject({
      verdict: 'ok',
      end: start,
      cut: { file: FIRST, line: 7, lsn: 4, offset: start, bytes: bytes.length - start },
    });
    expect(verdict.verdict === 'ok' && names(verdict.entries)).toEqual(['1:1', '1:2', '1:3']);
  });

  test('where a character has lost its last byte, though a lenient decoder would show the same text', () => {
    const segment = logOf([entryAt(1).line, entryAt(2, 1, '\ufffd').line]);
    const at = segment.bytes.indexOf(0xbd);
    const bytes = Buffer.concat([segment.bytes.subarray(0, at), segment.bytes.subarray(at + 1)]);
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'ok', cut: { line: 4, lsn: 2 } });
  });

  test.each(['', '{"type":"iden', '\0\0\0\0'])('a second segment whose creation tore (%j) is removed', (torn) => {
    const first = logOf(entryLines(1, 2));
    const base = first.bytes.length;
    const disk = MemoryDisk.holding(
      new Map([
        [FIRST, first.bytes],
        [segmentFile(base), Buffer.from(torn)],
      ]),
    );
    expect(openLog(disk).report).toMatchObject({ entries: 2, tornBytes: torn.length, file: segmentFile(base) });
    expect(disk.list()).toEqual([FIRST]);
  });

  test.each(['', '{"type":"iden', '\0\0\0\0'])('a first segment whose creation tore (%j) is made anew', (torn) => {
    const disk = MemoryDisk.holding(new Map([[FIRST, Buffer.from(torn)]]));
    const { recovered, report } = openLog(disk);
    expect(recovered).toEqual({ hardState: hardState(0), snapshot: null, prefix: null, entries: [] });
    expect(report).toMatchObject({ entries: 0, tornBytes: torn.length, file: FIRST });
    const { text } = openingOf(IDENTITY, { base: 0, after: ORIGIN }, hardState(0));
    expect(Buffer.from(disk.read(FIRST)).toString()).toBe(text);
    expect(disk.crash(() => false).contents()).toEqual(disk.contents());
  });

  test('an opened log names the torn bytes and goes on where they were', () => {
    const segment = logOf(entryLines(1, 3));
    const disk = MemoryDisk.holding(new Map([[FIRST, segment.bytes.slice(0, -1)]]));
    const { wal, recovered, report } = openLog(disk);
    const tornBytes = Buffer.byteLength(entryAt(3).line);
    expect(report).toMatchObject({ entries: 2, tornBytes, file: FIRST });
    expect(names(recovered.entries)).toEqual(['1:1', '1:2']);
    wal.submit(batch(1, { add: entries(3, 4, 2) }));
    disk.settle();
    expect(names(openLog(disk).recovered.entries)).toEqual(['1:1', '1:2', '2:3', '2:4']);
  });
});

const nothing = () => false;

test('torn at every byte of the last group: a prefix of it, and all that was synced before', () => {
  const disk = new MemoryDisk();
  const { wal } = openLog(disk);
  wal.submit(batch(1, { hard: hardState(1, 'n1'), add: entries(1, 3) }));
  disk.settle();
  const { size } = wal.durableEnd();
  wal.submit(batch(2, { hard: hardState(2, 'n2'), truncateFrom: 3, add: entries(3, 5, 2) }));
  disk.settle();
  const whole = disk.read(FIRST);
  const seen = new Set<string>();
  for (let length = size; length <= whole.length; length++) {
    for (const fill of [null, 0, 0xff]) {
      const bytes = fill === null ? whole.slice(0, length) : whole.slice().fill(fill, length);
      const { recovered } = openLog(MemoryDisk.holding(new Map([[FIRST, bytes]])));
      seen.add([recovered.hardState.term, ...names(recovered.entries)].join(' '));
    }
  }
  expect([...seen]).toEqual([
    '1 1:1 1:2 1:3',
    '2 1:1 1:2 1:3',
    '2 1:1 1:2',
    '2 1:1 1:2 2:3',
    '2 1:1 1:2 2:3 2:4',
    '2 1:1 1:2 2:3 2:4 2:5',
  ]);
});

test('what was recovered survives a power cut, even if an fsync had failed and left its pages marked clean', () => {
  const disk = new MemoryDisk();
  const { wal, calls } = openLog(disk);
  wal.submit(batch(1, { add: entries(1, 2) }));
  disk.settle();
  wal.submit(batch(2, { add: entries(3, 4) }));
  disk.failNext = 'sync';
  disk.settle();
  expect(calls).toEqual([1, new Error('sync failed')]);
  expect(names(openLog(disk.crash(nothing)).recovered.entries)).toEqual(['1:1', '1:2']);
  const again = openLog(disk);
  expect(names(again.recovered.entries)).toEqual(['1:1', '1:2', '1:3', '1:4']);
  expect(openLog(disk.crash(nothing)).recovered).toEqual(again.recovered);
});

type Action =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  | { readonly do: 'term'; readonly vote: boolean }
  | { readonly do: 'truncate'; readonly back: number; readonly sizes: readonly number[] }
  | { readonly do: 'nothing' }
  | { readonly do: 'step'; readonly times: number }
  | { readonly do: 'kill' | 'fail-sync' | 'fail-append' }
  | { readonly do: 'crash'; readonly seed: number; readonly keep: number };

/** So many entries are dropped at most. */
const BACK_MAX = 4;
const sizes = fc.array(fc.nat(1500), { maxLength: 4 });
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sizes }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('term' as const), vote: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('truncate' as const), back: fc.nat(BACK_MAX), sizes }) },
    { weight: 1, arbitrary: fc.constant({ do: 'nothing' as const }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('step' as const), times: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill', 'fail-sync', 'fail-append') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        seed: fc.nat(),
        keep: fc.constantFrom(0, 0.3, 0.7, 1),
      }),
    },
  ),
  { minLength: 1, maxLength: 40 },
);

/** What a log should hold, record by record: a crash may leave any of these states not older than what was promised. */
class Expected {
  term = 0;
  vote: string | null = null;
  log: readonly Entry[] = [];
  /** Nothing up to here is ever truncated. */
  committed = 0;
  #states: { readonly batch: number; readonly state: string }[] = [];

  constructor() {
    this.mark(0);
  }

  /** The state after one more record, written by this batch. */
  mark(batch: number): void {
    this.#states.push({ batch, state: stateOf(this.term, this.vote, this.log) });
  }

  /** Goes on from what was recovered, once it is one of the states that may be left when `persisted` is durable. */
  settleFor(recovered: OpenLog['recovered'], persisted: number): void {
    const { hardState, entries } = recovered;
    const last = this.#states.findLastIndex(({ batch }) => batch <= persisted);
    const allowed = this.#states.slice(last).map(({ state }) => state);
    expect(allowed).toContain(stateOf(hardState.term, hardState.votedFor, entries));
    expect(hardState.committedLsn).toBeLessThanOrEqual(entries.length);
    this.term = hardState.term;
    this.vote = hardState.votedFor;
    this.log = entries;
    this.committed = hardState.committedLsn;
    this.#states = [];
    this.mark(0);
  }
}

const stateOf = (term: number, vote: string | null, log: readonly Entry[]): string =>
  [term, vote, ...log.map(({ line }) => line)].join('\n');

test('whatever is done and however it ends, nothing persisted is lost, and nothing is invented', () => {
  fc.assert(
    fc.property(actions, fc.constantFrom(1500, 6000, undefined), (script, segmentBytesMax) => {
      let disk = new MemoryDisk();
      let open = openLog(disk, segmentBytesMax);
      let number = 0;
      const expected = new Expected();

      const submit = (hard: HardState, truncateFrom: number | null, added: readonly Entry[]): void => {
        number++;
        expected.mark(number);
        if (truncateFrom !== null) {
          expected.log = expected.log.slice(0, truncateFrom - 1);
          expected.mark(number);
        }
        for (const entry of added) {
          expected.log = [...expected.log, entry];
          expected.mark(number);
        }
        open.wal.submit(
          batch(number, truncateFrom === null ? { hard, add: added } : { hard, add: added, truncateFrom }),
        );
      };
      const current = (): HardState => {
        expected.committed = Math.max(expected.committed, expected.log.length - BACK_MAX);
        return hardState(expected.term, expected.vote, expected.committed);
      };
      const more = (sizesOfValues: readonly number[], after: number): Entry[] =>
        sizesOfValues.map((size, i) => entryAt(after + 1 + i, Math.max(1, expected.term), 'v'.repeat(size)));
      const reopen = (): void => {
        const numbers = open.calls.filter((call) => typeof call === 'number');
        open = openLog(disk, segmentBytesMax);
        expected.settleFor(open.recovered, numbers.at(-1) ?? 0);
        // All of it is durable now, said the log.
        expect(openLog(disk.crash(nothing)).recovered).toEqual(open.recovered);
        number = 0;
      };

      for (const action of script) {
        switch (action.do) {
          case 'append':
            submit(current(), null, more(action.sizes, expected.log.length));
            break;
          case 'term':
            expected.term++;
            expected.vote = action.vote ? 'n2' : null;
            submit(current(), null, []);
            break;
          case 'truncate': {
            // A log is only ever cut for a leader of a later term.
            expected.term++;
            expected.vote = null;
            const hard = current();
            const kept = Math.max(hard.committedLsn, expected.log.length - action.back);
            submit(hard, kept + 1, more(action.sizes, kept));
            break;
          }
          case 'nothing':
            open.wal.submit(batch(++number, { hard: current(), dirty: false }));
            break;
          case 'step':
            for (let i = 0; i < action.times; i++) disk.step();
            break;
          case 'kill':
            disk.kill();
            reopen();
            break;
          case 'fail-sync':
          case 'fail-append':
            disk.failNext = action.do === 'fail-sync' ? 'sync' : 'append';
            disk.settle();
            disk.kill();
            reopen();
            break;
          case 'crash': {
            const random = seededRandom(action.seed);
            disk = disk.crash(() => random.between(0, 1) < action.keep);
            reopen();
            break;
          }
          default:
            action satisfies never;
        }
      }
    }),
    { numRuns: 500 },
  );
});
