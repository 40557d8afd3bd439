import { describe, expect, test } from 'vitest';
import type { LedgerWriteView, ReadResult, WriteResult } from '../../core/observe/api.ts';
import { replicaId } from '../../core/protocol/position.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';
import { step } from '../../views/model.ts';
import { textOf } from '../../views/span.ts';
import type { AskedRead, AskedWrite, Dashboard, Seen } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { linesOf, panel, pictureOf } from './views-drawing.ts';
import { changed, eventOf, okWrite, pressed, readOf, running, snapshotOf } from './views-fakes.ts';

const seeing = (seen: Partial<Seen>, dashboard = running()): Dashboard => ({
  ...dashboard,
  seen: { ...dashboard.seen, ...seen },
});
const session = (seen: Partial<Seen>, width = 80, height = 12): string[] =>
  panel('session', seeing(seen), width, height);

const wrote = (result: Partial<WriteResult> = {}, key = 'k1', value = 'v1'): AskedWrite => ({
  number: 1,
  key,
  value,
  answer: { type: 'result', result: { ...okWrite('1:2'), writeId: 'w1', ...result } },
  settled: null,
});
const read = (
  result: Partial<ReadResult>,
  level: ReadLevel = 'token',
  token: AskedRead['token'] = '1:2',
): AskedRead => ({
  number: 1,
  key: 'k1',
  level,
  token,
  answer: { type: 'result', result: readOf({ position: '1:2', ...result }) },
});
const n = (number: number) => replicaId(`n${number}`);
const ledgerWrite = (number: number, changes: Partial<LedgerWriteView> = {}): LedgerWriteView => ({
  id: `w${number}`,
  key: `k${number}`,
  mode: 'quorum',
  outcome: 'ok',
  position: `1:${number + 1}`,
  durableOn: [n(1), n(2)],
  ms: number,
  fate: 'committed',
  leader: n(1),
  ...changes,
});
const lostWrite = (number: number, changes: Partial<LedgerWriteView> = {}): LedgerWriteView =>
  ledgerWrite(number, { mode: 'async', durableOn: [n(1)], fate: 'lost', ...changes });
const ledgerOf = (writes: readonly LedgerWriteView[], losses: readonly LedgerWriteView[] = []): Seen['ledger'] => ({
  writes,
  losses,
  counts: '',
});
const upTo = (count: number) => Array.from({ length: count }, (_, i) => ledgerWrite(i + 1));
/** The row that begins with a label, without it. */
const labelled = (lines: readonly string[], label: string): string =>
  lines
    .find((line) => line.startsWith(label))
    ?.slice(label.length)
    .trim() ?? '';

describe('nothing asked yet', () => {
  test('it says what to press', () => {
    expect(session({}, 80, 12)).toEqual([
      'last write  none yet: press w to write',
      '            to the keys k1, k2 … k9 in turn',
      'token       none yet: an ok write gives one, t carries it',
      'last read   none yet: press t, or r, to read',
      '            t: your own writes, or newer',
      '            r: what any one replica has, perhaps stale',
      'all writes  0 ok  0 rejected  0 unknown',
      'their fate  0 pending  0 committed  0 lost  0 discarded',
      'no write yet: w writes one, b a hundred',
    ]);
  });
});

