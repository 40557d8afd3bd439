import { describe, expect, test } from 'vitest';
import { type Guarantees, GuaranteeWatch, type ReadSeen, TERMS_MAX } from '../../core/observe/guarantees.ts';
import type { LedgerWrite } from '../../core/observe/ledger.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { Lineage } from '../../core/protocol/lineage.ts';
import { lsn, ORIGIN, type Position, parsePosition, replicaId, term, writeId } from '../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';

const [n1, n2] = [replicaId('n1'), replicaId('n2')];
const at = (text: string): Position => parsePosition(text) as Position;

/** `1@1,2@15`: term 1 from LSN 1 on, term 2 from 15 on. */
const history = (text: string): Lineage =>
  text.split(',').map((branch) => {
    const [t, first] = branch.split('@').map(Number);
    return { term: term(t as number), firstLsn: lsn(first as number) };
  });

function status(id: string, role: 'leader' | 'follower', inTerm: number, more: Partial<ReplicaStatus>): ReplicaStatus {
  const nothing = { lineage: [], position: ORIGIN, durableLsn: lsn(0), committedLsn: lsn(0), followers: [] };
  const whole = { baseLsn: lsn(0), standing: 'voter', diskFull: false } as const;
  const leader = role === 'leader' ? replicaId(id) : null;
  return { ...nothing, ...whole, id: replicaId(id), role, term: term(inTerm), leader, inContact: true, ...more };
}

function lost(mode: WriteMode, position = '1:8'): LedgerWrite {
  const sent = { key: 'k3', mode, session: null, term: term(1), leader: n1, after: lsn(0), durableOn: [n1], ms: 2 };
  return { ...sent, id: writeId('w12'), outcome: 'ok', position: at(position), fate: 'lost', code: null };
}

/** A read on n2 of a log that went on to term 2 at LSN 15. */
function read(level: ReadSeen['level'], seen: { token?: string; position: string; replied?: string; newest?: string }) {
  const { token = '0:0', position, replied = position, newest = '0:0' } = seen;
  return {
    ...{ level, servedBy: n2, lineage: history('1@1,2@15') },
    ...{ token: at(token), position: at(position), replied: at(replied), acknowledged: at(newest) },
  };
}

/** One light in a line: `amber 3: what happened`. */
function show(watch: GuaranteeWatch, light: keyof Guarantees, kept = 0): string {
  const { light: colour, observed, example } = watch.lights(kept)[light];
  return `${colour} ${observed}${example === null ? '' : `: ${example}`}`;
}

function watching(...told: ((watch: GuaranteeWatch) => void)[]): GuaranteeWatch {
  const watch = new GuaranteeWatch();
  for (const tell of told) tell(watch);
  return watch;
}

test('all lights are grey until something is observed', () => {
  const watch = watching((w) => w.status(status('n1', 'follower', 1, {})));
  const colours = Object.values(watch.lights(0)).map(({ light, observed, example }) => [light, observed, example]);
  expect(colours).toEqual(new Array(4).fill(['grey', 0, null]));
});

describe('one leader per term', () => {
  test('is green as long as every term has one', () => {
    const watch = watching(
      (w) => w.status(status('n1', 'leader', 1, {})),
      (w) => w.status(status('n2', 'follower', 1, { leader: n1 })),
      (w) => w.status(status('n2', 'leader', 3, {})),
    );
    expect(show(watch, 'oneLeaderPerTerm')).toBe('green 2');
  });

  test('is red for good once two claim the same, if only by way of a follower', () => {
    const watch = watching(
      (w) => w.status(status('n3', 'follower', 2, { leader: n2 })),
      (w) => w.status(status('n1', 'leader', 2, {})),
      (w) => w.leaderSeen(replicaId('n3'), term(2)),
      (w) => w.status(status('n1', 'leader', 3, {})),
    );
    expect(show(watch, 'oneLeaderPerTerm')).toBe('red 2: n2 and n1 both led term 2');
  });

  test('remembers the newest terms, and a bounded number of them', () => {
    const watch = new GuaranteeWatch();
    for (let i = 1; i <= TERMS_MAX + 1; i++) watch.leaderSeen(n1, term(i));
    watch.leaderSeen(n2, term(1));
    expect(show(watch, 'oneLeaderPerTerm'), 'term 1 is forgotten').toMatch(/^green/);
    watch.leaderSeen(n2, term(TERMS_MAX));
    expect(show(watch, 'oneLeaderPerTerm')).toMatch(/^red .*: n1 and n2 both led term 1000$/);
  });
});

