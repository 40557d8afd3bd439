import { describe, expect, test } from 'vitest';
import type { ReadOp, WriteOrDelete } from '../../core/observe/api.ts';
import type { ClusterReply } from '../../core/observe/cluster.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import { type Action, type Control, type Dashboard, EVENTS_KEPT, INITIAL } from '../../views/state.ts';
import { CONNECTED, changed, dashboardAfter, eventOf, okWrite, readOf, snapshotChange } from './views-fakes.ts';

const key = (name: string): Action => ({ type: 'key', key: name });
const WRITE = key('w');
const TOKEN_READ = key('t');
const written = (number: number, result: ReturnType<typeof okWrite>): Action => ({
  type: 'write-answered',
  number,
  reply: { type: 'result', result } as ClusterReply<WriteOrDelete>,
});
const tokenRead = (number: number, token: string, result: ReturnType<typeof readOf>): Action => ({
  type: 'read-answered',
  number,
  read: { op: 'read', key: 'k1', level: 'token', token } as ReadOp,
  reply: { type: 'result', result } as ClusterReply<ReadOp>,
});
const RUNNING = [changed(CONNECTED), changed(snapshotChange())];
const effectsOf = (dashboard: Dashboard, action: Action) => step(dashboard, action).effects;

describe('writes', () => {
  test('go to k1 … k9 in turn, with numbered values', () => {
    let dashboard = INITIAL;
    const asked: string[] = [];
    for (let i = 0; i < 11; i++) {
      const next = step(dashboard, WRITE);
      dashboard = next.dashboard;
      for (const effect of next.effects) {
        if (effect.type === 'write' && effect.request.op === 'write') {
          asked.push(`${effect.request.key}=${effect.request.value}`);
        }
      }
    }
    expect(asked.join(' ')).toBe('k1=v1 k2=v2 k3=v3 k4=v4 k5=v5 k6=v6 k7=v7 k8=v8 k9=v9 k1=v10 k2=v11');
  });

  test('carry no mode: the cluster stamps them as they arrive', () => {
    const [effect] = effectsOf(INITIAL, WRITE);
    expect(effect).toMatchObject({ request: { op: 'write', key: 'k1', value: 'v1' } });
  });

  test('an answer is shown only with its own write, and still raises the token', () => {
    const dashboard = dashboardAfter(WRITE, WRITE, written(1, okWrite('1:1')));
    expect(dashboard.seen.write).toMatchObject({ number: 2, answer: null });
    expect(dashboard.seen.token).toBe('1:1');
    expect(dashboardAfter(WRITE, written(1, okWrite('1:1'))).seen.write?.answer).toMatchObject({ type: 'result' });
  });

  test('only ok writes raise the token', () => {
    const unknown = { ...okWrite('1:7'), outcome: 'unknown' as const };
    expect(dashboardAfter(WRITE, written(1, unknown)).seen.token).toBeNull();
  });
});

