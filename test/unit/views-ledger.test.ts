import { describe, expect, test } from 'vitest';
import type { LedgerWriteView } from '../../core/observe/api.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { ledgerPicture } from '../../views/panels/ledger-rows.ts';
import { textOf } from '../../views/span.ts';
import type { Dashboard } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { linesOf, panel, pictureOf } from './views-drawing.ts';
import { readOf, running } from './views-fakes.ts';

const n = (number: number) => replicaId(`n${number}`);
const write = (number: number, changes: Partial<LedgerWriteView> = {}): LedgerWriteView => ({
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
const lost = (number: number): LedgerWriteView => write(number, { mode: 'async', durableOn: [n(1)], fate: 'lost' });
const upTo = (count: number) => Array.from({ length: count }, (_, i) => write(i + 1));
const losing = (count: number) => Array.from({ length: count }, (_, i) => lost(i + 1));

interface Given {
  readonly writes?: readonly LedgerWriteView[];
  readonly losses?: readonly LedgerWriteView[];
  readonly filter?: string;
  readonly scrolled?: number;
  /** Of the whole cluster, if the ledger has more than is known here. */
  readonly ok?: number;
  readonly replicas?: number;
}
function ledger({ writes = [], losses = [], filter = '', scrolled = 0, ok = 0, replicas = 3 }: Given): Dashboard {
  const fates = { pending: 0, committed: 0, lost: losses.length, discarded: 0 };
  const base = running({ writes: { ok, rejected: 0, unknown: 0 }, fates }, {}, replicas);
  return {
    ...base,
    filter,
    scrolled: { ...base.scrolled, session: scrolled },
    seen: { ...base.seen, ledger: { writes, losses, counts: '' } },
  };
}
const draw = (given: Given, width: number, height: number): string[] => {
  const { rows } = ledgerPicture(ledger(given), width, height);
  expect(rows.length).toBeLessThanOrEqual(height);
  return linesOf(rows);
};

describe('the table', () => {
  const mixed = [
    write(1),
    write(2, { outcome: 'unknown', fate: 'discarded', position: null, durableOn: [] }),
    write(3, { outcome: 'rejected', fate: null, position: null, durableOn: [], leader: null }),
    write(4, { position: '2:17', fate: 'pending', leader: n(2), ms: 12.3 }),
  ];

  test('newest first, with its fate in a word and a glyph', () => {
    expect(draw({ writes: mixed }, 116, 12)).toEqual([
      'ledger: all writes, newest first',
      'position  key                       mode    outcome     fate         durable on     took  sent to  id',
      '2:17      k4                        quorum  ✓ ok        … pending    n1 n2         12 ms  n2       w4',
      '–         k3                        quorum  ✗ rejected  –            –            3.0 ms  –        w3',
      '–         k2                        quorum  ? unknown   – discarded  –            2.0 ms  n1       w2',
      '1:2       k1                        quorum  ✓ ok        ✓ committed  n1 n2        1.0 ms  n1       w1',
    ]);
  });

  test('narrow: the columns that matter most. Without the outcome, a rejected write is told by its fate', () => {
    expect(draw({ writes: mixed }, 43, 5)).toEqual([
      'position  key           mode    fate',
      '2:17      k4            quorum  … pending',
      '–         k3            quorum  ✗ rejected',
      '–         k2            quorum  – discarded',
      '1:2       k1            quorum  ✓ committed',
    ]);
    expect(draw({ writes: mixed }, 34, 5)[1]).toBe('2:17      k4           … pending');
  });

  test('one that was rejected says why, with an outcome beside it or without', () => {
    const writes = [write(1, { outcome: 'rejected', position: null, durableOn: [], fate: null, code: 'no-quorum' })];
    expect(draw({ writes }, 116, 12).at(-1)).toMatch(/^– +k1 +quorum {2}✗ rejected {2}no-quorum +–/);
    expect(draw({ writes }, 43, 5).at(-1)).toMatch(/✗ no-quorum$/);
  });

  test('columns stay where they are while writes come and fates are settled', () => {
    const columns = (writes: readonly LedgerWriteView[]) =>
      [...(draw({ writes, replicas: 5 }, 100, 10)[1] ?? '').matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
    const few = columns([write(1, { fate: 'pending', durableOn: [], ms: 0.3 })]);
    expect(few.length).toBeGreaterThan(5);
    expect(
      columns([...mixed, write(5, { position: '12:34567', ms: 1999, durableOn: [1, 2, 3, 4, 5].map(n) })]),
    ).toEqual(few);
  });

  test('aligned whatever the keys are', () => {
    const keys = ['漢字漢字漢字漢字', '\x1b[31mred\n', '😀'.repeat(40), 'e\u0301te\u0301', 'key'.repeat(400), ''];
    const writes = keys.map((key, i) => write(i + 1, { key }));
    for (const width of [34, 43, 76, 116]) {
      const [head, ...lines] = draw({ writes }, width, 7);
      const at = widthOf(head?.slice(0, head.indexOf('fate')) ?? '');
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(widthOf(line.slice(0, line.indexOf('✓ committed')))).toBe(at);
      }
    }
  });

  test('it says how many there are beside those shown', () => {
    expect(draw({ writes: upTo(100), ok: 1234 }, 80, 10)[0]).toBe('ledger: the last 100 of 1234 writes, newest first');
  });
});

describe('losses', () => {
  test('come first, in the bad tone: key, position, mode, and who had acknowledged them', () => {
    const given = { writes: [...losing(2), write(3)], losses: losing(2) };
    expect(draw(given, 72, 6)).toEqual([
      'lost: 2 acknowledged writes that the new history lacks',
      '✗ 1:3      k2          async   acknowledged by n1, durable on n1 then',
      '✗ 1:2      k1          async   acknowledged by n1, durable on n1 then',
      'position  key                mode    outcome     fate         durable on',
      '1:4       k3                 quorum  ✓ ok        ✓ committed  n1 n2',
      '1:3       k2                 async   ✓ ok        ✗ lost       n1',
    ]);
    const { rows } = ledgerPicture(ledger(given), 72, 6);
    expect(rows[0]?.[0]).toMatchObject({ tone: 'bad', bold: true });
    expect(rows[1]?.[0]).toMatchObject({ tone: 'bad' });
  });

  test('narrow, and one alone', () => {
    expect(draw({ losses: losing(1) }, 38, 4)).toEqual([
      'lost: 1 acknowledged write',
      '✗ 1:2      k1          async   by n1',
    ]);
  });

  test('many of them leave half of the room to the others; in little room they have it all', () => {
    const given = { writes: upTo(50), losses: losing(30) };
    const lines = draw(given, 76, 20);
    expect(lines.filter((line) => line.startsWith('✗ 1:'))).toHaveLength(9);
    expect(lines.filter((line) => line.includes('✓ committed'))).toHaveLength(8);
    expect(draw(given, 76, 4).filter((line) => line.startsWith('✗ 1:'))).toHaveLength(3);
    const furthest = ledgerPicture(ledger({ ...given, scrolled: 999 }), 76, 4);
    expect(furthest.above).toBe(27);
    expect(linesOf(furthest.rows).at(-1)).toMatch(/^✗ 1:2 /);
    expect(draw(given, 76, 1)).toEqual(['lost: 30 acknowledged writes that the new history lacks']);
  });
});

test('in a small panel losses have room before the details of what was asked', () => {
  const base = ledger({ losses: losing(9) });
  const asked = {
    number: 1,
    key: 'k1',
    level: 'any',
    token: null,
    answer: { type: 'result', result: readOf({}) },
  } as const;
  const lines = panel('session', { ...base, seen: { ...base.seen, read: asked } }, 47, 9);
  expect(lines.slice(-4)).toEqual([
    'lost: 9 acknowledged writes  z shows all',
    '✗ 1:10     k9          async   by n1',
    '✗ 1:9      k8          async   by n1',
    '✗ 1:8      k7          async   by n1',
  ]);
});

describe('scrolling', () => {
  const positions = (lines: readonly string[]) => lines.flatMap((line) => /^(?:✗ )?(1:\d+) /.exec(line)?.[1] ?? []);

  test('moves the table, and ends at the oldest write', () => {
    const at = (scrolled: number) => positions(draw({ writes: upTo(20), scrolled }, 76, 6));
    expect(at(0)).toEqual(['1:21', '1:20', '1:19', '1:18', '1:17']);
    expect(at(3)).toEqual(['1:18', '1:17', '1:16', '1:15', '1:14']);
    expect(at(999)).toEqual(['1:6', '1:5', '1:4', '1:3', '1:2']);
    expect(ledgerPicture(ledger({ writes: upTo(20), scrolled: 999 }), 76, 6).above).toBe(15);
  });

  test('moves the losses first, then the other writes', () => {
    const given = { writes: upTo(20), losses: losing(10) };
    const at = (scrolled: number) => positions(draw({ ...given, scrolled }, 76, 7));
    expect(at(0)).toEqual(['1:11', '1:10', '1:9', '1:21', '1:20']);
    expect(at(7)).toEqual(['1:4', '1:3', '1:2', '1:21', '1:20']);
    expect(at(8)).toEqual(['1:4', '1:3', '1:2', '1:20', '1:19']);
    expect(at(999)).toEqual(['1:4', '1:3', '1:2', '1:3', '1:2']);
  });

  test('the panel then gives the ledger the room of the details, and tells how far', () => {
    const dashboard = ledger({ writes: upTo(50), scrolled: 5 });
    expect(positions(panel('session', dashboard, 47, 12)).slice(0, 2)).toEqual(['1:46', '1:45']);
    expect(positions(panel('session', dashboard, 47, 4))).toHaveLength(3);
    expect(textOf(pictureOf('session', dashboard, 47, 12).aside)).toBe('5 above, Home goes back');
  });
});

describe('the filter', () => {
  const writes = [
    write(1, { id: 'abc', key: 'Alpha' }),
    write(2, { key: 'beta', mode: 'async' }),
    write(3, { key: 'beta', outcome: 'unknown', fate: 'pending', position: '7:77' }),
  ];
  const found = (filter: string) =>
    draw({ writes, filter }, 116, 10).flatMap((line) => /(?:quorum|async) .* (\S+)$/.exec(line)?.[1] ?? []);

  test('is looked for in id, key, mode, outcome, fate and position, whatever the case', () => {
    expect(found('aBC')).toEqual(['abc']);
    expect(found('alpha')).toEqual(['abc']);
    expect(found('async')).toEqual(['w2']);
    expect(found('unknown')).toEqual(['w3']);
    expect(found('committed')).toEqual(['w2', 'abc']);
    expect(found('7:7')).toEqual(['w3']);
  });

  test('holds for losses too, is named in the title, and says when nothing contains it', () => {
    const dashboard = ledger({ writes, losses: losing(3), filter: 'k2' });
    const lines = panel('session', dashboard, 80, 16);
    expect(lines.filter((line) => line.startsWith('✗ '))).toEqual([
      '✗ 1:3      k2          async   acknowledged by n1, durable on n1 then',
    ]);
    expect(lines).toContain('none of the last 3 writes contains this');
    expect(textOf(pictureOf('session', dashboard, 80, 16).aside)).toBe('✗ 3 lost  /k2');
    expect(draw({ writes, filter: 'gamma' }, 80, 10)).toEqual(['no write contains this']);
    expect(draw({ writes, filter: 'beta' }, 80, 10)[0]).toBe('ledger: 2 of the last 3 writes contain this');
  });
});

test('an empty ledger says what to press, also under a filter', () => {
  expect(draw({}, 80, 4)).toEqual(['no write yet: w writes one, b a hundred']);
  expect(draw({ filter: 'x' }, 80, 4)).toEqual(['no write yet: w writes one, b a hundred']);
});
