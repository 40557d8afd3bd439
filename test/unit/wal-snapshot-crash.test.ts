// Whatever is done to a log with snapshots, and however it ends: what was persisted is there, and nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry, HardState } from '../../core/protocol/entry.ts';
import type { PersistBatch, Recovered } from '../../core/protocol/io.ts';
import { formatPosition, lsn, type Position, term } from '../../core/protocol/position.ts';
import { seededRandom } from '../../core/protocol/random.ts';
import type { SnapshotPiece } from '../../core/protocol/snapshot.ts';
import { segmentBase, snapshotLsn } from '../../core/wal/files.ts';
import { sealPiece } from '../../core/wal/piece.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entryAt, hardState, names, type OpenLog, openLog } from './support/wal-log.ts';

type Action =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  | { readonly do: 'term'; readonly vote: boolean }
  | { readonly do: 'truncate'; readonly back: number; readonly sizes: readonly number[] }
  | { readonly do: 'commit'; readonly by: number }
  /** The next part of a snapshot of its own, or the first of a new one. */
  | { readonly do: 'compact'; readonly anew: boolean; readonly last: boolean; readonly term: boolean }
  /** The same for one from a leader, so far beyond what is committed. */
  | { readonly do: 'install'; readonly ahead: number; readonly anew: boolean; readonly last: boolean }
  | { readonly do: 'nothing' | 'fill' | 'free' }
  | { readonly do: 'step'; readonly times: number }
  | { readonly do: 'kill' | 'fail-sync' | 'fail-append' | 'fail-rename' | 'fail-discard' }
  | { readonly do: 'crash'; readonly seed: number; readonly keep: number };

const of = <Name extends Action['do']>(name: Name) => fc.constant(name);
const sizes = fc.array(fc.nat(900), { maxLength: 4 });
const truth = fc.boolean();
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: of('append'), sizes }) },
    { weight: 1, arbitrary: fc.record({ do: of('term'), vote: truth }) },
    { weight: 1, arbitrary: fc.record({ do: of('truncate'), back: fc.nat(4), sizes }) },
    { weight: 6, arbitrary: fc.record({ do: of('commit'), by: fc.nat(5) }) },
    { weight: 8, arbitrary: fc.record({ do: of('compact'), anew: rarely(), last: truth, term: rarely() }) },
    { weight: 3, arbitrary: fc.record({ do: of('install'), ahead: fc.nat(6), anew: rarely(), last: truth }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('nothing', 'fill', 'free', 'free') }) },
    { weight: 6, arbitrary: fc.record({ do: of('step'), times: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 6, arbitrary: fc.constant({ do: 'step', times: 40 } as const) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('kill', 'fail-sync', 'fail-append', 'fail-rename', 'fail-discard') }),
    },
    { weight: 3, arbitrary: fc.record({ do: of('crash'), seed: fc.nat(), keep: fc.constantFrom(0, 0.3, 0.7, 1) }) },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(9).map((value) => value === 0);
}

/** What stands for the entries up to `position`: made up, and the same whoever makes it. */
function piecesOf({ term: inTerm, lsn: at }: Position): SnapshotPiece[] {
  const branch = { term: inTerm, firstLsn: lsn(1) };
  const keys = ['a', 'é', 'long'].map((key): SnapshotPiece => {
    return { type: 'key', key, value: `${key} at ${at} `.repeat(key === 'long' ? 40 : 1), lsn: lsn(at) };
  });
  const session = { session: 's', lastLsn: lsn(at), writes: [[1, lsn(1), 7]] } as const;
  return [{ type: 'branches', branches: [branch] }, ...keys, { type: 'session', floorSeq: 3, ...session }];
}

/** What a log says: term, vote, and the position of every entry, whether a snapshot has it or not. */
interface State {
  readonly term: number;
  readonly vote: string | null;
  readonly log: readonly string[];
}

/** Whether that is what was found. */
function isAs({ term, vote, log }: State, { hardState, snapshot, entries }: Recovered): boolean {
  if (hardState.term !== term || hardState.votedFor !== vote) return false;
  const end = snapshot?.position.lsn ?? 0;
  if (snapshot && log[end - 1] !== formatPosition(snapshot.position)) return false;
  return log.slice(end).join() === names(entries).join();
}

/** One log on one disk, and all that it may have been since what was last known to be durable. */
class Story {
  #disk = new MemoryDisk();
  #open: OpenLog;
  readonly #segmentBytesMax: number;
  #number = 0;
  #states: { readonly batch: number; readonly state: State }[] = [];
  #term = 0;
  #vote: string | null = null;
  #log: readonly string[] = [];
  #committed = 0;
  #part: { readonly position: Position; readonly index: number; readonly installs: boolean } | null = null;

  constructor(segmentBytesMax: number) {
    this.#segmentBytesMax = segmentBytesMax;
    this.#open = openLog(this.#disk, segmentBytesMax);
    this.#mark();
  }