describe('the token', () => {
  test('never falls, whatever the order of the answers', () => {
    expect(dashboardAfter(written(2, okWrite('1:10')), written(1, okWrite('1:9'))).seen.token).toBe('1:10');
    expect(dashboardAfter(written(1, okWrite('1:9')), written(2, okWrite('1:10'))).seen.token).toBe('1:10');
    expect(dashboardAfter(written(1, okWrite('1:90')), written(2, okWrite('2:10'))).seen.token).toBe('2:10');
  });

  test('of a write under way is waited for by the read that must carry it, whatever becomes of the write', () => {
    const due = dashboardAfter(WRITE, TOKEN_READ, TOKEN_READ);
    expect([effectsOf(dashboardAfter(WRITE), TOKEN_READ), due.seen.read]).toEqual([[], null]);
    const next = step(due, written(1, { ...okWrite('1:7'), outcome: 'unknown' }));
    expect(next.effects).toMatchObject([{ type: 'read', request: { key: 'k1', level: 'token', token: '0:0' } }]);
    expect(next.dashboard.tokenReadDue).toBeNull();
  });

  test('is carried by token reads of the key last written, and raised by them', () => {
    const before = dashboardAfter(WRITE, WRITE, written(2, okWrite('1:2')));
    const { dashboard, effects } = step(before, TOKEN_READ);
    expect(effects).toEqual([
      { type: 'read', number: 1, request: { op: 'read', key: 'k2', level: 'token', token: '1:2' } },
    ]);
    expect(step(dashboard, tokenRead(1, '1:2', readOf({ token: '1:5' }))).dashboard.seen.token).toBe('1:5');
  });

  test('is not raised by an any read', () => {
    const { dashboard, effects } = step(INITIAL, key('r'));
    expect(effects[0]).toEqual({ type: 'read', number: 1, request: { op: 'read', key: 'k1', level: 'any' } });
    const answer = tokenRead(1, '1:2', readOf({ token: '1:5' }));
    const any = { ...answer, read: { op: 'read', key: 'k1', level: 'any' } } as Action;
    expect(step(dashboard, any).dashboard.seen.token).toBeNull();
  });

  test('a session without one asks for the position before the first entry', () => {
    expect(effectsOf(INITIAL, TOKEN_READ)[0]).toMatchObject({ request: { level: 'token', token: '0:0' } });
  });

  const rolledBack = readOf({
    found: false,
    value: null,
    position: '1:4',
    token: '1:7',
    error: { code: 'rolled-back', message: '1:7 is not in the new history' },
  });

  test('rolled back, it falls to the position given, also below itself', () => {
    const dashboard = dashboardAfter(written(1, okWrite('1:7')), TOKEN_READ, tokenRead(1, '1:7', rolledBack));
    expect(dashboard.seen.token).toBe('1:4');
    const given = { ...rolledBack, position: null, token: '1:3' as const };
    expect(dashboardAfter(written(1, okWrite('1:7')), tokenRead(1, '1:7', given)).seen.token).toBe('1:3');
  });

  test('a rollback of a token that the session no longer carries changes nothing', () => {
    const actions = [written(1, okWrite('1:7')), TOKEN_READ, written(2, okWrite('2:9'))];
    expect(dashboardAfter(...actions, tokenRead(1, '1:7', rolledBack)).seen.token).toBe('2:9');
  });
});

describe('mode', () => {
  const NEXT = key('m');

  test('goes async → quorum → sync → async', () => {
    for (const [mode, next] of [
      ['async', 'quorum'],
      ['quorum', 'sync'],
      ['sync', 'async'],
    ] as const) {
      const dashboard = dashboardAfter(changed(CONNECTED), changed(snapshotChange({ mode })));
      expect(effectsOf(dashboard, NEXT)).toEqual([
        { type: 'control', request: { op: 'mode', mode: next }, fault: null },
      ]);
    }
  });

  test('pressed twice before the first answer, it goes two on', () => {
    const { dashboard } = step(dashboardAfter(...RUNNING), NEXT);
    expect(effectsOf(dashboard, NEXT)[0]).toMatchObject({ request: { op: 'mode', mode: 'async' } });
  });

  test('after the answer it goes on from what the cluster says', () => {
    const control = { op: 'mode', mode: 'sync' } as const;
    const result = { v: 1, ok: false, error: { code: 'no-supervisor', message: 'refused' } } as const;
    const answer: Action = { type: 'control-answered', control, fault: null, reply: { type: 'result', result } };
    const dashboard = dashboardAfter(...RUNNING, NEXT, answer);
    expect(effectsOf(dashboard, NEXT)[0]).toMatchObject({ request: { op: 'mode', mode: 'sync' } });
  });

  test('while it is unknown, nothing is asked', () => {
    expect(step(INITIAL, NEXT)).toEqual({ dashboard: INITIAL, effects: [] });
  });
});

