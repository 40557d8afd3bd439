import { describe, expect, test } from 'vitest';
import {
  DETAILS_MAX,
  Ledger,
  type LedgerChange,
  LOCATE_MAX,
  LOSSES_MAX,
  type Outcome,
  UNSETTLED_MAX,
} from '../../core/observe/ledger.ts';
import type { SessionSeq, WriteMode } from '../../core/protocol/entry.ts';
import type { Lineage } from '../../core/protocol/lineage.ts';
import {
  formatPosition,
  lsn,
  type Position,
  parsePosition,
  replicaId,
  term,
  writeId,
} from '../../core/protocol/position.ts';

const n1 = replicaId('n1');
const at = (text: string): Position => parsePosition(text) as Position;

/** `1@1,2@15`: term 1 from LSN 1 on, term 2 from 15 on. */
function history(text: string): Lineage {
  return text.split(',').map((branch) => {
    const [t, first] = branch.split('@').map(Number);
    return { term: term(t as number), firstLsn: lsn(first as number) };
  });
}

/** Submits and answers a write in one go. */
function write(
  ledger: Ledger,
  id: string,
  outcome: Outcome,
  position: string | null = null,
  more: { mode?: WriteMode; session?: SessionSeq; term?: number } = {},
): readonly LedgerChange[] {
  const { mode = 'async', session = null, term: sent = 1 } = more;
  const submitted = { key: `k-${id}`, mode, session, term: term(sent), leader: n1, after: lsn(0) };
  return ledger.answered(
    ledger.submitted(writeId(id), submitted),
    outcome,
    position === null ? null : at(position),
    [n1],
    3,
  );
}

const OPEN = { key: 'k', mode: 'sync', session: null, term: term(1), leader: n1, after: lsn(0) } as const;

/** `lost w1 1:8`, `settled w2 committed 1:9`. */
const brief = (changes: readonly LedgerChange[]): string[] =>
  changes.map(({ type, write: { id, fate, position } }) => {
    const where = position === null ? '' : ` ${formatPosition(position)}`;
    return `${type} ${id}${type === 'settled' ? ` ${fate}` : ''}${where}`;
  });

const fateOf = (ledger: Ledger, id: string) => ledger.recent().find((one) => one.id === id)?.fate;

describe('the fate of a write', () => {
  test('an acknowledged write that commits is kept, and worth no event', () => {
    const ledger = new Ledger();
    expect(write(ledger, 'w1', 'ok', '1:2')).toEqual([]);
    expect(ledger.fates).toEqual({ pending: 1, committed: 0, lost: 0, discarded: 0 });
    expect(ledger.observe(history('1@1'), lsn(1))).toEqual([]);
    const before = ledger.recent();
    expect(ledger.observe(history('1@1'), lsn(2))).toEqual([]);
    expect(fateOf(ledger, 'w1')).toBe('committed');
    expect(before[0]?.fate, 'what was handed out stays as it was').toBe('pending');
    expect(ledger.fates).toEqual({ pending: 0, committed: 1, lost: 0, discarded: 0 });
    expect(ledger.kept).toBe(1);
  });

  test('after a failover under async, what the new leader lacks is lost, and named in the order of the log', () => {
    const ledger = new Ledger();
    for (const at of [7, 9, 8, 10]) write(ledger, `w${at}`, 'ok', `1:${at}`);
    const changes = ledger.observe(history('1@1,2@8'), lsn(8));
    expect(brief(changes)).toEqual(['lost w8 1:8', 'lost w9 1:9', 'lost w10 1:10']);
    expect(changes[0]?.write).toMatchObject({
      key: 'k-w8',
      mode: 'async',
      outcome: 'ok',
      fate: 'lost',
      durableOn: ['n1'],
    });
    expect(ledger.losses().map(({ id }) => id)).toEqual(['w8', 'w9', 'w10']);
    expect(ledger.fates).toEqual({ pending: 0, committed: 1, lost: 3, discarded: 0 });
  });

  test('nothing is called lost while the old leader could still come back and win (3)', () => {
    const ledger = new Ledger();
    write(ledger, 'w8', 'ok', '1:8');
    // The new leader has written over it, but has committed nothing of its own yet.
    expect(ledger.observe(history('1@1,2@8'), lsn(7))).toEqual([]);
    expect(ledger.fates.pending).toBe(1);
    // And it did win.
    expect(ledger.observe(history('1@1,3@9'), lsn(9))).toEqual([]);
    expect(fateOf(ledger, 'w8')).toBe('committed');
  });

  test('an unknown write often commits under the new leader’s no-op', () => {
    const ledger = new Ledger();
    write(ledger, 'w5', 'unknown', '1:5');
    write(ledger, 'w6', 'unknown', '1:6');
    expect(brief(ledger.observe(history('1@1,2@6'), lsn(6)))).toEqual([
      'settled w5 committed 1:5',
      'settled w6 discarded 1:6',
    ]);
    expect(ledger.fates).toEqual({ pending: 0, committed: 1, lost: 0, discarded: 1 });
    expect(ledger.kept).toBe(0);
  });

  test('a rejected write has none', () => {
    const ledger = new Ledger();
    expect(write(ledger, 'w1', 'rejected')).toEqual([]);
    expect(ledger.outcomes).toEqual({ ok: 0, rejected: 1, unknown: 0 });
    expect(ledger.fates).toEqual({ pending: 0, committed: 0, lost: 0, discarded: 0 });
    expect(fateOf(ledger, 'w1')).toBeNull();
  });

  test('an answer may come after the status that settles it', () => {
    const ledger = new Ledger();
    ledger.observe(history('1@1,2@6'), lsn(6));
    expect(write(ledger, 'w5', 'ok', '1:5')).toEqual([]);
    expect(fateOf(ledger, 'w5')).toBe('committed');
    expect(brief(write(ledger, 'w6', 'ok', '1:6'))).toEqual(['lost w6 1:6']);
    expect(brief(write(ledger, 'w9', 'unknown', '1:9'))).toEqual(['settled w9 discarded 1:9']);
  });

  test('once settled it stays, whatever an older status says (2)', () => {
    const ledger = new Ledger();
    write(ledger, 'w8', 'ok', '1:8');
    ledger.observe(history('1@1,2@8'), lsn(8));
    expect(ledger.observe(history('1@1'), lsn(7))).toEqual([]);
    expect(ledger.observe(history('1@1,2@8'), lsn(8))).toEqual([]);
    expect(ledger.fates).toEqual({ pending: 0, committed: 0, lost: 1, discarded: 0 });
  });

  test('two writes may stand at one position: a retry is answered with its original’s', () => {
    const ledger = new Ledger();
    const session = { session: 's', seq: 1 };
    write(ledger, 'w1', 'unknown', '1:4', { session });
    write(ledger, 'w2', 'ok', '1:4', { session });
    expect(brief(ledger.observe(history('1@1'), lsn(4)))).toEqual(['settled w1 committed 1:4']);
    expect(ledger.fates.committed).toBe(2);
  });
});