describe('the last write', () => {
  const write = (changes: Partial<WriteResult>, seen: Partial<Seen> = {}, width = 90) =>
    session({ write: wrote(changes), ...seen }, width, 12).slice(0, 2);
  const committedTo = (committedLsn: number, lineage = [{ term: 1, firstLsn: 1 }]) =>
    snapshotOf({}, { n1: { committedLsn, lineage } });

  test('ok, then its fate: from the ledger, or from what the replicas have committed', () => {
    expect(write({})).toEqual([
      'last write  k1 = v1  ✓ ok at 1:2  … pending',
      '            quorum · durable on n1, n2 · 3.4 ms',
    ]);
    expect(write({}, { ledger: ledgerOf([ledgerWrite(1)]) })[0]).toMatch(/✓ ok at 1:2 {2}✓ committed$/);
    expect(write({}, { snapshot: committedTo(2) })[0]).toMatch(/✓ ok at 1:2 {2}✓ committed$/);
  });

  test('one that was lost is no longer called ok', () => {
    const lost = 'last write  k1 = v1  ✗ lost, was ok at 1:2';
    expect(write({}, { ledger: ledgerOf([], [lostWrite(1)]) })[0]).toBe(lost);
    const replaced = committedTo(3, [
      { term: 1, firstLsn: 1 },
      { term: 2, firstLsn: 2 },
    ]);
    expect(write({}, { snapshot: replaced })[0]).toBe(lost);
  });

  test('an old one stays undecided if the lineage that is told begins after it', () => {
    const young = [{ term: 40, firstLsn: 900 }];
    const replicas = { committedLsn: 950, lineage: young };
    const snapshot = snapshotOf({}, { n1: replicas, n2: replicas, n3: replicas });
    expect(write({}, { snapshot })[0]).toMatch(/✓ ok at 1:2 {2}… pending$/);
  });

  test('rejected: nothing was written, and why', () => {
    const rejected = { outcome: 'rejected', position: null, durableOn: [] } as const;
    expect(write({ ...rejected, error: { code: 'no-leader', message: 'nobody leads now' } })).toEqual([
      'last write  k1 = v1  ✗ rejected: nothing was written',
      '            nobody leads now · quorum',
    ]);
    const narrow = session({ write: wrote(rejected) }, 38, 4)[0];
    expect(narrow).toBe('last write k1 = v1  ✗ rejected');
  });

  test('unknown: it may still commit, until its fate is known', () => {
    const message = 'not acknowledged within 2000 ms; it may still commit';
    const unknown = { outcome: 'unknown', error: { code: 'acknowledge-timeout', message } } as const;
    expect(write(unknown)).toEqual([
      'last write  k1 = v1  ? unknown: it may still commit, at 1:2  … pending',
      '            quorum · not acknowledged within 2000 ms · durable on n1, n2 · 3.4 ms',
    ]);
    expect(write(unknown, { snapshot: committedTo(2) })[0]).toBe('last write  k1 = v1  ✓ committed after all at 1:2');
    // Its position never came back: only the ledger can tell.
    const nowhere = { ...unknown, position: null };
    const settled = ledgerWrite(1, { outcome: 'unknown', position: null, fate: 'discarded' });
    expect(write(nowhere)[0]).toBe('last write  k1 = v1  ? unknown: it may still commit');
    expect(write(nowhere, { ledger: ledgerOf([settled]) })[0]).toBe('last write  k1 = v1  – discarded, was unknown');
  });

  test('what has become of it stays, when the lists that told it have gone on', () => {
    const result = { ...okWrite('1:2'), writeId: 'w1', outcome: 'unknown', position: null } as const;
    const answered = { type: 'write-answered', number: 1, reply: { type: 'result', result } } as const;
    const asked = step(pressed(running(), 'w'), answered).dashboard;
    const fate = (dashboard: Dashboard) => panel('session', dashboard, 80, 12)[0];
    const unknown = 'last write  k1 = v1  ? unknown: it may still commit';
    expect(fate(asked)).toBe(unknown);
    const listed = (dashboard: Dashboard, ...writes: LedgerWriteView[]) =>
      step(dashboard, { type: 'ledger-answered', counts: '', writes, losses: null }).dashboard;
    const lines = { id: 'w1', key: 'k1', position: null, fate: 'discarded' } as const;
    const event = (id: string) => changed({ type: 'event', event: eventOf(1, { type: 'settled', ...lines, id }) });
    for (const told of [
      listed(asked, ledgerWrite(1, { outcome: 'unknown', position: null, fate: 'discarded' })),
      step(asked, event('w1')).dashboard,
    ]) {
      expect(fate(told)).toBe('last write  k1 = v1  – discarded, was unknown');
      expect(fate(listed(told, ledgerWrite(200)))).toBe('last write  k1 = v1  – discarded, was unknown');
      expect(fate(pressed(told, 'w'))).toBe('last write  k2 = v2  … waiting for the answer');
    }
    expect(fate(step(asked, event('w2')).dashboard)).toBe(unknown);
  });

  test('while it is under way, and when the connection broke', () => {
    expect(session({ write: { ...wrote(), answer: null } })[0]).toBe('last write  k1 = v1  … waiting for the answer');
    const broken = { ...wrote(), answer: { type: 'disconnected', message: 'the router is gone' } } as const;
    expect(session({ write: broken }).slice(0, 2)).toEqual([
      'last write  k1 = v1  ? no answer: it may be done',
      '            the router is gone',
    ]);
  });

  test('what came of it is seen however long or wide the key and the value are', () => {
    for (const width of [38, 47, 80]) {
      for (const [key, value] of [
        ['key'.repeat(300), 'x'.repeat(1_000_000)],
        ['漢字'.repeat(40), '😀'.repeat(500)],
        ['k', '\x1b[2J\u202e\n'.repeat(60)],
      ] as const) {
        const [row] = pictureOf('session', seeing({ write: wrote({}, key, value) }), width, 4).rows;
        const line = textOf(row ?? []);
        expect(line).toContain('✓ ok at 1:2');
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect([...line].filter((character) => character < ' ' || character === '\u202e')).toEqual([]);
      }
    }
  });

  test('writes of a burst or of the load are not the last write: they are in the ledger', () => {
    const loaded = seeing({ ledger: ledgerOf([ledgerWrite(1, { key: 'load-1' })]) }, pressed(running(), 'w', 'b', 'l'));
    const lines = panel('session', loaded, 80, 20);
    expect(labelled(lines, 'last write')).toBe('k1 = v1  … waiting for the answer');
    expect(lines.at(-1)).toMatch(/^1:2 +load-1 /);
  });
});

