// Retries (core/protocol/sessions.ts and writes.ts): a write that carries (session, seq) is applied once. DESIGN.md §3.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lsn, term } from '../../core/protocol/position.ts';
import { SESSION_WINDOW, SESSIONS_MAX, Sessions } from '../../core/protocol/sessions.ts';
import { Lab } from './support/lab.ts';
import { seal } from './support/lab-start.ts';

const first = { key: 'x', value: 'a', session: 's', seq: 1 };

describe('a retry whose original is in the log', () => {
  test('appends nothing, and waits for that entry', () => {
    const lab = led();
    const writes = [lab.write('quorum', first), lab.write('quorum', first)];
    expect(lab.log('n1')).toBe('1:1 1:2');
    lab.settle();
    expect(writes.map((write) => lab.outcome(write))).toEqual(['ok 1:2', 'ok 1:2']);
  });

  test('even in the same step', () => {
    const lab = led();
    const writes = lab.writeAll([
      { mode: 'quorum', ...first },
      { mode: 'quorum', ...first },
    ]);
    lab.settle();
    expect(writes.map((write) => lab.outcome(write))).toEqual(['ok 1:2', 'ok 1:2']);
  });

  test('is acknowledged at once if that entry is far enough', () => {
    const lab = led();
    lab.write('quorum', first);
    lab.settle();
    const retry = lab.write('quorum', first);
    expect(lab.outcome(retry)).toBe('ok 1:2');
  });

  test('waits under its own mode', () => {
    const lab = led();
    lab.holdDisk('n3');
    const original = lab.write('async', first);
    lab.settle();
    const retries = (['async', 'quorum', 'sync'] as const).map((mode) => lab.write(mode, first));
    expect([original, ...retries].map((write) => lab.outcome(write))).toEqual([
      'ok 1:2',
      'ok 1:2',
      'ok 1:2',
      'waiting',
    ]);
    lab.releaseDisk('n3');
    lab.settle();
    expect(lab.outcome(retries[2] ?? '')).toBe('ok 1:2');
  });

  test('does not wait for what was written after it', () => {
    const lab = led();
    lab.hold('n2', 'n1');
    lab.hold('n3', 'n1');
    lab.write('async', first);
    lab.settle();
    // An acknowledgement of 1:2 is on its way when 1:3 is written and 1:2 is tried again.
    const later = lab.write('quorum', { key: 'y' });
    const retry = lab.write('quorum', first);
    lab.deliver('n2', 'n1');
    expect([lab.outcome(retry), lab.outcome(later)]).toEqual(['ok 1:2', 'waiting']);
  });

  test('is not refused for want of a follower: its entry is written, and may be everywhere', () => {
    const lab = led();
    lab.write('sync', first);
    lab.settle();
    lab.kill('n3');
    lab.run(600);
    lab.write('quorum', { ...first, seq: 2 });
    const [everywhere, missing] = [lab.write('sync', first), lab.write('sync', { ...first, seq: 2 })];
    expect([lab.outcome(everywhere), lab.outcome(missing)]).toEqual(['ok 1:2', 'waiting']);
    lab.run(lab.timing.acknowledgeMs);
    expect(lab.outcome(missing)).toBe('unknown 1:3 acknowledge-timeout');
  });

  test('nor for want of a quorum, though nothing is acknowledged without one', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', first);
    lab.sync('n1');
    lab.wait('n1', lab.timing.electionMinMs);
    const retry = lab.write('async', first);
    expect(lab.outcome(retry)).toBe('waiting');
    lab.wait('n1', lab.timing.electionMaxMs);
    expect(lab.outcome(retry)).toBe('unknown 1:2 stepped-down');
  });

  test('is recognised by the next leader', () => {
    const lab = led();
    lab.write('quorum', first);
    lab.settle();
    lab.kill('n1');
    lab.elect('n2');
    const retry = lab.write('quorum', first);
    lab.settle();
    expect([lab.outcome(retry), lab.log('n2')]).toEqual(['ok 1:2', '1:1 1:2 2:3']);
  });

  test('and after a restart of everyone', () => {
    const lab = led();
    lab.write('quorum', first);
    lab.settle();
    for (const id of lab.ids) lab.kill(id);
    for (const id of lab.ids) lab.restart(id);
    lab.elect('n3');
    const retry = lab.write('quorum', first);
    lab.settle();
    expect(lab.outcome(retry)).toBe('ok 1:2');
  });

  test('that was rolled back, is a new write', () => {
    const lab = led();
    lab.cut('n1');
    const original = lab.write('async', first);
    lab.settle();
    lab.elect('n2');
    const retry = lab.write('quorum', first);
    lab.heal();
    lab.run(100);
    expect([lab.outcome(original), lab.outcome(retry)]).toEqual(['ok 1:2', 'ok 2:3']);
  });
});

