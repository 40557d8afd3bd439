import { describe, expect, test } from 'vitest';
import type { ControlResult } from '../../core/observe/api.ts';
import type { LinkSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import type { Control, Dashboard, Effect } from '../../views/state.ts';
import { pressed, running } from './views-fakes.ts';

const n1 = replicaId('n1');
const link = (from: string, to: string, fault: Partial<LinkSnapshot>): LinkSnapshot => ({
  from: replicaId(from),
  to: replicaId(to),
  cut: false,
  delayMs: 0,
  dropPercent: 0,
  ...fault,
});
const allOf = (id: string, fault: Partial<LinkSnapshot>): LinkSnapshot[] =>
  ['n1', 'n2', 'n3']
    .filter((other) => other !== id)
    .flatMap((other) => [link(id, other, fault), link(other, id, fault)]);

const controlsOf = (effects: readonly Effect[]): readonly Control[] =>
  effects.flatMap((effect) => (effect.type === 'control' ? [effect.request] : []));

const asked = (dashboard: Dashboard, key: string) => controlsOf(step(dashboard, { type: 'key', key }).effects);

/** Presses a key whose one control request the cluster does. */
function done(dashboard: Dashboard, key: string, result: Partial<ControlResult> = {}): Dashboard {
  const { dashboard: next, effects } = step(dashboard, { type: 'key', key });
  return effects.reduce(
    (before, effect) =>
      effect.type === 'control'
        ? step(before, {
            type: 'control-answered',
            control: effect.request,
            fault: effect.fault,
            ...(effect.said === undefined ? {} : { said: effect.said }),
            reply: { type: 'result', result: { v: 1, ok: true, ...result } },
          }).dashboard
        : before,
    next,
  );
}

describe('keys that break the selected replica', () => {
  test('K kills, x cuts the power, p pauses and resumes', () => {
    const dashboard = pressed(running({}, { n3: { process: 'paused' } }), '2');
    expect(asked(dashboard, 'K')).toEqual([{ op: 'kill', target: 'n2' }]);
    expect(asked(dashboard, 'x')).toEqual([{ op: 'power-cut', target: 'n2' }]);
    expect(asked(dashboard, 'p')).toEqual([{ op: 'pause', target: 'n2' }]);
    expect(asked(pressed(dashboard, '3'), 'p')).toEqual([{ op: 'resume', target: 'n3' }]);
  });

  test('p on one that is down asks nothing, and says what to do', () => {
    const down = running({}, { n1: { process: 'down' } });
    expect(asked(down, 'p')).toEqual([]);
    expect(pressed(down, 'p').notice).toEqual({ tone: 'bad', text: 'n1 is down: s starts it' });
  });

  test('c cuts all its links; when all are cut, it restores them', () => {
    expect(asked(running(), 'c')).toEqual([{ op: 'link', from: 'n1', to: 'all', fault: { kind: 'cut' } }]);
    const half = running({ links: [link('n1', 'n2', { cut: true })] });
    expect(asked(half, 'c')).toEqual([{ op: 'link', from: 'n1', to: 'all', fault: { kind: 'cut' } }]);
    const cut = running({ links: allOf('n1', { cut: true }) });
    expect(asked(cut, 'c')).toEqual([{ op: 'link', from: 'n1', to: 'all', fault: { kind: 'restore' } }]);
    expect(asked(pressed(cut, '2'), 'c')).toEqual([{ op: 'link', from: 'n2', to: 'all', fault: { kind: 'cut' } }]);
  });

  test('d delays its links by two heartbeats of the tempo; when one is delayed, no more', () => {
    const delay = (ms: number) => [{ op: 'link', from: 'n1', to: 'all', fault: { kind: 'delay', ms } }];
    expect(asked(running(), 'd')).toEqual(delay(200));
    expect(asked(running({ tempo: 'slow' }), 'd')).toEqual(delay(1000));
    expect(asked(running({ links: [link('n2', 'n1', { delayMs: 50 })] }), 'd')).toEqual(delay(0));
  });

  test('one replica alone has no links to break', () => {
    const alone = running({}, {}, 1);
    expect([asked(alone, 'c'), asked(alone, 'd')]).toEqual([[], []]);
    expect(pressed(alone, 'c').notice).toMatchObject({ tone: 'bad' });
  });

  test('h heals', () => {
    expect(asked(running(), 'h')).toEqual([{ op: 'heal' }]);
  });
});

describe('u undoes the last fault', () => {
  test('of a process: the one that was killed, whoever that was, is started', () => {
    const killed = done(running(), 'k', { replicas: [replicaId('n2')] });
    expect(killed.faults).toMatchObject([{ name: 'n2 down' }]);
    expect(asked(killed, 'u')).toEqual([{ op: 'start', target: 'n2' }]);
    expect(asked(done(running(), 'p', { replicas: [n1] }), 'u')).toEqual([{ op: 'resume', target: 'n1' }]);
    expect(asked(done(running(), 'x', { replicas: [n1] }), 'u')).toEqual([{ op: 'start', target: 'n1' }]);
    expect(asked(done(running(), 's', { replicas: [n1] }), 'u')).toEqual([{ op: 'start', target: 'n1' }]);
  });

  test('of links: only what was whole before, each direction by itself', () => {
    const half = running({ links: [link('n1', 'n2', { cut: true })] });
    expect(asked(done(half, 'c'), 'u')).toEqual(
      [
        ['n2', 'n1'],
        ['n1', 'n3'],
        ['n3', 'n1'],
      ].map(([from, to]) => ({ op: 'link', from, to, fault: { kind: 'restore' }, oneWay: true })),
    );
  });

  test('of a delay: as it was before', () => {
    const [first] = asked(done(running({ links: [link('n1', 'n3', { dropPercent: 5 })] }), 'd'), 'u');
    expect(first).toEqual({ op: 'link', from: 'n1', to: 'n2', fault: { kind: 'delay', ms: 0 }, oneWay: true });
  });

  test('one after the other, the last one first; then there is none', () => {
    const twice = done(done(running(), 'p', { replicas: [n1] }), 'c');
    expect(twice.faults.map(({ name }) => name)).toEqual(['n1 cut off', 'n1 paused']);
    const once = pressed(twice, 'u');
    expect(once.faults.map(({ name }) => name)).toEqual(['n1 paused']);
    expect(done(twice, 'u', { message: 'n1 → n3 whole' }).notice?.text).toBe('undone: n1 cut off');
    expect(pressed(once, 'u', 'u').notice).toEqual({ tone: 'bad', text: 'no fault of yours to undo' });
  });

  test('what was mended by hand, or healed, is not there to be undone', () => {
    const killed = done(running(), 'K', { replicas: [n1] });
    const restarted = done({ ...killed, seen: running({}, { n1: { process: 'down' } }).seen }, 's', { replicas: [n1] });
    expect(restarted.faults).toEqual([]);
    expect(done(killed, 'h').faults).toEqual([]);
    const cut = done(running(), 'c');
    expect(done({ ...cut, seen: running({ links: allOf('n1', { cut: true }) }).seen }, 'c').faults).toEqual([]);
  });

  test('undoing one fault forgets no other', () => {
    const both = done(pressed(done(running(), 'c'), '2'), 'c');
    expect(both.faults.map(({ name }) => name)).toEqual(['n2 cut off', 'n1 cut off']);
    expect(done(both, 'u').faults.map(({ name }) => name)).toEqual(['n1 cut off']);
  });

  test('what was refused is no fault', () => {
    const refused = done(running(), 'k', { ok: false, error: { code: 'no-leader', message: 'nobody leads' } });
    expect(refused.faults).toEqual([]);
    expect(refused.notice).toEqual({ tone: 'bad', text: 'nobody leads' });
  });
});

describe('tempo', () => {
  test('+ and = are faster, - is slower, and each end says so', () => {
    expect(asked(running(), '+')).toEqual([{ op: 'tempo', tempo: 'fast' }]);
    expect(asked(running(), '=')).toEqual([{ op: 'tempo', tempo: 'fast' }]);
    expect(asked(running(), '-')).toEqual([{ op: 'tempo', tempo: 'slow' }]);
    expect(asked(running({ tempo: 'fast' }), '+')).toEqual([]);
    expect(pressed(running({ tempo: 'slow' }), '-').notice).toMatchObject({ text: 'the tempo is as slow as it gets' });
  });

  test('pressed twice before the first answer, it goes two on', () => {
    expect(asked(pressed(running({ tempo: 'slow' }), '+'), '+')).toEqual([{ op: 'tempo', tempo: 'fast' }]);
  });
});
