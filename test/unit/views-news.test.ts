// What is told of a cluster in lines, whoever reads them: what changes, and only that.
import { describe, expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { NewsDesk } from '../../views/plain/news.ts';
import { tellNews } from '../../views/plain/plain.ts';
import { CONNECTED, eventOf, FakeCluster, snapshotChange, snapshotOf } from './views-fakes.ts';

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
        text: 'writes are async from now on: acknowledged once the leader has it on disk',
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