describe('the same seq', () => {
  test.each([
    ['another value', { ...first, value: 'b' }],
    ['another key', { ...first, key: 'y' }],
    ['a delete', { ...first, deletes: true }],
  ])('with %s is refused', (_what, other) => {
    const lab = led();
    lab.write('quorum', first);
    const reused = lab.write('quorum', other);
    expect(lab.outcome(reused)).toBe('rejected seq-reused');
  });

  test('of another session is another write', () => {
    const lab = led();
    lab.write('quorum', first);
    const other = lab.write('quorum', { ...first, session: 't' });
    lab.settle();
    expect(lab.outcome(other)).toBe('ok 1:3');
  });

  test('for a delete again is a retry', () => {
    const lab = led();
    const deletion = { key: 'x', session: 's', seq: 1, deletes: true };
    lab.write('quorum', deletion);
    const retry = lab.write('quorum', deletion);
    lab.settle();
    expect(lab.outcome(retry)).toBe('ok 1:2');
  });
});

describe('a session remembers its last 256 seqs', () => {
  test('and refuses older ones, which may be applied already', () => {
    const lab = led();
    const last = SESSION_WINDOW + 10;
    lab.writeAll(Array.from({ length: last }, (_, i) => ({ mode: 'quorum', ...first, seq: i + 1 })));
    lab.settle();
    const [old, kept] = [lab.write('quorum', { ...first, seq: 10 }), lab.write('quorum', { ...first, seq: 11 })];
    expect([lab.outcome(old), lab.outcome(kept)]).toEqual(['rejected seq-too-old', 'ok 1:12']);
  });

  test('counted by what is committed: what may still be rolled back makes nothing too old', () => {
    const lab = led();
    lab.cut('n1');
    lab.write('async', { ...first, seq: 1000 });
    const behind = lab.write('async', first);
    lab.settle();
    expect([lab.status('n1').committedLsn, lab.outcome(behind)]).toEqual([1, 'ok 1:3']);
  });
});