describe('the token', () => {
  test('it is shown with what it is for, as long as that fits', () => {
    const token = (width: number) => labelled(session({ token: '2:17' }, width, 4), 'token');
    expect(token(60)).toBe('2:17  t never shows anything older');
    expect(token(38)).toBe('2:17  t shows nothing older');
    expect(token(30)).toBe('2:17  for t');
  });

  test('one whose write was lost is marked before any read tells', () => {
    const seen = { token: '1:2', ledger: ledgerOf([], [lostWrite(1)]) } as const;
    expect(labelled(session(seen, 80), 'token')).toBe('1:2  ✗ its write was lost: t tells where to go on');
    expect(labelled(session(seen, 38), 'token')).toBe('1:2  ✗ lost: press t');
  });
});

describe('the last read', () => {
  const candidates = [
    { id: n(1), position: '1:9', verdict: 'holds 1:2', chosen: false },
    { id: n(2), position: '1:2', verdict: 'holds 1:2', chosen: true },
    { id: n(3), position: '1:1', verdict: 'at 1:1, 1 behind the token', chosen: false },
    { id: n(4), position: null, verdict: 'down, or does not answer', chosen: false },
  ] as const;
  const explained = read({ waitedMs: 0.42, why: 'n2 is a follower and holds 1:2', candidates });
  const reading = (seen: Partial<Seen>, width = 80, height = 16) => {
    const lines = session(seen, width, height);
    const from = lines.findIndex((line) => line.startsWith('last read'));
    const counts = lines.findIndex((line) => line.startsWith('all writes'));
    return lines.slice(from, counts);
  };

  test('what was read, what it asked for, why from there, and why not from the others', () => {
    expect(reading({ read: explained })).toEqual([
      'last read   k1 = v1  from n2 at 1:2, committed',
      '            asked: token 1:2 · waited 0.4 ms',
      '            why: n2 is a follower and holds 1:2',
      '              n1  1:9    holds 1:2',
      '            → n2  1:2    holds 1:2',
      '              n3  1:1    1 behind the token',
      '              n4  –      down, or does not answer',
    ]);
  });

  test('what is not committed, and what is not there, is called so', () => {
    const first = (result: Partial<ReadResult>, width = 80) => reading({ read: read(result) }, width)[0];
    expect(first({ committed: false })).toBe('last read   k1 = v1  from n2 at 1:2, not committed yet');
    expect(first({ committed: false }, 38)).toBe('last read  k1 = v1  from n2 at 1:2 …');
    expect(first({}, 38)).toBe('last read  k1 = v1  from n2 at 1:2 ✓');
    expect(first({ found: false, value: null })).toBe('last read   k1 is not there  from n2 at 1:2, committed');
  });

  test('a token that was rolled back: said, with where the session goes on', () => {
    const gone = { found: false, value: null, servedBy: null, position: null, committed: false } as const;
    const error = { code: 'rolled-back', message: '1:9 was rolled back' } as const;
    const lines = reading({ read: read({ ...gone, token: '2:4', error }, 'token', '1:9') });
    expect(lines.slice(0, 2)).toEqual([
      'last read   k1  ✗ token 1:9 was rolled back',
      '            the session goes on from 2:4 · waited 0 ms',
    ]);
    const atOrigin = reading({ read: read({ ...gone, token: '0:0', error }, 'token', '1:9') });
    expect(atOrigin[1]).toContain('the session goes on from the beginning');
  });

  test('a read that failed: the code, and the message as the reason', () => {
    const error = { code: 'not-caught-up', message: 'no follower holds 1:9 yet, after 1000 ms' } as const;
    expect(reading({ read: read({ error }, 'token', '1:9') })).toEqual([
      'last read   k1  ✗ not-caught-up',
      '            asked: token 1:9 · waited 0 ms',
      '            why: no follower holds 1:9 yet, after 1000 ms',
    ]);
  });

  test('a plain read that misses the own last write says so; a later one does not', () => {
    const write = wrote({ position: '1:5' });
    expect(reading({ write, read: read({ position: '1:3' }, 'any', null) })[1]).toBe(
      '            ▲ older than your write at 1:5 · asked: any replica · waited 0 ms',
    );
    expect(reading({ write, read: read({ position: '1:5' }, 'any', null) })[1]).not.toContain('older');
  });

  test('a token read that waits for the write says so', () => {
    const dashboard = pressed(running(), 'w', 't');
    expect(labelled(panel('session', dashboard, 80, 8), 'last read')).toMatch(/^… t waits for the write/);
  });
});