describe('a write whose position never came back', () => {
  test('is asked about once another leader can tell, with its session', () => {
    const ledger = new Ledger();
    write(ledger, 'w1', 'unknown', null, { term: 1 });
    write(ledger, 'w2', 'unknown', null, { term: 2, session: { session: 's', seq: 4 } });
    expect(ledger.unlocated(term(1))).toEqual([]);
    expect(ledger.unlocated(term(2))).toEqual([{ id: 'w1', term: 1, session: null, after: 0 }]);
    expect(ledger.unlocated(term(3)).map(({ id, session }) => [id, session])).toEqual([
      ['w1', null],
      ['w2', { session: 's', seq: 4 }],
    ]);
    expect(ledger.fates.pending).toBe(2);
  });

  test('is settled where it is found, or discarded if it is nowhere', () => {
    const ledger = new Ledger();
    for (const id of ['w1', 'w2', 'w3']) write(ledger, id, 'unknown');
    ledger.observe(history('1@1,2@6'), lsn(6));
    expect(brief(ledger.located(writeId('w1'), at('1:5')))).toEqual(['settled w1 committed 1:5']);
    expect(brief(ledger.located(writeId('w2'), at('2:7')))).toEqual([]);
    expect(brief(ledger.neverWritten(writeId('w3')))).toEqual(['settled w3 discarded']);
    expect(ledger.unlocated(term(9))).toEqual([]);
    expect(brief(ledger.observe(history('1@1,2@6'), lsn(7)))).toEqual(['settled w2 committed 2:7']);
  });

  test('a second word about it, or one about a stranger, changes nothing', () => {
    const ledger = new Ledger();
    write(ledger, 'w1', 'unknown');
    write(ledger, 'w2', 'ok', '1:2');
    ledger.neverWritten(writeId('w1'));
    for (const id of ['w1', 'w2', 'w9'].map(writeId)) {
      expect([...ledger.located(id, at('1:5')), ...ledger.neverWritten(id)]).toEqual([]);
    }
    expect(ledger.fates).toEqual({ pending: 1, committed: 0, lost: 0, discarded: 1 });
  });
});

