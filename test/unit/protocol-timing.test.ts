// A replica that is told to live faster or slower while it runs (core/protocol/retime.ts): from that step on it goes by
// the new timing, and nobody is deposed, or thought alive, for what was right by the old one. DESIGN.md §5 and §11.
import { describe, expect, test } from 'vitest';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { TEMPOS, type Tempo, timingOf } from '../../core/protocol/timing.ts';
import { Lab } from './support/lab.ts';

const changes = TEMPOS.flatMap((from) => TEMPOS.filter((to) => to !== from).map((to) => [from, to] as const));

/** n1 leads at this tempo, and all is well. */
function led(tempo: Tempo): Lab {
  const lab = new Lab();
  lab.retime(tempo);
  lab.elect('n1');
  lab.run(2 * lab.timing.electionMaxMs);
  return lab;
}

/** How many heartbeats n1 sent to n2 while they were held back. */
const beats = (lab: Lab): number => lab.onWay('n1', 'n2').filter((type) => type === 'heartbeat').length;

describe.each(changes)('from %s to %s', (from, to) => {
  const { heartbeatMs, electionMinMs, electionMaxMs } = timingOf(to);

  test.each([
    ['all at once', []],
    ['the leader first', ['n1']],
    ['the followers first', ['n2', 'n3']],
  ])('%s: the leader leads on, and takes writes of every mode at once', (_order, first) => {
    const lab = led(from);
    const { timing } = lab;
    // As late as it can be: the next heartbeat is all but due.
    lab.pass(timing.heartbeatMs - 1);
    lab.retime(to, first);
    lab.settle();
    // The others hear of it when the more impatient of both tempos still waits for a heartbeat.
    if (first.length > 0) lab.pass(Math.min(timing.electionMinMs, electionMinMs) / 2);
    lab.settle();
    lab.retime(
      to,
      lab.ids.filter((id) => !first.includes(id)),
    );
    const writes = lab.writeAll(WRITE_MODES.map((mode) => ({ mode })));
    lab.settle();
    expect(writes.map((write) => lab.outcome(write))).toEqual(['ok 1:2', 'ok 1:3', 'ok 1:4']);
    lab.run(3 * electionMaxMs);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1, inContact: true });
    expect(['n2', 'n3'].flatMap((id) => lab.events(id, 'campaign').slice(1))).toEqual([]);
  });

  test('the leader beats at once, and then every new heartbeat', () => {
    const lab = led(from);
    lab.hold('n1', 'n2');
    lab.retime(to);
    expect(beats(lab)).toBe(1);
    lab.tick('n1', heartbeatMs - 1);
    expect(beats(lab)).toBe(1);
    for (let round = 2; round <= 4; round++) {
      lab.tick('n1', heartbeatMs);
      expect(beats(lab)).toBe(round);
    }
  });

  test('a follower waits for a silent leader as long as it does at the new tempo', () => {
    const lab = led(from);
    lab.pause('n1');
    lab.retime(to, ['n2', 'n3']);
    lab.wait('n2', electionMinMs - heartbeatMs);
    expect(lab.status('n2')).toMatchObject({ role: 'follower', leader: 'n1' });
    lab.askForVote('n2', 'vote', 9, '1:1', 'n3');
    expect(lab.events('n2', 'vote').at(-1)?.reason).toBe('leader-alive');
    lab.wait('n2', electionMaxMs - electionMinMs + heartbeatMs);
    expect(lab.events('n2', 'campaign').at(-1)).toMatchObject({ cause: 'leader-silent', leader: 'n1' });
  });

  test('a leader without its quorum steps down after a new election timeout', () => {
    const lab = led(from);
    lab.cut('n1');
    lab.retime(to, ['n1']);
    lab.wait('n1', electionMaxMs - heartbeatMs);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: false });
    lab.tick('n1', heartbeatMs);
    expect(lab.events('n1', 'stepped-down')).toMatchObject([{ cause: 'no-quorum' }]);
  });

  test('a gap is what the new timing calls one', () => {
    const lab = led(from);
    lab.retime(to);
    lab.tick('n2', electionMinMs - 1);
    expect(lab.events('n2', 'woke')).toEqual([]);
    lab.tick('n2', electionMinMs);
    expect(lab.events('n2', 'woke')).toMatchObject([{ gapMs: electionMinMs }]);
  });

  test('nothing is written, and no term begins', () => {
    const lab = led(from);
    for (const id of lab.ids) {
      const { persist, events, replies } = lab.step(id, { type: 'retime', timing: timingOf(to) });
      expect({ persist, events, replies }).toEqual({ persist: null, events: [], replies: [] });
      expect(lab.status(id)).toMatchObject({ term: 1, leader: 'n1' });
    }
  });
});