describe('the table of sessions', () => {
  const entry = (at: number, session: string, seq = 1) =>
    seal({
      ...{ term: term(1), lsn: lsn(at), id: null, mode: null, session: { session, seq } },
      command: { op: 'put', key: 'k', value: `${session} ${seq}` },
    });
  const commit = (sessions: Sessions, at: number, session: string, seq = 1) => {
    sessions.apply(entry(at, session, seq));
    sessions.commit(entry(at, session, seq));
  };
  const at = (sessions: Sessions, session: string, seq: number) => {
    const found = sessions.find(session, seq);
    return typeof found === 'string' ? found : found.lsn;
  };

  test('forgets the session that committed longest ago, beyond its bound', () => {
    const sessions = new Sessions();
    const later = 2 * SESSIONS_MAX;
    sessions.apply(entry(later, 'pending'));
    for (let lsnOf = 2; lsnOf <= SESSIONS_MAX + 1; lsnOf++) commit(sessions, lsnOf, `s${lsnOf}`);
    commit(sessions, SESSIONS_MAX + 2, 's2', 2);
    expect(at(sessions, 's3', 1)).toBe(3);
    expect(at(sessions, 's9', 2)).toBe('new');
    commit(sessions, SESSIONS_MAX + 3, 'one too many');
    expect([sessions.forgottenLsn, at(sessions, 's3', 2)]).toEqual([SESSIONS_MAX + 3, 'forgotten']);
    // A session begins with 1: that it ever was another cannot be told any more.
    expect(at(sessions, 's3', 1)).toBe('new');
    expect([at(sessions, 's2', 1), at(sessions, 's2', 2)]).toEqual([2, SESSIONS_MAX + 2]);
    expect(at(sessions, 's4', 1)).toBe(4);
    // Nothing of it is committed: a rollback may still take it back, and must find it.
    expect(at(sessions, 'pending', 1)).toBe(later);
    expect(at(sessions, 'pending', 2)).toBe('new');
  });

  test('a write under way outlives its session: its retry is known, and none before or soon after it is new', () => {
    const forgotten = (inFlight: boolean): Sessions => {
      const sessions = new Sessions();
      for (let lsnOf = 1; lsnOf <= SESSIONS_MAX; lsnOf++) commit(sessions, lsnOf, `s${lsnOf}`);
      commit(sessions, SESSIONS_MAX + 1, 's1', 300);
      for (let lsnOf = 2; lsnOf <= SESSIONS_MAX; lsnOf++) commit(sessions, SESSIONS_MAX + lsnOf, `s${lsnOf}`, 2);
      const late = 2 * SESSIONS_MAX + 2;
      if (inFlight) sessions.apply(entry(late, 's1', 299));
      commit(sessions, late - 1, 'one too many');
      if (!inFlight) sessions.apply(entry(late, 's1', 299));
      expect(at(sessions, 's1', 299)).toBe(late);
      expect(at(sessions, 's1', 300)).toBe('forgotten');
      sessions.commit(entry(late, 's1', 299));
      return sessions;
    };
    // It comes to the same whether it was under way when its session was forgotten, or is read again from the log.
    for (const sessions of [forgotten(true), forgotten(false)]) {
      const found = [1, 298, 299, 300, 555, 556].map((seq) => at(sessions, 's1', seq));
      expect(found).toEqual(['too-old', 'too-old', 2 * SESSIONS_MAX + 2, 'too-old', 'too-old', 'new']);
    }
  });

  test('remembers a window of committed writes, whatever order they came in', () => {
    const sessions = new Sessions();
    const seqs = [5000, ...Array.from({ length: 1100 }, (_, index) => index + 1)];
    for (const [index, seq] of seqs.entries()) sessions.apply(entry(index + 1, 's', seq));
    for (const [index, seq] of seqs.entries()) sessions.commit(entry(index + 1, 's', seq));
    const scan = sessions.scan(lsn(seqs.length));
    const piece = scan.next();
    expect(piece?.writes.map(([seq]) => seq)).toEqual([5000]);
    expect([at(sessions, 's', 5000), at(sessions, 's', 1100), at(sessions, 's', 4745)]).toEqual([1, 'too-old', 'new']);
  });

  test('remembers after every commit what is in the window then, and what is not committed', () => {
    const seq = fc.oneof(
      fc.integer({ min: 1, max: 900 }),
      fc.nat(3).map((jumps) => 1 + jumps * SESSION_WINDOW),
    );
    const seqs = fc.uniqueArray(seq, { minLength: 1, maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(seqs, fc.nat(20), (all, ahead) => {
        const sessions = new Sessions();
        const writes = all.map((each, index) => entry(index + 1, 's', each));
        for (const write of writes.slice(0, ahead)) sessions.apply(write);
        for (const [index, write] of writes.entries()) {
          const next = writes[index + ahead];
          if (next) sessions.apply(next);
          sessions.commit(write);
          const last = Math.max(...all.slice(0, index + 1)) - SESSION_WINDOW;
          const known = all.slice(0, index + 1 + ahead).filter((each, i) => each > last || i > index);
          const found = all.filter((each) => typeof at(sessions, 's', each) === 'number');
          expect(found).toEqual(known);
        }
      }),
      { numRuns: 20 },
    );
  });
});

function led(): Lab {
  const lab = new Lab();
  lab.elect('n1');
  lab.run(100);
  return lab;
}
