import { describe, expect, test } from 'vitest';
import type { LedgerWriteView, LogEntryView } from '../../core/observe/api.ts';
import { type PositionText, replicaId } from '../../core/protocol/position.ts';
import { entryRows } from '../../views/overlays/entry.ts';
import { rowWidth } from '../../views/row.ts';
import { textOf } from '../../views/span.ts';
import type { Dashboard, Overlay } from '../../views/state.ts';
import { linesOf } from './views-drawing.ts';
import { running } from './views-fakes.ts';
import { lagOf, logOf } from './views-log-fakes.ts';

type EntryOverlay = Extract<Overlay, { type: 'entry' }>;

const n = (number: number) => replicaId(`n${number}`);

/** n1 leads term 2, which began at 12; 2:26 is on no other disk yet, and on its way to n3. */
const BUSY = running(
  { term: 2 },
  {
    n1: logOf({ 1: 1, 2: 12 }, 28, 27, 25),
    n2: { ...logOf({ 1: 1, 2: 12 }, 26, 25, 24), ...lagOf(2, 2) },
    n3: { ...logOf({ 1: 1, 2: 12 }, 24, 24, 24), ...lagOf(4, 2) },
  },
);

/** n1 died with 12 to 16 of term 1 on nobody else; n2 leads term 2, and has committed 12 to `committedLsn`. */
const tail = (committedLsn: number): Dashboard =>
  running(
    { term: 2, leader: n(2) },
    {
      n1: { ...logOf({ 1: 1 }, 16, 15, 11), process: 'down', role: null, lag: null },
      n2: { ...logOf({ 1: 1, 2: 12 }, 14, 14, committedLsn), role: 'leader' },
      n3: { ...logOf({ 1: 1, 2: 12 }, 14, 14, Math.min(committedLsn, 13)) },
    },
  );

const entryAt = (position: PositionText, changes: Partial<LogEntryView> = {}): LogEntryView => ({
  position,
  id: 'w17',
  op: 'put',
  key: 'k3',
  value: 'v17',
  mode: 'quorum',
  committed: false,
  durable: true,
  ...changes,
});

const NOOP: Partial<LogEntryView> = { op: 'noop', id: null, key: null, value: null, mode: null };

const writeAt = (position: PositionText, changes: Partial<LedgerWriteView> = {}): LedgerWriteView => ({
  id: 'w17',
  key: 'k3',
  mode: 'quorum',
  outcome: 'ok',
  position,
  durableOn: [n(1), n(2)],
  ms: 3.42,
  fate: 'committed',
  leader: n(1),
  ...changes,
});

function withLedger(
  dashboard: Dashboard,
  writes: readonly LedgerWriteView[],
  losses: readonly LedgerWriteView[] = [],
): Dashboard {
  return { ...dashboard, seen: { ...dashboard.seen, ledger: { writes, losses, counts: '' } } };
}

/** The overlay as lines, checked to be no wider than there is room. */
function draw(
  dashboard: Dashboard,
  overlay: Partial<EntryOverlay> & Pick<EntryOverlay, 'position'>,
  width = 80,
): string[] {
  const { rows } = entryRows(
    dashboard.seen,
    { type: 'entry', replica: n(1), entry: null, message: null, ...overlay },
    width,
  );
  for (const row of rows) expect(rowWidth(row)).toBeLessThanOrEqual(width);
  return linesOf(rows);
}

const shown = (
  dashboard: Dashboard,
  position: PositionText,
  changes: Partial<LogEntryView> = {},
  width = 80,
): string[] => draw(dashboard, { position, entry: entryAt(position, changes) }, width);

/** What stands beside a label, wrapped lines joined. */
function fieldOf(lines: readonly string[], label: string): string | undefined {
  const from = lines.findIndex((line) => line.startsWith(`${label} `));
  if (from === -1) return undefined;
  const more = lines.slice(from + 1).findIndex((line) => !line.startsWith('          '));
  return lines
    .slice(from, from + 1 + more)
    .map((line) => line.slice(10))
    .join(' ');
}

const holdersOf = (lines: readonly string[]): string[] => lines.slice(-3);