describe('killing and selecting', () => {
  test('k asks for the leader and selects its row', () => {
    const { dashboard, effects } = step(
      dashboardAfter(changed(CONNECTED), changed(snapshotChange({ leader: replicaId('n3') }))),
      key('k'),
    );
    expect(effects).toEqual([{ type: 'control', request: { op: 'kill', target: 'leader' }, fault: null }]);
    expect(dashboard.selected).toBe('n3');
  });

  test('if another one led by then, the one that was killed is selected', () => {
    const control = { op: 'kill', target: 'leader' } as const;
    const result = { v: 1, ok: true, message: 'n2 killed', replicas: [replicaId('n2')] } as const;
    const dashboard = dashboardAfter(...RUNNING, key('k'), {
      type: 'control-answered',
      control,
      fault: null,
      reply: { type: 'result', result },
    });
    expect(dashboard).toMatchObject({ selected: 'n2', notice: { tone: 'good', text: 'n2 killed' } });
  });

  test('good news is gone after some seconds, whatever else happens; bad news stays', () => {
    const happened = changed({ type: 'event', event: { n: 9, at: 0, what: { type: 'healed' } } });
    const seconds = (count: number) => Array.from({ length: count }, (): Action => ({ type: 'second' }));
    const answered = (ok: boolean, count: number) =>
      dashboardAfter(
        {
          type: 'control-answered',
          control: { op: 'start', target: replicaId('n2') },
          fault: null,
          reply: { type: 'result', result: { v: 1, ok, message: 'as it went' } },
        },
        happened,
        ...seconds(count),
      ).notice;
    expect(answered(true, 3)).toMatchObject({ tone: 'good', text: 'as it went' });
    expect(answered(true, 5)).toBeNull();
    expect(answered(false, 100)).toMatchObject({ tone: 'bad' });
  });

  test('without a leader k says so and asks nothing', () => {
    const next = step(dashboardAfter(changed(CONNECTED), changed(snapshotChange({ leader: null }))), key('k'));
    expect(next.effects).toEqual([]);
    expect(next.dashboard.notice).toMatchObject({ tone: 'bad' });
  });

  test('s stops what is up, starts what is down, resumes what is paused', () => {
    for (const [process, op] of [
      ['up', 'stop'],
      ['down', 'start'],
      ['paused', 'resume'],
    ] as const) {
      const dashboard = dashboardAfter(changed(CONNECTED), changed(snapshotChange({}, { n2: { process } })), key('2'));
      expect(effectsOf(dashboard, key('s'))).toEqual([{ type: 'control', request: { op, target: 'n2' }, fault: null }]);
    }
  });

  test('the first is selected at first; arrows stop at the ends; digits without a replica do nothing', () => {
    const up = key('up');
    const down = key('down');
    expect(dashboardAfter(...RUNNING).selected).toBe('n1');
    expect(dashboardAfter(...RUNNING, up).selected).toBe('n1');
    expect(dashboardAfter(...RUNNING, down).selected).toBe('n2');
    expect(dashboardAfter(...RUNNING, down, down, down, down).selected).toBe('n3');
    expect(dashboardAfter(...RUNNING, down, up).selected).toBe('n1');
    expect(dashboardAfter(...RUNNING, down, key('9')).selected).toBe('n2');
    expect(dashboardAfter(key('s'), up, down).selected).toBeNull();
  });

  test('what a control came to is said also by an answer without words', () => {
    const result = { v: 1, ok: true } as const;
    const said = (control: Control) =>
      dashboardAfter({ type: 'control-answered', control, fault: null, reply: { type: 'result', result } }).notice;
    expect(said({ op: 'mode', mode: 'sync' })).toEqual({ tone: 'good', text: 'writes are sync from now on' });
    expect(said({ op: 'kill', target: 'leader' })).toEqual({ tone: 'good', text: 'kill leader: done' });
  });

  test('what a control came to is said until the next one', () => {
    const control = { op: 'stop', target: replicaId('n1') } as const;
    const failed: Action = {
      type: 'control-answered',
      control,
      fault: null,
      reply: { type: 'disconnected', message: 'gone' },
    };
    const dashboard = dashboardAfter(...RUNNING, failed);
    expect(dashboard.notice).toEqual({ tone: 'bad', text: 'gone' });
    expect(step(dashboard, key('s')).dashboard.notice).toBeNull();
  });
});