describe('the counts', () => {
  const snapshot = snapshotOf({
    writes: { ok: 21, rejected: 1, unknown: 2 },
    fates: { pending: 0, committed: 9, lost: 14, discarded: 0 },
  });
  const counts = (width: number, height: number) => session({ snapshot }, width, height).slice(-2);

  test('outcomes and fates, with labels if there is room for them', () => {
    expect(counts(80, 8)).toEqual([
      'all writes  21 ok  1 rejected  2 unknown',
      'their fate  0 pending  9 committed  14 lost  0 discarded',
    ]);
    expect(counts(38, 8)).toEqual(['21 ok  1 rejected  2 unknown', '9 committed  14 lost']);
  });

  test('in one row, if there are few', () => {
    expect(counts(80, 4).at(-1)).toBe('all writes  21 ok  1 rejected  2 unknown · 9 committed  14 lost');
  });

  test('losses stand in the title, too: the row that tells them may not be there', () => {
    expect(textOf(pictureOf('session', seeing({ snapshot }), 38, 4).aside)).toBe('✗ 14 lost');
  });
});

describe('the order of need', () => {
  const full: Partial<Seen> = {
    write: wrote(),
    token: '1:2',
    read: read({ why: 'n2 is a follower and holds 1:2' }),
    ledger: ledgerOf(upTo(50)),
  };

  test('four rows: last write, token, last read, counts', () => {
    expect(session(full, 43, 4)).toEqual([
      'last write k1 = v1  ✓ ok at 1:2 · quorum',
      'token      1:2  t shows nothing older',
      'last read  k1 = v1  from n2 at 1:2 ✓',
      'all writes 0 ok  0 rejected  0 unknown',
    ]);
  });

  test('with few rows and many columns, details stand behind what they explain', () => {
    expect(session(full, 80, 4)).toEqual([
      'last write  k1 = v1  ✓ ok at 1:2  ✓ committed · quorum · durable on n1, n2',
      'token       1:2  t never shows anything older',
      'last read   k1 = v1  from n2 at 1:2, committed · asked: token 1:2 · waited 0 ms',
      'all writes  0 ok  0 rejected  0 unknown · 0 lost',
    ]);
  });

  test('then details, then the ledger; it fills what is left, whatever the room', () => {
    for (let height = 1; height < 40; height++) {
      for (const width of [30, 38, 47, 76, 116]) {
        const { rows } = pictureOf('session', seeing(full), width, height);
        const lines = linesOf(rows);
        expect(lines[0]).toContain('last write');
        if (height >= 3) expect(labelled(lines, 'token')).toContain('1:2');
        if (height >= 20) expect(rows).toHaveLength(height);
      }
    }
    expect(session(full, 76, 12).join('\n')).toContain('why: n2 is a follower');
    expect(session(full, 76, 12).at(-1)).toMatch(/^1:49 +k48 /);
  });

  test('wide and high, the last read stands beside the last write, and the rest is the ledger', () => {
    const lines = session(full, 116, 30);
    expect(lines[0]).toMatch(/^last write +k1 = v1 .* {2}last read +k1 = v1 +from n2 at 1:2, committed$/);
    expect(lines.filter((line) => /^1:\d+ +k\d+ /.test(line))).toHaveLength(22);
  });
});