describe('no acknowledged write lost', () => {
  test('is green once an acknowledged write is committed', () => {
    expect(show(watching(), 'noAcknowledgedWriteLost', 5)).toBe('green 5');
  });

  test('is amber after a loss under async, which allows it', () => {
    const watch = watching(
      (w) => w.lost(lost('async')),
      (w) => w.lost(lost('async', '1:9')),
    );
    expect(show(watch, 'noAcknowledgedWriteLost', 5)).toBe(
      'amber 7: w12 (k3), acknowledged under async at 1:9, was rolled back',
    );
  });

  test.each(['quorum', 'sync'] as const)('is red after a loss under %s, and stays so', (mode) => {
    const watch = watching(
      (w) => w.lost(lost('async')),
      (w) => w.lost(lost(mode, '1:9')),
      (w) => w.lost(lost('async', '1:10')),
    );
    expect(show(watch, 'noAcknowledgedWriteLost')).toBe(
      `red 3: w12 (k3), acknowledged under ${mode} at 1:9, was rolled back`,
    );
  });

  test('is red when two replicas have committed different things', () => {
    const watch = watching(
      (w) => w.status(status('n1', 'leader', 2, { lineage: history('1@1,2@15'), committedLsn: lsn(17) })),
      (w) => w.status(status('n2', 'follower', 2, { lineage: history('1@1'), committedLsn: lsn(14) })),
    );
    expect(show(watch, 'noAcknowledgedWriteLost')).toBe('grey 0');
    watch.status(status('n3', 'leader', 3, { lineage: history('1@1,3@15'), committedLsn: lsn(15) }));
    expect(show(watch, 'noAcknowledgedWriteLost')).toBe('red 0: n3 has committed 3:15, but n1 had committed 2:15');
  });

  test('what is merely in a log counts for nothing', () => {
    const watch = watching(
      (w) => w.status(status('n1', 'leader', 2, { lineage: history('1@1,2@15'), committedLsn: lsn(14) })),
      (w) => w.status(status('n2', 'leader', 3, { lineage: history('1@1,3@15'), committedLsn: lsn(15) })),
      (w) => w.status(status('n1', 'leader', 2, { lineage: history('1@1,2@15'), committedLsn: lsn(14) })),
    );
    expect(show(watch, 'noAcknowledgedWriteLost')).toBe('grey 0');
  });
});

describe('token reads see your writes', () => {
  test.each([
    ['the token itself', read('token', { token: '2:17', position: '2:17' }), 'green 1'],
    ['beyond it, in the same term', read('token', { token: '2:17', position: '2:19' }), 'green 1'],
    [
      'beyond it, in a later term whose history includes it',
      read('token', { token: '1:14', position: '2:15' }),
      'green 1',
    ],
    [
      'less than it',
      read('token', { token: '2:17', position: '2:16' }),
      'red 1: a read with token 2:17 on n2 saw 2:16 only',
    ],
    [
      'an older term, however long',
      read('token', { token: '2:15', position: '1:20' }),
      'red 1: a read with token 2:15 on n2 saw 1:20 only',
    ],
    [
      'another history, beyond it in every number',
      read('token', { token: '1:15', position: '2:17' }),
      'red 1: a read with token 1:15 on n2 saw 2:17 only',
    ],
    ['a history that its last status does not tell of', read('token', { token: '2:17', position: '3:18' }), 'grey 0'],
    ['anything, if no token was carried', read('token', { position: '2:17' }), 'grey 0'],
  ])('a read that sees %s', (_, seen, expected) => {
    expect(
      show(
        watching((w) => w.read(seen)),
        'readYourWrites',
      ),
    ).toBe(expected);
  });

  test('without any lineage only what the numbers tell is judged', () => {
    const blind = { lineage: null };
    const watch = watching((w) => w.read({ ...read('token', { token: '1:14', position: '2:15' }), ...blind }));
    expect(show(watch, 'readYourWrites')).toBe('grey 0');
    watch.read({ ...read('token', { token: '2:14', position: '2:15' }), ...blind });
    expect(show(watch, 'readYourWrites')).toBe('green 1');
  });

  test('a stale any read is amber: it promises nothing', () => {
    const watch = watching((w) => w.read(read('any', { position: '2:17', newest: '2:17' })));
    expect(show(watch, 'readYourWrites'), 'and a fresh one proves nothing').toBe('grey 0');
    watch.read(read('any', { position: '1:12', newest: '2:17' }));
    expect(show(watch, 'readYourWrites')).toBe(
      `amber 1: an 'any' read on n2 saw 1:12, when 2:17 was acknowledged already`,
    );
  });

  test('a stale linearizable read is a broken promise', () => {
    const watch = watching((w) => w.read(read('linearizable', { position: '2:17', newest: '2:17' })));
    expect(show(watch, 'readYourWrites')).toBe('green 1');
    watch.read(read('linearizable', { position: '2:16', newest: '2:17' }));
    expect(show(watch, 'readYourWrites')).toBe(
      'red 2: a linearizable read on n2 saw 2:16, when 2:17 was acknowledged already',
    );
  });
});

describe('token reads never go back', () => {
  test.each([
    ['as it came', read('token', { token: '2:17', position: '2:17' }), 'green 1'],
    ['raised', read('token', { token: '1:14', position: '2:15' }), 'green 1'],
    [
      'lowered',
      read('token', { token: '2:17', position: '2:17', replied: '2:16' }),
      'red 1: a read with token 2:17 on n2 gave back 2:16',
    ],
    [
      'of an older term',
      read('token', { token: '2:17', position: '2:17', replied: '1:30' }),
      'red 1: a read with token 2:17 on n2 gave back 1:30',
    ],
    ['where there was none', read('token', { position: '2:17' }), 'grey 0'],
    ['by a read that promises nothing', read('any', { token: '2:17', position: '1:1' }), 'grey 0'],
  ])('a token given back %s', (_, seen, expected) => {
    expect(
      show(
        watching((w) => w.read(seen)),
        'monotonicReads',
      ),
    ).toBe(expected);
  });
});

describe('the newest acknowledged position', () => {
  test('is the freshest, not the last or the longest', () => {
    const watch = watching(
      (w) => w.acknowledged(at('1:30')),
      (w) => w.acknowledged(at('2:17')),
      (w) => w.acknowledged(at('2:16')),
    );
    expect(watch.newestAcknowledged).toEqual(at('2:17'));
  });

  test('is forgotten with its loss: nothing is stale for want of a write that is gone', () => {
    const watch = watching(
      (w) => w.acknowledged(at('1:8')),
      (w) => w.lost(lost('async', '1:7')),
    );
    expect(watch.newestAcknowledged).toEqual(at('1:8'));
    watch.lost(lost('async', '1:8'));
    expect(watch.newestAcknowledged).toEqual(ORIGIN);
  });
});