describe('keys that reach nobody', () => {
  const gone = changed({ type: 'connection', connected: false, message: 'the router is gone' });

  test('without the connection that was there, nothing is sent, and that is said', () => {
    const cutOff = dashboardAfter(...RUNNING, gone);
    for (const name of ['w', 't', 'k', 'b', 'l', 'm', 'h', 'c']) {
      const { dashboard, effects } = step(cutOff, key(name));
      expect([effects, dashboard.notice?.text]).toEqual([[], 'not connected: nothing was sent']);
    }
    expect(step(cutOff, key('q')).effects).toHaveLength(1);
  });

  test('in a window too small to show the cluster, nothing is done to it', () => {
    const small = dashboardAfter(...RUNNING, { type: 'resized', size: { columns: 50, rows: 15 } });
    expect(step(small, key('k'))).toEqual({ dashboard: small, effects: [] });
    expect(step(small, key('q')).effects).toHaveLength(1);
  });
});

test('another cluster at the same address: the token of the one before means nothing there', () => {
  const before = dashboardAfter(
    ...RUNNING,
    WRITE,
    written(1, okWrite('1:9')),
    changed({ type: 'event', event: eventOf(1, { type: 'healed' }) }),
  );
  const { dashboard } = step(before, changed(snapshotChange({ cluster: 'calm-otter' })));
  expect(dashboard.seen).toMatchObject({ token: null, write: null, events: [], connection: { connected: true } });
  expect(dashboard.notice?.text).toBe('another cluster answers here now, calm-otter: this session begins anew');
});

describe('what the cluster tells', () => {
  test(`events are kept in order, the last ${EVENTS_KEPT}`, () => {
    const events = Array.from({ length: EVENTS_KEPT + 7 }, (_, i) => eventOf(i, { type: 'healed' }));
    const dashboard = dashboardAfter(...events.map((event) => changed({ type: 'event', event })));
    expect(dashboard.seen.events.map(({ n }) => n)).toEqual(events.slice(7).map(({ n }) => n));
  });

  test('heartbeats in time change nothing: the very same dashboard', () => {
    const at = (n1: number, n3: number | null) =>
      changed(snapshotChange({}, { n1: { heartbeatAgeMs: n1 }, n3: { process: 'down', heartbeatAgeMs: n3 } }));
    const dashboard = dashboardAfter(at(10, 5000));
    expect(step(dashboard, at(290, 9123)).dashboard).toBe(dashboard);
    expect(step(dashboard, at(301, 9123)).dashboard).not.toBe(dashboard);
  });

  test('silence is told in steps that grow with it', () => {
    const shown = (heartbeatAgeMs: number, tempo: 'normal' | 'slow' = 'normal') =>
      dashboardAfter(changed(snapshotChange({ tempo }, { n1: { heartbeatAgeMs } }))).seen.snapshot?.replicas[0]
        ?.heartbeatAgeMs;
    expect([300, 399, 400, 9999, 10_999, 119_999, 130_000].map((age) => shown(age))).toEqual([
      0, 300, 400, 9900, 10_000, 119_000, 120_000,
    ]);
    expect([1500, 1599, 1600].map((age) => shown(age, 'slow'))).toEqual([0, 1500, 1600]);
  });

  test('the lag of one who does not catch up grows in steps, and of one that is down not at all', () => {
    const lagging = (ms: number, process: 'up' | 'down') =>
      changed(snapshotChange({}, { n2: { process, lag: { entries: 2, bytes: 140, ms } } }));
    const dashboard = dashboardAfter(lagging(1210, 'up'));
    expect(dashboard.seen.snapshot?.replicas[1]?.lag).toEqual({ entries: 2, bytes: 140, ms: 1200 });
    expect(step(dashboard, lagging(1290, 'up')).dashboard).toBe(dashboard);
    expect(step(dashboard, lagging(1310, 'up')).dashboard).not.toBe(dashboard);
    const down = dashboardAfter(lagging(1000, 'down'));
    expect(step(down, lagging(99_000, 'down')).dashboard).toBe(down);
  });
});