describe('an entry', () => {
  test('what is in it, what became of it, what its client was told, who has it', () => {
    expect(shown(withLedger(BUSY, [writeAt('2:25')]), '2:25')).toEqual([
      'entry     2:25 (term 2, LSN 25)  write',
      'key       k3',
      'value     v17',
      'mode      quorum: acknowledged once a majority has it on disk',
      'id        w17',
      '',
      'fate      ✓ committed: n1 knows the log to be committed up to LSN 25. No',
      '          failover undoes it',
      'client    was told ✓ ok after 3.4 ms by n1, on the disks of n1, n2 by then',
      '',
      '  n1 ● █ committed',
      '  n2 ○ ▓ durable; not told yet that it is committed',
      '  n3 ○ › does not have it yet: on its way from n1',
    ]);
  });

  test('its title names it', () => {
    const picture = entryRows(
      BUSY.seen,
      { type: 'entry', replica: n(3), position: '1:3', entry: null, message: null },
      80,
    );
    expect([textOf(picture.title), textOf(picture.aside)]).toEqual(['entry 1:3 of n3', 'Esc closes']);
  });

  test('a no-op says why there are such, and has neither key nor client', () => {
    const lines = shown(BUSY, '2:12', NOOP);
    expect(fieldOf(lines, 'entry')).toMatch(/no-op: every leader begins its term with one/);
    expect(lines.map((line) => line.slice(0, 10).trim()).filter((label) => /^[a-z]{3,}$/.test(label))).toEqual([
      'entry',
      'fate',
    ]);
  });

  test('a delete', () => {
    expect(fieldOf(shown(BUSY, '2:13', { op: 'delete', value: null }), 'entry')).toContain(
      'delete: its key has no value',
    );
  });

  test('a long value is cut, and how much more there is', () => {
    const lines = shown(BUSY, '2:13', { value: 'x'.repeat(1000) });
    expect(lines.slice(2, 7)).toEqual([
      `value     ${'x'.repeat(70)}`,
      ...Array.from({ length: 3 }, () => `          ${'x'.repeat(70)}`),
      '          … 720 more characters',
    ]);
    expect(shown(BUSY, '2:13', { value: '' })[2]).toBe('value     (empty)');
    const wide = shown(BUSY, '2:13', { value: '名🎉'.repeat(500) }, 61);
    expect(wide[2]).toBe(`value     ${'名🎉'.repeat(12)}名`);
    expect(wide[6]).toBe('          … 900 more characters');
  });

  test('nothing that a terminal would obey gets through, nor is an escape cut in two', () => {
    const value = `${'x'.repeat(68)}\x1b]0;title\x07\n\u202e`;
    const lines = shown(BUSY, '2:13', { key: '\x1b[2J', value, id: '\u0000' });
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines.slice(1, 4)).toEqual([
      'key       \\x1b[2J',
      `value     ${'x'.repeat(68)}`,
      '          \\x1b]0;title\\x07\\n\\u202e',
    ]);
  });
});

describe('its fate', () => {
  test('pending: where it is, and what is missing', () => {
    const lines = shown(BUSY, '2:26');
    expect(fieldOf(lines, 'fate')).toBe('… pending: on 1 of 3 disks. 2:26 commits once it is on 2');
    expect(holdersOf(lines)).toEqual([
      '  n1 ● ▓ durable',
      '  n2 ○ ▒ in its log, not fsynced yet',
      '  n3 ○ › does not have it yet: on its way from n1',
    ]);
    expect(shown(BUSY, '2:27').at(-1)).toBe('  n3 ○ · does not have it yet');
  });

  test('pending, of an earlier term: it takes an entry of the leader’s own', () => {
    const opened = running(
      { term: 3 },
      { n1: { ...logOf({ 1: 1, 3: 5 }, 5, 5, 3) }, n2: logOf({ 1: 1 }, 4, 4, 3), n3: logOf({ 1: 1 }, 3, 3, 3) },
    );
    expect(fieldOf(shown(opened, '1:4'), 'fate')).toBe(
      "… pending: on 2 of 3 disks. 1:4 commits once it is on 2, together with n1's first entry of term 3",
    );
  });

  test('pending, where the leader lacks it: its holder could still be elected', () => {
    const lines = shown(tail(11), '1:13');
    expect(fieldOf(lines, 'fate')).toBe(
      '… pending: the leader n2 does not have it. It is rolled back once n2 commits an entry of its own term, unless one who has it is elected before',
    );
    expect(holdersOf(lines)).toEqual([
      "  n1 ✗ ▚ durable, not in the leader's log (down: as last known)",
      '  n2 ● ▓ has 2:13 there instead',
      '  n3 ○ ▓ has 2:13 there instead',
    ]);
  });

  test('pending while nobody leads', () => {
    const { seen } = tail(11);
    const electing = { ...tail(11), seen: { ...seen, snapshot: seen.snapshot && { ...seen.snapshot, leader: null } } };
    expect(fieldOf(shown(electing, '1:13'), 'fate')).toMatch(/^… pending: nobody leads/);
  });

  test('rolled back: what is there instead, or what it cannot follow', () => {
    expect(fieldOf(shown(tail(14), '1:13'), 'fate')).toBe(
      '✗ rolled back: n2 has committed 2:13 in its place. n1 will drop it on hearing from the leader',
    );
    const beyond = shown(tail(14), '1:16');
    expect(fieldOf(beyond, 'fate')).toBe(
      '✗ rolled back: n2 has committed 2:14, and nothing of an older term can follow that. n1 will drop it on hearing from the leader',
    );
    expect(beyond.at(-1)).toBe('  n3 ○ · does not have it');
  });

  test('further back than what is told of the lineage: only as the replica said', () => {
    const far = running({ term: 40 }, { n1: logOf({ 40: 100 }, 120, 120, 120), n2: logOf({ 40: 100 }, 120, 120, 120) });
    expect(fieldOf(shown(far, '2:13', { committed: true }), 'fate')).toMatch(/^✓ committed: the replica/);
    expect(fieldOf(shown(far, '2:13'), 'fate')).toMatch(/^not known/);
    expect(holdersOf(shown(far, '2:13'))[1]).toBe('  n2 ○ ░ tells nothing of its log so far back');
  });
});

