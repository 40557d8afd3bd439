// The dashboard as lines: what is told of a cluster, what of keys, and how that is written.
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import type { Commander } from '../../views/commander.ts';
import { NewsDesk } from '../../views/plain/news.ts';
import { openPlain, tellNews } from '../../views/plain/plain.ts';
import { CONNECTED, eventOf, FakeCluster, okWrite, readOf, snapshotChange, snapshotOf } from './views-fakes.ts';

const lag = (entries: number, ms: number) => ({ lag: { entries, bytes: 80 * entries, ms } });

describe('news', () => {
  /** A desk that has seen a cluster at rest, and what it says of the next snapshots, a second after each. */
  function desk() {
    const news = new NewsDesk();
    news.take(CONNECTED, 0);
    const told = (changes: Partial<ClusterSnapshot>, replicas: Parameters<typeof snapshotOf>[1] = {}): string[] =>
      [...news.take(snapshotChange(changes, replicas), 1), ...news.second(2)].map(({ text }) => text);
    return { news, told };
  }

  test('how things stand at first, then only what changes', () => {
    const { told } = desk();
    expect(told({})).toEqual(['n1 leads term 1, 3 of 3 replicas up, mode quorum, tempo normal']);
    expect(told({})).toEqual([]);
    expect(told({ term: 2 }, { n2: { heartbeatAgeMs: 90 } })).toEqual([]);
  });

  test('an event, with its facts', () => {
    const event = eventOf(7, { type: 'mode', mode: 'async' });
    expect(desk().news.take({ type: 'event', event }, 5)).toEqual([
      {
        event: 'happened',
        ...event,
        text: 'writes are async from now on: acknowledged once the leader has them on disk',
      },
    ]);
  });

  test('a follower falls behind, and catches up: once each, not at the edge', () => {
    const { told } = desk();
    told({});
    expect(told({}, { n2: lag(3, 900) })).toEqual([]);
    expect(told({}, { n2: lag(4, 1000) })).toEqual(['n2 has fallen behind: it lacks 4 entries']);
    expect(told({}, { n2: lag(1204, 5000) })).toEqual([]);
    expect(told({}, { n2: lag(4, 900) })).toEqual([]);
    expect(told({}, { n2: lag(4, 1100) })).toEqual([]);
    expect(told({}, { n2: { lag: null } })).toEqual([]);
    expect(told({}, { n2: lag(2, 100) })).toEqual(['n2 has caught up']);
    expect(told({}, { n3: { process: 'paused', ...lag(1204, 2000) } })).toEqual([
      'n3 has fallen behind: it lacks 1,204 entries, and is paused',
    ]);
    expect(told({}, { n3: lag(0, 0) })).toEqual(['n3 has caught up']);
  });

  test('at a slow tempo, later', () => {
    const { told } = desk();
    told({});
    expect(told({ tempo: 'slow' }, { n2: lag(3, 4900) })).toEqual([]);
    expect(told({ tempo: 'slow' }, { n2: lag(3, 5000) })).toHaveLength(1);
  });

  test('a promise whose light changes; at first only one that is not just kept', () => {
    const { guarantees } = snapshotOf();
    const green = { light: 'green', observed: 3, example: null } as const;
    const amber = { light: 'amber', observed: 4, example: 'w3 (k\x1b) was lost' } as const;
    const { told, news } = desk();
    expect(told({ guarantees: { ...guarantees, readYourWrites: green, monotonicReads: amber } })).toEqual([
      expect.stringContaining('n1 leads'),
      'promise "token reads never go back" is amber now: w3 (k\\x1b) was lost',
    ]);
    const lost = snapshotChange({
      guarantees: { ...guarantees, readYourWrites: green, noAcknowledgedWriteLost: amber, monotonicReads: amber },
    });
    expect(news.take(lost, 9)).toEqual([
      {
        event: 'promise',
        promise: 'noAcknowledgedWriteLost',
        ...amber,
        at: 9,
        text: 'promise "no acknowledged write lost" is amber now: w3 (k\\x1b) was lost',
      },
    ]);
    expect(news.take(lost, 10)).toEqual([]);
  });

  test('writes, once a second while there are any', () => {
    const { told, news } = desk();
    told({ writes: { ok: 5, rejected: 0, unknown: 0 } });
    news.take(snapshotChange({ writes: { ok: 900, rejected: 0, unknown: 0 } }), 1);
    expect(told({ writes: { ok: 1204, rejected: 0, unknown: 0 } })).toEqual(['1,204 writes acknowledged, 0 lost']);
    expect(told({ writes: { ok: 1204, rejected: 0, unknown: 0 } })).toEqual([]);
    const fates = { pending: 0, committed: 0, lost: 2, discarded: 0 };
    expect(told({ writes: { ok: 1204, rejected: 3, unknown: 1 }, fates })).toEqual([
      '1,204 writes acknowledged, 2 lost, 3 rejected, 1 unknown',
    ]);
  });

  test('a connection that goes and comes back; nothing is known meanwhile', () => {
    const { told, news } = desk();
    told({});
    const gone = { type: 'connection', connected: false, message: 'reset\x07' } as const;
    expect(news.take(gone, 3)).toEqual([
      { event: 'connection', connected: false, at: 3, text: 'the connection was lost (reset\\x07): trying again' },
    ]);
    expect(news.take(gone, 4)).toEqual([]);
    expect(news.second(5)).toEqual([]);
    expect(news.take(CONNECTED, 6).map(({ text }) => text)).toEqual(['connected again']);
  });
});

test('without keys: news until it is aborted', async () => {
  const cluster = new FakeCluster();
  const told: string[] = [];
  const closing = new AbortController();
  const done = tellNews(cluster, ({ text }) => told.push(text), closing.signal);
  cluster.emit(snapshotChange(), { type: 'event', event: eventOf(1, { type: 'healed' }) });
  expect(told).toEqual([expect.stringContaining('n1 leads'), expect.stringContaining('healed')]);
  closing.abort();
  await done;
  expect(cluster.watched).toBe(false);
});

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
    expect(cluster.requests).toEqual([]);
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