describe('what was late stays late', () => {
  test('a leader that lost contact does not find it again by going slower', () => {
    const lab = led('fast');
    lab.cut('n1');
    lab.wait('n1', lab.timing.electionMinMs + lab.timing.heartbeatMs);
    expect(lab.status('n1').inContact).toBe(false);
    lab.retime('slow', ['n1']);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', inContact: false });
    const writes = WRITE_MODES.map((mode) => lab.write(mode, { at: 'n1' }));
    expect(writes.map((write) => lab.outcome(write))).toEqual(Array(3).fill('rejected no-quorum'));
  });

  test('nor does a leader that was away find it by what was answered before, and comes only now', () => {
    const lab = led('fast');
    lab.hold('n2', 'n1');
    lab.hold('n3', 'n1');
    lab.tick('n1', lab.timing.heartbeatMs);
    lab.settle();
    lab.tick('n1', lab.timing.electionMinMs);
    expect(lab.events('n1', 'woke')).toHaveLength(1);
    lab.tick('n1', lab.timing.heartbeatMs - 1);
    lab.retime('slow', ['n1']);
    lab.deliverLink('n2', 'n1');
    expect(lab.status('n1').inContact).toBe(false);
    lab.heal();
    lab.settle();
    expect(lab.status('n1').inContact).toBe(true);
  });

  test('nor is a silent follower heard again: sync is refused by name', () => {
    const lab = led('fast');
    lab.pause('n3');
    lab.run(lab.timing.electionMinMs + lab.timing.heartbeatMs);
    lab.retime('slow', ['n1', 'n2']);
    expect(lab.outcome(lab.write('sync'))).toBe('rejected follower-down');
  });

  test('who has waited for most of its timeout has most of the new one behind it', () => {
    const lab = led('fast');
    lab.pause('n1');
    lab.wait('n2', 180);
    lab.retime('slow', ['n2']);
    lab.wait('n2', 500);
    expect(lab.status('n2').role).toBe('candidate');
    // What it tells of the silence is how long it was.
    expect(lab.events('n2', 'campaign').at(-1)).toMatchObject({ cause: 'leader-silent', silentMs: 680 });
  });

  test('and a leader that was silent at slow is replaced soon at fast', () => {
    const lab = led('slow');
    lab.pause('n1');
    lab.wait('n2', 2000);
    lab.wait('n3', 2000);
    lab.retime('fast', ['n2', 'n3']);
    lab.run(200);
    expect(lab.leader()).not.toBe('n1');
    expect([lab.status('n2').term, lab.status('n3').term]).toEqual([2, 2]);
  });
});

describe('whatever waits goes on waiting', () => {
  test('for less after a closed connection than for a silent leader', () => {
    const lab = led('normal');
    lab.close('n1', 'n2');
    lab.retime('slow', ['n2']);
    lab.tick('n2', timingOf('slow').closedDelayMs);
    expect(lab.events('n2', 'campaign').at(-1)).toMatchObject({ cause: 'connection-closed' });
  });

  test('a replica that has just started asks early', () => {
    const lab = led('fast');
    lab.kill('n3');
    lab.restart('n3');
    lab.hold('n1', 'n3');
    lab.retime('slow');
    lab.wait('n3', 3 * timingOf('slow').heartbeatMs);
    expect(lab.events('n3', 'campaign').at(-1)).toMatchObject({ cause: 'no-leader', phase: 'pre-vote' });
  });

  test('a candidate whose voters were slow to answer begins in contact', () => {
    const lab = new Lab();
    lab.retime('slow');
    lab.tick('n1', 1500);
    for (const phase of ['pre-vote', 'vote']) {
      lab.sync('n1');
      lab.deliver('n1', 'n2');
      lab.sync('n2');
      if (phase === 'vote') {
        lab.tick('n1', 1000);
        lab.retime('fast');
      }
      lab.deliver('n2', 'n1');
    }
    lab.tick('n1', 1);
    expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1, inContact: true });
  });

  test('a write under way keeps its two seconds', () => {
    const lab = led('normal');
    lab.holdDisk('n1');
    lab.hold('n2', 'n1');
    lab.hold('n3', 'n1');
    const write = lab.write('quorum');
    lab.retime('slow');
    lab.wait('n1', 1999);
    expect(lab.outcome(write)).toBe('waiting');
    lab.tick('n1', 1);
    expect(lab.outcome(write)).toBe('unknown 1:2 acknowledge-timeout');
  });

  test('a linearizable read waits for a round that began after it, and the one of the change will do', () => {
    const lab = led('slow');
    lab.tick('n1', lab.timing.heartbeatMs);
    const [earlier] = [lab.network.link('n2', 'n1'), lab.network.link('n3', 'n1')];
    const read = lab.read('linearizable');
    lab.retime('fast');
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect([earlier?.queue.length, lab.outcome(read)]).toEqual([0, 'waiting']);
    lab.deliver('n1', 'n2');
    lab.deliver('n2', 'n1');
    expect(lab.outcome(read)).toMatch(/ at 1:1$/);
  });
});

test('a paused leader is deposed at the new tempo, and follows by it when it wakes', () => {
  const lab = led('slow');
  lab.pause('n1');
  lab.retime('fast', ['n2', 'n3']);
  lab.run(2000);
  const leader = lab.leader();
  expect([leader === 'n1', lab.status('n2').term]).toEqual([false, 2]);
  lab.resume('n1');
  lab.retime('fast', ['n1']);
  lab.run(100);
  expect(lab.status('n1')).toMatchObject({ role: 'follower', leader, term: 2 });
});

test('to go by the timing that it has already is to beat once more', () => {
  const lab = led('normal');
  lab.hold('n1', 'n2');
  lab.retime('normal');
  expect(lab.onWay('n1', 'n2')).toEqual(['heartbeat']);
  lab.heal();
  lab.run(3000);
  expect(lab.status('n1')).toMatchObject({ role: 'leader', term: 1 });
});