  act(action: Action): void {
    switch (action.do) {
      case 'append':
        return this.#submit(null, this.#more(action.sizes, this.#log.length));
      case 'term':
        this.#term++;
        this.#vote = action.vote ? 'n2' : null;
        return this.#submit(null, []);
      case 'truncate': {
        // A log is only ever cut for a leader of a later term.
        this.#term++;
        this.#vote = null;
        const kept = Math.max(this.#committed, this.#log.length - action.back);
        return this.#submit(kept, this.#more(action.sizes, kept));
      }
      case 'commit':
        this.#committed = Math.min(this.#log.length, this.#committed + action.by);
        return;
      case 'compact':
        if (this.#committed === 0) return;
        if (action.term) this.#term++;
        if (action.term) this.#vote = null;
        return this.#takePart(this.#committed, false, action);
      case 'install':
        return this.#takePart(this.#committed + 1 + action.ahead, true, action);
      case 'nothing':
        return this.#open.wal.submit(batch(++this.#number, { hard: this.#hardState(), dirty: false }));
      case 'fill':
        this.#disk.isFull = true;
        return;
      case 'free':
        this.#disk.isFull = false;
        return this.#open.wal.retry();
      case 'step':
        for (let i = 0; i < action.times; i++) this.#disk.step();
        return;
      case 'kill':
        this.#disk.kill();
        return this.#reopen();
      case 'crash': {
        const random = seededRandom(action.seed);
        this.#disk = this.#disk.crash(() => random.between(0, 1) < action.keep);
        return this.#reopen();
      }
      case 'fail-sync':
      case 'fail-append':
      case 'fail-rename':
      case 'fail-discard':
        this.#disk.failNext = action.do.slice(5) as 'sync';
        this.#disk.settle();
        this.#disk.kill();
        return this.#reopen();
      default:
        action satisfies never;
    }
  }

  #takePart(at: number, installs: boolean, { anew, last }: { anew: boolean; last: boolean }): void {
    const isLate = installs && (this.#part?.position.lsn ?? 0) <= this.#committed;
    const begun = anew || isLate || this.#part?.installs !== installs ? null : this.#part;
    const position = begun?.position ?? (installs ? { term: term(++this.#term), lsn: lsn(at) } : this.#positionAt(at));
    const index = begun ? begun.index + 1 : 0;
    const all = piecesOf(position).map(sealPiece);
    // One piece a part, and with the last all that are left.
    const pieces = last ? all.slice(index) : all.slice(index, index + 1);
    const snapshot = { position, index, pieces, last, installs };
    this.#number++;
    this.#mark();
    this.#part = last ? null : { position, index, installs };
    if (last && installs) {
      // Whoever leads has what was committed.
      const count = position.lsn - this.#committed;
      const missing = Array.from({ length: count }, (_, i) => `${position.term}:${this.#committed + 1 + i}`);
      this.#log = [...this.#log.slice(0, this.#committed), ...missing];
      this.#committed = position.lsn;
      this.#mark();
    }
    this.#open.wal.submit({ ...batch(this.#number, { hard: this.#hardState() }), snapshot });
  }

  #submit(kept: number | null, added: readonly Entry[]): void {
    this.#number++;
    this.#mark();
    if (kept !== null) {
      this.#log = this.#log.slice(0, kept);
      this.#mark();
    }
    for (const entry of added) {
      this.#log = [...this.#log, formatPosition(entry)];
      this.#mark();
    }
    const options = { hard: this.#hardState(), add: added };
    const next: PersistBatch = batch(this.#number, kept === null ? options : { ...options, truncateFrom: kept + 1 });
    this.#open.wal.submit(next);
  }

  #more(values: readonly number[], after: number): Entry[] {
    return values.map((size, i) => entryAt(after + 1 + i, Math.max(1, this.#term), 'v'.repeat(size)));
  }

  #hardState(): HardState {
    return hardState(this.#term, this.#vote, this.#committed);
  }

  #positionAt(at: number): Position {
    return { term: term(Number(this.#log[at - 1]?.split(':')[0])), lsn: lsn(at) };
  }

  /** The state after one more record. */
  #mark(): void {
    const state = { term: this.#term, vote: this.#vote, log: this.#log };
    this.#states.push({ batch: this.#number, state });
  }

  /** The log is one that may be left when the last batch that was reported is durable; all of it is durable now. */
  #reopen(): void {
    const persisted = this.#open.calls.findLast((call) => typeof call === 'number') ?? 0;
    this.#open = openLog(this.#disk, this.#segmentBytesMax);
    const { recovered } = this.#open;
    const last = this.#states.findLastIndex(({ batch }) => batch <= persisted);
    const found = this.#states.slice(last).find(({ state }) => isAs(state, recovered));
    expect(found, JSON.stringify({ recovered, states: this.#states.slice(last) })).toBeDefined();
    const { snapshot } = recovered;
    if (snapshot) expect([...snapshot.pieces]).toEqual(piecesOf(snapshot.position));
    this.#isTidy(snapshot?.position.lsn ?? null);
    expect(openLog(this.#disk.crash(() => false)).recovered).toEqual(recovered);
    const { state } = found as { state: State };
    this.#term = state.term;
    this.#vote = state.vote;
    this.#log = state.log;
    this.#committed = Math.max(snapshot?.position.lsn ?? 0, Math.min(this.#committed, this.#log.length));
    this.#part = null;
    this.#number = 0;
    this.#states = [];
    this.#mark();
  }

  /** Nothing is there that no log needs. */
  #isTidy(at: number | null): void {
    const files = this.#disk.list();
    expect(files.filter((file) => segmentBase(file) === null)).toHaveLength(at === null ? 0 : 1);
    expect(files.flatMap((file) => snapshotLsn(file) ?? [])).toEqual(at === null ? [] : [at]);
  }
}

test('whatever is done, and however it ends', () => {
  fc.assert(
    fc.property(actions, fc.constantFrom(1200, 3000, 100_000), (script, segmentBytesMax) => {
      const story = new Story(segmentBytesMax);
      for (const action of [...script, { do: 'crash', seed: 1, keep: 0.5 } as const]) story.act(action);
    }),
    { numRuns: 600 },
  );
});
