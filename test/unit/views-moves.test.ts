import { describe, expect, test } from 'vitest';
import type { Light } from '../../core/observe/guarantees.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { step } from '../../views/model.ts';
import { PANELS } from '../../views/panel-names.ts';
import { type Dashboard, focusOf } from '../../views/state.ts';
import { changed, eventOf, pressed, running, snapshotChange } from './views-fakes.ts';

const then = (dashboard: Dashboard, ...actions: Parameters<typeof step>[1][]) =>
  actions.reduce((before, action) => step(before, action).dashboard, dashboard);
const focused = (panel: (typeof PANELS)[number], dashboard = running()) =>
  then(dashboard, { type: 'command', command: { type: 'focus-on', panel } });
const happening = (n: number) => changed({ type: 'event', event: eventOf(n, { type: 'healed' }) });

describe('focus', () => {
  test('Tab goes through all panels and round, Shift-Tab back', () => {
    let dashboard = running();
    const seen = PANELS.map(() => {
      const focus = focusOf(dashboard);
      dashboard = pressed(dashboard, 'tab');
      return focus;
    });
    expect(seen).toEqual(PANELS);
    expect(focusOf(dashboard)).toBe('replicas');
    expect(focusOf(pressed(dashboard, 'shift+tab'))).toBe('events');
  });

  test('arrows act in the focused panel: they select, scroll, or move the cursor of the logs', () => {
    expect(pressed(running(), 'down').selected).toBe('n2');
    const logs = focused('logs', running({}, { n1: { lsn: 5 }, n2: { lsn: 5 } }));
    expect(pressed(logs, 'left').cursor).toBe(5);
    expect(pressed(logs, 'left', 'left').cursor).toBe(4);
    expect(pressed(logs, 'left', 'left', 'right', 'right').cursor).toBeNull();
    expect(pressed(logs, 'home').cursor).toBe(1);
    expect(pressed(logs, 'home', 'left', 'end').cursor).toBeNull();
    expect(pressed(logs, 'down').selected).toBe('n2');
    const events = then(focused('events'), ...Array.from({ length: 30 }, (_, i) => happening(i)));
    expect(pressed(events, 'up', 'up', 'down').scrolled.events).toBe(1);
    expect(pressed(events, 'page-up').scrolled.events).toBe(10);
    expect(pressed(events, 'home', 'end').scrolled.events).toBe(0);
    // No further than to the first ones: from there on no key would be seen to do anything.
    const most = pressed(events, 'home').scrolled.events;
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThan(30);
    expect(pressed(events, 'home', 'up', 'down').scrolled.events).toBe(most - 1);
    expect(pressed(then(focused('events'), happening(1)), 'up').scrolled.events).toBe(0);
  });

  test('the cursor of the logs goes no further back than anybody has entries', () => {
    const some = { lsn: 50, lineage: [{ term: 1, firstLsn: 1 }] };
    const folded = running(
      {},
      { n1: { ...some, baseLsn: 40 }, n2: { ...some, baseLsn: 30 }, n3: { ...some, baseLsn: 44 } },
    );
    const logs = focused('logs', folded);
    expect(pressed(logs, 'home').cursor).toBe(31);
    expect(pressed(logs, 'home', 'left', 'page-up').cursor).toBe(31);
    // Of one that was never heard nothing is known.
    const unheard = running(
      {},
      { n1: { ...some, baseLsn: 40 }, n2: { heartbeatAgeMs: null }, n3: { heartbeatAgeMs: null } },
    );
    expect(pressed(focused('logs', unheard), 'home').cursor).toBe(41);
  });

  test('the lights are read from their beginning, as far as there is more: down goes on, up back', () => {
    const red: Light = { light: 'red', observed: 9, example: 'something that must never happen '.repeat(5) };
    const guarantees = {
      oneLeaderPerTerm: red,
      noAcknowledgedWriteLost: red,
      readYourWrites: red,
      monotonicReads: red,
    };
    const lights = focused('guarantees', running({ guarantees }));
    const scrolled = (...keys: string[]) => pressed(lights, ...keys).scrolled.guarantees;
    expect([scrolled('down', 'down', 'up'), scrolled('down', 'home')]).toEqual([1, 0]);
    const end = scrolled('end');
    expect(end).toBeLessThan(20);
    expect(scrolled('end', 'down', 'down', 'up')).toBe(end - 1);
    // Where all of them are seen, there is nothing to scroll.
    expect(pressed(focused('guarantees'), 'down').scrolled.guarantees).toBe(0);
  });

  test('what is read among the events stays where it is as more happens; at the end it follows', () => {
    const events = then(focused('events'), ...Array.from({ length: 30 }, (_, i) => happening(i)));
    expect(then(pressed(events, 'up'), happening(30)).scrolled.events).toBe(2);
    expect(then(events, happening(30)).scrolled.events).toBe(0);
    expect(then({ ...pressed(events, 'up'), filter: 'nothing like it' }, happening(30)).scrolled.events).toBe(1);
  });
});

