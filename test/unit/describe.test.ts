import { describe, expect, test } from 'vitest';
import { describe as inWords, severity } from '../../core/observe/describe.ts';
import type { Happening, RecoveredHappening } from '../../core/observe/events.ts';
import type { DroppedWrite, ReplicaEvent } from '../../core/protocol/events.ts';
import { lsn, type Position, parsePosition, replicaId, term, writeId } from '../../core/protocol/position.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [
  ReturnType<typeof replicaId>,
  ReturnType<typeof replicaId>,
  ReturnType<typeof replicaId>,
];
const at = (text: string): Position => parsePosition(text) as Position;
const line = (what: Happening): string => inWords({ n: 1, at: 0, what });
const kind = (what: Happening): string => severity({ n: 1, at: 0, what });
const inside = (id: typeof n1, event: ReplicaEvent): Happening => ({ type: 'replica', id, event });

type Event<T extends ReplicaEvent['type']> = Extract<ReplicaEvent, { type: T }>;

const campaign: Event<'campaign'> = {
  ...{ type: 'campaign', term: term(4), phase: 'vote', forTerm: term(4), cause: 'leader-silent' },
  ...{ leader: n1, silentMs: 812.4, last: at('3:38') },
};
const refusal: Event<'vote'> = {
  ...{ type: 'vote', term: term(4), phase: 'vote', forTerm: term(4), candidate: n2, granted: false },
  ...{ reason: 'stale-log', own: at('3:41'), theirs: at('3:38') },
};
const granted = { granted: true, reason: 'granted' } as const;
const down: Event<'stepped-down'> = {
  ...{ type: 'stepped-down', term: term(4), cause: 'higher-term', ledTerm: term(3), unknown: 0 },
};
const dropped = (count: number, first: number): DroppedWrite[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: writeId(`w${first - 3 + i}`), key: `k${i + 1}`, mode: 'async' },
    position: { term: term(1), lsn: lsn(first + i) },
  }));
const rollback = (firstLsn: number, lastLsn: number, writes: DroppedWrite[]): Event<'rolled-back'> => ({
  ...{ type: 'rolled-back', term: term(2), leader: n2, dropped: writes },
  ...{ firstLsn: lsn(firstLsn), lastLsn: lsn(lastLsn) },
});
const recovered: RecoveredHappening = {
  ...({ type: 'recovered', id: n1, position: '3:41', snapshot: null, entries: 41, tornBytes: 0 } as const),
  ...({ standing: 'voter', rebuilt: null } as const),
};
const died = {
  ...({ type: 'died', id: n1, exit: 'signal SIGSEGV', reason: null } as const),
  ...{ output: '/tmp/c1/n1.out', rebuildable: false },
};
const anew = { ...recovered, entries: 0, position: '0:0' } as const;
const lost = { type: 'lost', id: 'w12', key: 'k3', position: '1:8', mode: 'async' } as const;
const settled = { type: 'settled', id: 'w12', key: 'k3', position: '1:8', fate: 'committed' } as const;
const link = { type: 'link', from: n1, to: n2, cut: false, delayMs: 0, dropPercent: 0 } as const;
const process = (change: Extract<Happening, { type: 'process' }>['change'], pid: number | null = null): Happening => ({
  ...{ type: 'process', id: n1, change, pid },
});