test('who has it in a snapshot only has no entry there any more', () => {
  const folded = running(
    { term: 2 },
    { n1: { ...logOf({ 1: 1, 2: 12 }, 28), baseLsn: 26 }, n2: logOf({ 1: 1, 2: 12 }, 28) },
  );
  const overlay: EntryOverlay = { type: 'entry', replica: n(2), position: '2:26', entry: null, message: null };
  const lines = linesOf(entryRows(folded.seen, overlay, 100).rows);
  expect(lines).toContain('  n1 ● ┈ no entry any more: its snapshot up to 26 holds what it made');
  expect(lines).toContain('  n2 ○ █ committed');
});

describe('what the client was told', () => {
  test.each([
    [{}, 'was told ✓ ok after 3.4 ms by n1, on the disks of n1, n2 by then'],
    [
      { outcome: 'unknown', fate: 'pending', ms: 2001, durableOn: [] },
      'was told ? unknown after 2001 ms by n1. It may still commit',
    ],
    [
      { outcome: 'unknown', fate: 'discarded', ms: 2001, durableOn: [], leader: null },
      'was told ? unknown after 2001 ms. Never acknowledged, and discarded',
    ],
  ] as const)('%o', (changes, words) => {
    expect(fieldOf(shown(withLedger(BUSY, [writeAt('2:25', changes)]), '2:25'), 'client')).toBe(words);
  });

  test('also of a loss; and that the ledger does not go back so far', () => {
    const lost = writeAt('1:13', { fate: 'lost', mode: 'async', durableOn: [n(1)] });
    expect(fieldOf(shown(withLedger(tail(14), [], [lost]), '1:13'), 'client')).toBe(
      'was told ✓ ok after 3.4 ms by n1, on the disks of n1 by then. Acknowledged, and lost',
    );
    expect(fieldOf(shown(BUSY, '2:13'), 'client')).toBe('not among the newest writes of the ledger');
  });
});

describe('an entry that is not there yet', () => {
  test('while it is fetched, what is known of it', () => {
    const lines = draw(BUSY, { position: '2:13' });
    expect(lines[0]).toBe('entry     2:13 (term 2, LSN 13)  …');
    expect(fieldOf(lines, 'fate')).toMatch(/^✓ committed/);
    expect(holdersOf(lines)).toEqual(['  n1 ● █ committed', '  n2 ○ █ committed', '  n3 ○ █ committed']);
  });

  test('if it cannot be fetched, why; the ledger still has its key', () => {
    const message = 'n1 is down, and nobody else who runs has it';
    const lost = writeAt('1:13', { fate: 'lost', mode: 'async' });
    const lines = draw(withLedger(tail(14), [lost]), { position: '1:13', message });
    expect(lines.slice(0, 4)).toEqual([
      `entry     1:13 (term 1, LSN 13)  ! ${message}`,
      'key       k3',
      'mode      async: acknowledged once the leader has it on disk',
      'id        w17',
    ]);
    expect(fieldOf(lines, 'client')).toContain('Acknowledged, and lost');
  });
});

describe('the room', () => {
  test('with three replicas it fits a window of 60 by 20', () => {
    expect(shown(withLedger(BUSY, [writeAt('2:25')]), '2:25', {}, 56)).toHaveLength(14);
  });

  test.each([56, 80, 106])('no row is wider than %i columns', (width) => {
    expect(shown(withLedger(BUSY, [writeAt('2:25')]), '2:25', { key: '名'.repeat(99) }, width).length).toBeGreaterThan(
      9,
    );
    expect(shown(tail(14), '1:16', NOOP, width).length).toBeGreaterThan(5);
  });
});