describe('Enter in the logs', () => {
  const grown = (n2: object = {}) =>
    focused(
      'logs',
      running(
        {},
        {
          n1: {
            lsn: 7,
            lineage: [
              { term: 1, firstLsn: 1 },
              { term: 3, firstLsn: 5 },
            ],
          },
          n2,
        },
      ),
    );

  test('asks the selected replica for the entry under the cursor', () => {
    const { dashboard, effects } = step(pressed(grown(), 'left', 'left'), { type: 'key', key: 'enter' });
    expect(effects).toEqual([{ type: 'entry', of: 'n1', replica: 'n1', position: '3:6', lsn: 6 }]);
    expect(dashboard.overlay).toMatchObject({
      type: 'entry',
      replica: 'n1',
      position: '3:6',
      entry: null,
      message: null,
    });
  });

  test('of one that has it in a snapshot another is asked that has the entry', () => {
    const n1 = { lsn: 7, lineage: [{ term: 1, firstLsn: 1 }], baseLsn: 6 };
    const folded = running({}, { n1, n2: { ...n1, baseLsn: 5 }, n3: n1 });
    const enter = { type: 'key', key: 'enter' } as const;
    expect(step(pressed(focused('logs', folded), 'home'), enter).effects).toMatchObject([{ of: 'n1', replica: 'n2' }]);
    const alone = running({}, { n1, n2: { ...n1, baseLsn: 5, process: 'down' }, n3: n1 });
    expect(step(pressed(focused('logs', alone), 'home'), enter).dashboard.overlay).toMatchObject({
      message: "n1's entries up to 6 are in its snapshot, and nobody else who runs has it",
    });
  });

  test('without a cursor it is the last one', () => {
    expect(step(grown(), { type: 'key', key: 'enter' }).effects).toMatchObject([{ position: '3:7' }]);
  });

  test('of one that is down another is asked that holds the same entry, not one that holds another there', () => {
    const down = { process: 'down', lsn: 6 } as const;
    const same = pressed(
      grown({
        ...down,
        lineage: [
          { term: 1, firstLsn: 1 },
          { term: 3, firstLsn: 5 },
        ],
      }),
      'down',
    );
    expect(step(same, { type: 'key', key: 'enter' }).effects).toMatchObject([{ replica: 'n1', position: '3:6' }]);
    const other = pressed(
      grown({
        ...down,
        lineage: [
          { term: 1, firstLsn: 1 },
          { term: 2, firstLsn: 5 },
        ],
      }),
      'down',
    );
    const { dashboard, effects } = step(other, { type: 'key', key: 'enter' });
    expect(effects).toEqual([]);
    expect(dashboard.overlay).toMatchObject({
      position: '2:6',
      message: 'n2 is down, and nobody else who runs has it',
    });
  });

  test('an answer that comes when another entry is open, or none, changes nothing', () => {
    const open = pressed(grown(), 'enter');
    const of = replicaId('n1');
    const answer = { type: 'entry-answered', of, position: '3:6', entry: null, message: 'too late' } as const;
    const others = { ...answer, of: replicaId('n2'), position: '3:7' } as const;
    expect(step(pressed(grown(), 'enter'), others).dashboard.overlay).toMatchObject({ message: null });
    expect(step(open, answer).dashboard).toBe(open);
    expect(step(grown(), answer).dashboard.overlay).toBeNull();
    expect(step(open, { ...answer, position: '3:7' }).dashboard.overlay).toMatchObject({ message: 'too late' });
  });

  test('an empty log has no entry to open', () => {
    const empty = focused('logs', running({}, { n1: { lsn: 0, lineage: [] } }));
    expect(pressed(empty, 'enter')).toMatchObject({ overlay: null, notice: { tone: 'bad' } });
  });
});