describe('an election', () => {
  test.each<[string, string, Happening]>([
    ['n2 asks for votes in term 4: n1 silent for 812 ms', 'warn', inside(n2, campaign)],
    [
      'n2 asks who would vote for it in term 4: its connection to n1 closed',
      'warn',
      inside(n2, { ...campaign, phase: 'pre-vote', term: term(3), cause: 'connection-closed' }),
    ],
    [
      'n2 asks for votes in term 1: it knows no leader',
      'warn',
      inside(n2, { ...campaign, forTerm: term(1), cause: 'no-leader', leader: null, silentMs: null }),
    ],
    ['n3 votes for n2 in term 4', 'info', inside(n3, { ...refusal, ...granted })],
    ['n3 would vote for n2 in term 4', 'info', inside(n3, { ...refusal, ...granted, phase: 'pre-vote' })],
    [`n3 says no: its log ends at 3:41, n2's at 3:38`, 'info', inside(n3, refusal)],
    [
      'n3 would say no to n2: it still hears its leader',
      'info',
      inside(n3, { ...refusal, phase: 'pre-vote', reason: 'leader-alive' }),
    ],
    [
      'n3 says no to n2: it is in term 5 already',
      'info',
      inside(n3, { ...refusal, term: term(5), reason: 'old-term' }),
    ],
    [
      'n3 says no to n2: its vote in term 4 went to another',
      'info',
      inside(n3, { ...refusal, reason: 'voted-for-another' }),
    ],
    [
      'n2 leads term 4, by the votes of n2, n3; its log ends at 3:41',
      'good',
      inside(n2, { type: 'elected', term: term(4), votes: [n2, n3], last: at('3:41') }),
    ],
    [
      'n1 leads term 1, by its own vote; its log ends at 0:0',
      'good',
      inside(n1, { type: 'elected', term: term(1), votes: [n1], last: at('0:0') }),
    ],
    ['n3 follows n2 in term 4', 'info', inside(n3, { type: 'following', term: term(4), leader: n2 })],
    ['n1 no longer leads term 3: term 4 has begun', 'warn', inside(n1, down)],
    [
      'n1 no longer leads term 3: no majority answers it; 1 write not acknowledged may still commit',
      'warn',
      inside(n1, { ...down, cause: 'no-quorum', unknown: 1 }),
    ],
    [
      'n1 woke after 3200 ms: what it knew of the others is too old to trust',
      'warn',
      inside(n1, { type: 'woke', term: term(3), gapMs: 3200 }),
    ],
  ])('%s', (words, severe, what) => {
    expect(line(what)).toBe(words);
    expect(kind(what)).toBe(severe);
  });
});

describe('a rollback', () => {
  test.each<[string, Event<'rolled-back'>]>([
    [`n1 drops 3 entries (1:8 to 1:10) that n2's history lacks: w5 k1, w6 k2, w7 k3`, rollback(8, 10, dropped(3, 8))],
    [`n1 drops 1 entry (1:8) that n2's history lacks: w5 k1`, rollback(8, 8, dropped(1, 8))],
    [`n1 drops 1 entry (LSN 8) that n2's history lacks`, rollback(8, 8, [])],
    [`n1 drops 2 entries (LSN 8 to 1:9) that n2's history lacks: w6 k1`, rollback(8, 9, dropped(1, 9))],
    [
      `n1 drops 7 entries (1:8 to 1:14) that n2's history lacks: w5 k1, w6 k2, w7 k3, w8 k4, w9 k5, and 2 more`,
      rollback(8, 14, dropped(7, 8)),
    ],
  ])('%s', (words, event) => {
    expect(line(inside(n1, event))).toBe(words);
    expect(kind(inside(n1, event))).toBe('warn');
  });
});