describe('a retry of a lost write', () => {
  test('learns which position it replaces', () => {
    const ledger = new Ledger();
    write(ledger, 'w1', 'ok', '1:8', { session: { session: 'app 1', seq: 2 } });
    write(ledger, 'w2', 'unknown', '1:9', { session: { session: 'app 1', seq: 3 } });
    write(ledger, 'w3', 'ok', '1:7', { session: { session: 'app 1', seq: 1 } });
    expect(ledger.lostBySession('app 1', 2)).toBeNull();
    ledger.observe(history('1@1,2@8'), lsn(8));
    expect(ledger.lostBySession('app 1', 2)).toEqual(at('1:8'));
    expect(ledger.lostBySession('app 1', 3), 'it was never acknowledged').toBeNull();
    expect(ledger.lostBySession('app 1', 1), 'it was kept').toBeNull();
    expect(ledger.lostBySession('app', 2)).toBeNull();
  });
});

describe('what must not happen', () => {
  test.each([
    [
      'a write is answered twice',
      (ledger: Ledger) => {
        const open = ledger.submitted(writeId('w9'), OPEN);
        ledger.answered(open, 'rejected', null, [], 0);
        ledger.answered(open, 'ok', at('1:1'), [], 0);
      },
      /w9 was answered \(ok\), but is not open/,
    ],
    [
      'a write is acknowledged nowhere',
      (ledger: Ledger) => write(ledger, 'w1', 'ok'),
      /w1 was acknowledged without a position/,
    ],
  ])('%s', (_, wrong, message) => {
    expect(() => wrong(new Ledger())).toThrow(message);
  });
});

describe('bounds', () => {
  test('details are of the last writes only, but those before them are settled, counted and named all the same', () => {
    const ledger = new Ledger();
    for (let i = 1; i <= DETAILS_MAX + 50; i++) write(ledger, `w${i}`, i % 2 === 0 ? 'ok' : 'unknown', `1:${i}`);
    expect(ledger.recent()).toHaveLength(DETAILS_MAX);
    expect(ledger.recent(2).map(({ id }) => id)).toEqual([`w${DETAILS_MAX + 49}`, `w${DETAILS_MAX + 50}`]);
    expect(ledger.recent(0)).toEqual([]);
    // All but the first ten are rolled back.
    const changes = ledger.observe(history('1@1,2@11'), lsn(11));
    expect(ledger.fates).toEqual({ pending: 0, committed: 10, lost: 5020, discarded: 5020 });
    expect(brief(changes).slice(0, 7)).toEqual([
      ...[1, 3, 5, 7, 9].map((i) => `settled w${i} committed 1:${i}`),
      'settled w11 discarded 1:11',
      'lost w12 1:12',
    ]);
    expect(ledger.losses()).toHaveLength(5020);
    expect(ledger.losses(1)[0]?.key).toBe(`k-w${DETAILS_MAX + 50}`);
  });

  test('it is full when so many writes are open or unsettled, and no longer once they are settled', () => {
    const ledger = new Ledger();
    for (let i = 1; i < UNSETTLED_MAX; i++) write(ledger, `w${i}`, 'ok', `1:${i}`);
    expect(ledger.full).toBe(false);
    ledger.submitted(writeId('open'), OPEN);
    expect(ledger.full).toBe(true);
    ledger.observe(history('1@1'), lsn(UNSETTLED_MAX));
    expect(ledger.full).toBe(false);
    expect(ledger.kept).toBe(UNSETTLED_MAX - 1);
  });

  test('of more losses than are kept the oldest are forgotten, but counted', () => {
    const ledger = new Ledger();
    const session = (seq: number) => ({ session: { session: 's', seq } });
    for (let i = 1; i <= LOSSES_MAX; i++) write(ledger, `w${i}`, 'ok', `1:${i}`, session(i));
    // A retry of the first, lost like it, and one write more.
    write(ledger, 'again', 'ok', `1:${LOSSES_MAX + 1}`, session(1));
    write(ledger, 'more', 'ok', `1:${LOSSES_MAX + 2}`);
    ledger.observe(history('2@1'), lsn(1));
    expect(ledger.fates.lost).toBe(LOSSES_MAX + 2);
    expect(ledger.losses()).toHaveLength(LOSSES_MAX);
    expect([1, 2, 3].map((seq) => ledger.lostBySession('s', seq))).toEqual([
      at(`1:${LOSSES_MAX + 1}`),
      null,
      at('1:3'),
    ]);
  });

  test('so many writes are asked about at once, the oldest', () => {
    const ledger = new Ledger();
    for (let i = 0; i <= LOCATE_MAX; i++) write(ledger, `w${i}`, 'unknown');
    const asked = ledger.unlocated(term(2));
    expect([asked.length, asked[0]?.id, asked.at(-1)?.id]).toEqual([LOCATE_MAX, 'w0', `w${LOCATE_MAX - 1}`]);
  });
});