describe('Space', () => {
  test('freezes what is drawn, not what is known; Space again shows what has become of it', () => {
    const frozen = pressed(running(), 'space');
    const later = then(frozen, changed(snapshotChange({ mode: 'sync', term: 2 })), happening(1));
    expect(later.seen).toBe(frozen.seen);
    expect(pressed(later, 'space').seen).toMatchObject({ snapshot: { mode: 'sync' }, events: [{ n: 1 }] });
    expect(pressed(later, 'space').behind).toBeNull();
  });

  test('keys act on the present: m goes on from the mode as it is', () => {
    const later = then(pressed(running(), 'space'), changed(snapshotChange({ mode: 'sync' })));
    expect(step(later, { type: 'key', key: 'm' }).effects).toMatchObject([{ request: { mode: 'async' } }]);
    expect(pressed(later, 'w').seen.write).toBeNull();
    expect(pressed(later, 'w', 'space').seen.write).toMatchObject({ key: 'k1' });
  });

  test('panels can be scrolled and zoomed meanwhile', () => {
    const frozen = pressed(running(), 'space', 'z', '3');
    expect([frozen.zoomed, frozen.selected]).toEqual([true, 'n3']);
  });
});

describe('Esc', () => {
  test('goes back one step at a time: what is open, the cursor, the zoom, the filter, the freeze', () => {
    let dashboard = pressed(
      focused('logs', running({}, { n1: { lsn: 5 } })),
      '/',
      'x',
      'enter',
      'space',
      'z',
      'left',
      'enter',
    );
    const steps: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      const { overlay, cursor, zoomed, filter, behind } = dashboard;
      steps.push([overlay?.type ?? null, cursor, zoomed, filter, behind !== null]);
      dashboard = pressed(dashboard, 'escape');
    }
    expect(steps).toEqual([
      ['entry', 5, true, 'x', true],
      [null, 5, true, 'x', true],
      [null, null, true, 'x', true],
      [null, null, false, 'x', true],
      [null, null, false, '', true],
      [null, null, false, '', false],
    ]);
  });
});

describe('help', () => {
  test('? opens and closes it; Tab and arrows go through topics, ↓ reads on', () => {
    const help = pressed(running(), '?');
    expect(help.overlay).toMatchObject({ type: 'help', topic: 0 });
    expect(pressed(help, '?').overlay).toBeNull();
    expect(pressed(help, 'tab', 'right', 'left').overlay).toMatchObject({ topic: 1 });
    expect(pressed(help, 'down', 'page-down').overlay).toMatchObject({ scrolled: 11 });
    expect(focusOf(pressed(help, 'tab'))).toBe('replicas');
  });

  test('keys that act on the cluster do nothing while it is read', () => {
    const help = pressed(running(), '?');
    for (const key of ['k', 'w', 'm', 'h'])
      expect(step(help, { type: 'key', key })).toEqual({ dashboard: help, effects: [] });
    expect(step(help, { type: 'key', key: 'q' }).effects).toHaveLength(1);
  });
});