describe('the rest of a cluster’s life', () => {
  test.each<[string, string, Happening]>([
    ['n1 starts with 41 entries, up to 3:41', 'info', recovered],
    [
      'n1 starts with 41 entries, up to 3:41; 120 bytes of a torn write cut off',
      'warn',
      { ...recovered, tornBytes: 120 },
    ],
    ['n1 starts with an empty log', 'info', { ...recovered, entries: 0, position: '0:0' }],
    [
      'n1 starts with a snapshot up to 3:30 and 11 entries, up to 3:41',
      'info',
      { ...recovered, snapshot: '3:30', entries: 11 },
    ],
    ['n1 starts with a snapshot up to 3:41', 'info', { ...recovered, snapshot: '3:41', entries: 0 }],
    [
      'n1 starts a new log; the old one is in /data/n1/damaged-1; it has no vote until it has caught up',
      'warn',
      { ...anew, standing: 'rejoining', rebuilt: { because: 'rot', folder: '/data/n1/damaged-1' } },
    ],
    [
      'n1 starts a new log; of the old one nothing is left; ' +
        'it never votes again, for it may have given a vote that it has forgotten',
      'warn',
      { ...anew, standing: 'barred', rebuilt: { because: 'the log is missing', folder: null } },
    ],
    [
      'n1 starts with 41 entries, up to 3:41; it has no vote until it has caught up',
      'warn',
      { ...recovered, standing: 'rejoining' },
    ],
    ['n1 was started (process 4711)', 'good', process('started', 4711)],
    ['n1 was resumed', 'good', process('resumed')],
    ['n1 was killed', 'warn', process('killed')],
    ['n1 was stopped', 'warn', process('stopped')],
    ['n1 was paused: it hears nothing and does not know it', 'warn', process('paused')],
    ['n1 lost its power, and all that it had not fsynced', 'warn', process('power-cut')],
    ['n1 died (signal SIGSEGV); its output is in /tmp/c1/n1.out', 'bad', died],
    [
      'n1 died (exit code 1): disk full; its output is in a',
      'bad',
      { ...died, exit: 'exit code 1', reason: 'disk full', output: 'a' },
    ],
    [
      'n1 died (exit code 1): rot; "lockstep start n1 --rebuild" begins its log anew; its output is in a',
      'bad',
      { ...died, exit: 'exit code 1', reason: 'rot', output: 'a', rebuildable: true },
    ],
    ['lost: w12 (k3) at 1:8, acknowledged under async', 'bad', lost],
    ['w12 (k3), unknown until now, committed at 1:8', 'good', settled],
    [
      'w12 (k3), unknown until now, was discarded: the new history lacks 1:8',
      'warn',
      { ...settled, fate: 'discarded' },
    ],
    [
      'w12 (k3), unknown until now, was discarded: the new history lacks it',
      'warn',
      { ...settled, fate: 'discarded', position: null },
    ],
    [
      'writes are async from now on: acknowledged once the leader has it on disk',
      'info',
      { type: 'mode', mode: 'async' },
    ],
    [
      'the tempo is slow from now on: a heartbeat every 500 ms, an election after 2.5 to 5 s of silence',
      'info',
      { type: 'tempo', tempo: 'slow' },
    ],
    [
      'the tempo is normal from now on: a heartbeat every 100 ms, an election after 500 to 1000 ms of silence',
      'info',
      { type: 'tempo', tempo: 'normal' },
    ],
    [
      'the tempo is fast from now on: a heartbeat every 20 ms, an election after 100 to 200 ms of silence',
      'info',
      { type: 'tempo', tempo: 'fast' },
    ],
    [
      'link n1 to n2: cut, delayed by 200 ms, drops 30 %',
      'warn',
      { ...link, cut: true, delayMs: 200, dropPercent: 30 },
    ],
    ['link n1 to n2: drops 5 %', 'warn', { ...link, dropPercent: 5 }],
    ['link n1 to n2: delayed by 200 ms', 'warn', { ...link, delayMs: 200 }],
    ['link n1 to n2: whole again', 'good', link],
    ['healed: every link is whole, every replica runs', 'good', { type: 'healed' }],
    ['n2 is heard', 'good', { type: 'contact', id: n2, heard: true, reason: null }],
    [
      'n2 is not heard any more: it is down, or out of reach',
      'bad',
      { type: 'contact', id: n2, heard: false, reason: null },
    ],
    ['n2 is not heard: other secret', 'bad', { type: 'contact', id: n2, heard: false, reason: 'other secret' }],
    ['the router started: the ledger begins here', 'info', { type: 'router', restarts: 0 }],
    ['the router restarted (once so far): the ledger begins anew', 'warn', { type: 'router', restarts: 1 }],
  ])('%s', (words, severe, what) => {
    expect(line(what)).toBe(words);
    expect(kind(what)).toBe(severe);
  });
});

describe('names that came from anybody', () => {
  test('are shown escaped, and stay on one line', () => {
    const evil = 'k\x1b[2J\n\u202eevil';
    const shown = String.raw`k\x1b[2J\n\u202eevil`;
    expect(line({ ...lost, key: evil })).toContain(`(${shown})`);
    expect(line({ ...settled, id: evil })).toContain(`${shown} (k3)`);
    expect(line({ ...died, exit: evil, reason: evil, output: evil })).toBe(
      `n1 died (${shown}): ${shown}; its output is in ${shown}`,
    );
    expect(line(inside(n1, rollback(8, 8, [{ ...(dropped(1, 8)[0] as DroppedWrite), key: evil }])))).toContain(shown);
  });

  test('are cut when they are long, between characters', () => {
    expect(line({ ...lost, key: '🦀'.repeat(61) })).toContain(`(${'🦀'.repeat(59)}…)`);
    expect(line({ ...lost, key: 'k'.repeat(60) })).toContain(`(${'k'.repeat(60)})`);
  });
});
