// The dashboard as lines: what is told of keys, and how that is written.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import type { Commander } from '../../views/commander.ts';
import { openPlain } from '../../views/plain/plain.ts';
import { eventOf, FakeCluster, okWrite, readOf, snapshotChange } from './views-fakes.ts';

describe('with keys', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open() {
    const cluster = new FakeCluster();
    let written = '';
    const ran: { line: string; onLine: (line: string) => void; onEnd: (exit: number) => void }[] = [];
    const commander: Commander = {
      run: (line, onLine, onEnd) => {
        ran.push({ line, onLine, onEnd });
        return () => onEnd(130);
      },
      complete: () => [
        { word: 'read', words: '' },
        { word: 'resume', words: '' },
      ],
    };
    const stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      isRaw: false,
      setRawMode,
      ref: () => stdin,
      unref: () => stdin,
    });
    function setRawMode(isRaw: boolean): void {
      stdin.isRaw = isRaw;
    }
    const closing = new AbortController();
    const done = openPlain(cluster, {
      commander,
      signal: closing.signal,
      stdin: stdin as unknown as NodeJS.ReadStream,
      write: (text) => {
        written += text;
      },
      lineOf: ({ text }) => `* ${text}`,
    });
    cluster.emit(snapshotChange());
    /** What is written because of this. */
    const since = (act: () => void): string => {
      const before = written.length;
      act();
      return written.slice(before);
    };
    const type = (...keys: readonly string[]): string =>
      since(() => {
        for (const key of keys) stdin.emit('data', Buffer.from(key));
      });
    return { cluster, stdin, ran, done, closing, since, type, written: () => written };
  }

  test('each write is told when its answer comes, in whatever order', () => {
    const { cluster, since, type } = open();
    expect(type('w', 'w')).toBe('');
    expect(since(() => cluster.answer(1, okWrite('1:3')))).toBe(
      'k2 = v2: ok at 1:3, quorum, durable on n1, n2, 3.4 ms\n',
    );
    const rejected = {
      ...okWrite('1:2'),
      outcome: 'rejected',
      position: null,
      error: { code: 'no-leader', message: 'nobody\nleads' },
    };
    expect(since(() => cluster.answer(0, rejected))).toBe('k1 = v1: rejected, nothing was written: nobody\\nleads\n');
  });

  test('a read is told with its why', () => {
    const { cluster, since, type } = open();
    type('r');
    expect(since(() => cluster.answer(0, readOf({ why: 'n2 will do' })))).toBe(
      'k1 = v1, from n2 at 1:1, committed, took 0 ms; why: n2 will do\n',
    );
  });

  test('news are lines among the others', () => {
    const { cluster, since } = open();
    const event = eventOf(3, { type: 'healed' });
    expect(since(() => cluster.emit({ type: 'event', event }))).toBe(
      '* healed: every link is whole, every replica runs\n',
    );
  });

  test('what is typed stands behind its question; what is news, after it', () => {
    const { cluster, since, type } = open();
    expect(type('W')).toBe('write: key? ');
    expect(type('m', 'y')).toBe('my');
    expect(since(() => cluster.emit({ type: 'event', event: eventOf(3, { type: 'healed' }) }))).toBe('');
    expect(type('\x7f')).toBe('\nwrite: key? m');
    expect(type('\r')).toBe('\nwrite m = ');
    expect(type('1', '\r')).toBe('1\n* healed: every link is whole, every replica runs\n');
    expect(cluster.requests).toEqual([{ op: 'write', key: 'm', value: '1' }]);
  });

  test('a question that is answered wrongly, and one that is not answered', async () => {
    const { cluster, type, written } = open();
    expect(type('R', 'k', '\r')).toBe('read: key? k\nread k: token, any or linearizable? ');
    expect(type('x', '\r')).toMatch(/^x\na level is any, token or linearizable, not x\nread k: .*\? $/);
    type('\x1b');
    await vi.waitFor(() => expect(written()).toMatch(/\? \n$/));
    // Now it is a key again.
    type('w');
    expect(cluster.requests).toContainEqual({ op: 'write', key: 'k1', value: 'v1' });
  });

  test('a command line: completed, run, its output, and how it ended', async () => {
    const { ran, since, type } = open();
    expect(type(':', 'r', '\t')).toBe(': r\nread  resume\n: re');
    expect(type('\x15')).toBe('\n: ');
    expect(type('s', '\r')).toBe('s\n');
    expect(ran[0]?.line).toBe('s');
    expect(since(() => ran[0]?.onLine('a line'))).toBe('a line\n');
    expect(since(() => ran[0]?.onEnd(2))).toBe('that ended with exit code 2\n');
    await Promise.resolve();
    // It is closed, so that Escape stops nothing, and another can be run.
    expect(type(':', 't', '\r')).toBe(': t\n');
    expect(ran[1]?.line).toBe('t');
  });

  test('Space holds news back, and lets them go; keys are told all the same', () => {
    const { cluster, since, type } = open();
    expect(type(' ')).toBe('news are held back until Space; keys are not\n');
    expect(since(() => cluster.emit({ type: 'event', event: eventOf(3, { type: 'healed' }) }))).toBe('');
    expect(type('2')).toMatch(/^n2 is selected: follower, term 1, at 1:1\n$/);
    cluster.emit(snapshotChange({}, { n3: { standing: 'barred' } }));
    expect(type('3')).toMatch(/^n3 is selected: no vote \(it may have voted before\), term 1, at 1:1\n$/);
    expect(type(' ')).toBe('going on\n* healed: every link is whole, every replica runs\n');
  });

  test('a filter is for events', () => {
    const { cluster, since, type } = open();
    expect(type('/', 'h', 'e', 'a', 'l', '\r')).toBe(
      'filter: heal\nonly what contains "heal" is told: / changes that\n',
    );
    const events = [eventOf(3, { type: 'mode', mode: 'sync' }), eventOf(4, { type: 'healed' })];
    expect(since(() => cluster.emit(...events.map((event) => ({ type: 'event', event }) as const)))).toMatch(
      /^\* healed.*\n$/,
    );
  });

  test('an entry of a log', async () => {
    const { cluster, since, type } = open();
    type('\t');
    expect(type('\r')).toContain('at entry 1: Enter opens it');
    expect(cluster.requests).toEqual([{ op: 'log', replica: 'n1', from: 1, limit: 1 }]);
    const entry = {
      position: '1:1',
      id: null,
      op: 'put',
      key: 'k',
      value: 'v\x1b',
      mode: 'sync',
      committed: true,
      durable: true,
    };
    const result = { v: 1, replica: replicaId('n1'), entries: [entry], lastLsn: 1 };
    expect(since(() => cluster.answer(0, result))).toBe('1:1 of n1: put k = v\\x1b, sync, committed, on disk\n');
    await Promise.resolve();
    // Fetched from another, whose disk it is on: not on that of the one that is asked about.
    const n1 = { process: 'down', role: null, durableLsn: 0 } as const;
    cluster.emit(snapshotChange({ leader: replicaId('n2') }, { n1 }));
    type('\r');
    expect(cluster.requests.at(-1)).toMatchObject({ op: 'log', replica: 'n2' });
    const other = { ...result, replica: replicaId('n2') };
    expect(since(() => cluster.answer(1, other))).toContain(
      '1:1 of n1: put k = v\\x1b, sync, committed, not on disk yet',
    );
  });

  test('what is said is closed with one step back, however much more comes meanwhile', async () => {
    const { cluster, ran, type } = open();
    type('/', 'h', '\r', ':', 's', '\r');
    ran[0]?.onEnd(0);
    cluster.emit(snapshotChange({ term: 2 }), snapshotChange({ term: 3 }));
    await Promise.resolve();
    // The filter is still there.
    expect(type('/')).toContain('filter: h');
  });

  test('each step back is told, and what nobody sees is none', async () => {
    const { cluster, type, written } = open();
    const back = async (told: string): Promise<void> => {
      const before = written().length;
      type('\x1b');
      await vi.waitFor(() => expect(written().slice(before)).toBe(told));
    };
    type(' ', '/', 'h', '\r', '\t', '\r');
    cluster.answer(0, { v: 1, replica: replicaId('n1'), entries: [], lastLsn: 1, error: { code: 'x', message: 'no' } });
    await Promise.resolve();
    await back('at no entry: Enter opens the newest\n');
    await back('everything is told\n');
    await back('going on\n');
    // In the events, arrows would scroll what is on no screen.
    type('/', 'h', '\r', ...Array<string>(5).fill('\t'));
    expect(type('\x1b[A')).toBe('events: there is nothing to scroll without a screen\n');
    await back('everything is told\n');
  });

  test('nothing that a terminal would obey is written, whoever it is from', () => {
    const { cluster, since, type } = open();
    type('w', 'r');
    expect(since(() => cluster.answer(0, okWrite('1:\x1b[2J' as never)))).not.toContain('\x1b');
    expect(since(() => cluster.answer(1, readOf({ servedBy: 'n\x1b' as never })))).not.toContain('\x1b');
  });

  test('help is lines; what needs a screen says so; what is pasted is no keys', () => {
    const { cluster, type } = open();
    const help = type('?');
    expect(help).toMatch(/^w: write to the keys/);
    expect(help).toMatch(/\nq: quit/);
    expect(help).not.toMatch(/\n[zM]: /);
    expect(type('z')).toBe('z is for a dashboard with a screen\n');
    expect(type('wwww kkkk qqqq xxxx')).toBe('so much at once is not taken for keys\n');
    expect(type('\x1bk')).toBe('');
    // Short pastes, and what a mouse says that somebody has switched on.
    expect(type('kill')).toBe('so much at once is not taken for keys\n');
    expect(type('\x1b[<0;12;7Mkk')).toBe('');
    expect(type('\x1b[M kk')).toBe('');
    expect(cluster.requests).toEqual([]);
    // A key that is held down, arrows, and an answer that comes with its question are none.
    type('wwww', '\x1b[A\x1b[A\x1b[A\x1b[A');
    expect(cluster.requests).toHaveLength(4);
    expect(type(':quorum')).toContain(': ');
    type('\x15', '\r');
    type('W');
    type('a text of many words\r');
    expect(type('\r')).toContain('write a text of');
  });

  test.each([
    ['q', 'quit'],
    ['\x03', 'interrupted'],
  ])('%j leaves, and gives the terminal back', async (key, end) => {
    const { cluster, stdin, done, type } = open();
    expect(stdin.isRaw).toBe(true);
    type('w', key, 'w');
    expect(await done).toBe(end);
    expect(cluster.requests).toHaveLength(1);
    expect(cluster.watched).toBe(false);
    expect(stdin.isRaw).toBe(false);
    expect([stdin.listenerCount('keypress'), stdin.isPaused()]).toEqual([0, true]);
  });

  test('it ends with its signal, and with its terminal; what was held is said', async () => {
    const aborted = open();
    aborted.type(' ');
    aborted.cluster.emit({ type: 'event', event: eventOf(3, { type: 'healed' }) });
    aborted.closing.abort();
    expect(await aborted.done).toBe('quit');
    expect(aborted.written()).toMatch(/healed[^\n]*\n$/);
    const { stdin, done } = open();
    stdin.emit('error', new Error('EIO'));
    expect(await done).toBe('hung-up');
  });
});
