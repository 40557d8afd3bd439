import { describe, expect, test } from 'vitest';
import { hintRows } from '../../views/hints.ts';
import { commandOf, KEYMAP } from '../../views/keymap.ts';
import { type Command, INITIAL } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { pressed, running, snapshotOf } from './views-fakes.ts';

/** What every key does, once more: a key that is lost, or does something else, fails here. */
const EXPECTED: Readonly<Record<string, Command>> = {
  w: { type: 'write' },
  W: { type: 'ask', what: 'write' },
  b: { type: 'burst' },
  l: { type: 'load' },
  r: { type: 'read', level: 'any' },
  t: { type: 'read', level: 'token' },
  L: { type: 'read', level: 'linearizable' },
  R: { type: 'ask', what: 'read' },
  m: { type: 'next-mode' },
  k: { type: 'kill-leader' },
  K: { type: 'process', action: 'kill' },
  s: { type: 'process', action: 'toggle' },
  p: { type: 'process', action: 'pause' },
  x: { type: 'process', action: 'power-cut' },
  c: { type: 'cut' },
  d: { type: 'delay' },
  h: { type: 'heal' },
  u: { type: 'undo' },
  '+': { type: 'tempo', by: 1 },
  '=': { type: 'tempo', by: 1 },
  '-': { type: 'tempo', by: -1 },
  '1': { type: 'select', digit: 1 },
  '2': { type: 'select', digit: 2 },
  '3': { type: 'select', digit: 3 },
  '4': { type: 'select', digit: 4 },
  '5': { type: 'select', digit: 5 },
  '6': { type: 'select', digit: 6 },
  '7': { type: 'select', digit: 7 },
  '8': { type: 'select', digit: 8 },
  '9': { type: 'select', digit: 9 },
  up: { type: 'move', direction: 'up' },
  down: { type: 'move', direction: 'down' },
  left: { type: 'move', direction: 'left' },
  right: { type: 'move', direction: 'right' },
  'page-up': { type: 'move', direction: 'page-up' },
  'page-down': { type: 'move', direction: 'page-down' },
  home: { type: 'move', direction: 'home' },
  end: { type: 'move', direction: 'end' },
  space: { type: 'freeze' },
  tab: { type: 'focus', by: 1 },
  'shift+tab': { type: 'focus', by: -1 },
  enter: { type: 'open' },
  z: { type: 'zoom' },
  '/': { type: 'ask', what: 'filter' },
  ':': { type: 'ask', what: 'command' },
  M: { type: 'mouse' },
  '?': { type: 'help' },
  escape: { type: 'back' },
  q: { type: 'quit', end: 'quit' },
  'ctrl+c': { type: 'quit', end: 'interrupted' },
  'ctrl+z': { type: 'suspend' },
};

describe('the keymap', () => {
  test('has these keys and no others, each once', () => {
    const keys = KEYMAP.flatMap((binding) => binding.keys);
    expect(keys.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  test.each(Object.entries(EXPECTED))('%s', (key, command) => {
    expect(commandOf(key)).toEqual(command);
  });

  test('j does nothing, and the help says why', () => {
    expect(commandOf('j')).toBeNull();
    expect(KEYMAP.find(({ keys }) => keys.includes('k'))?.help).toMatch(/not up.*j does nothing/);
  });
});

describe('the footer', () => {
  const words = (dashboard: Parameters<typeof hintRows>[0], width = 400) =>
    hintRows(dashboard, width, 3)
      .flat()
      .map((hint) => `${hint.keys} ${hint.words}`);

  test('names what keys would do now', () => {
    expect(words(running())).toEqual(expect.arrayContaining(['w write', 'm mode → sync', 'k kill -9 n1', 's stop n1']));
  });

  test('says how to get a replica back', () => {
    const down = running({}, { n1: { process: 'down', role: null } });
    expect(words(down, 60)).toEqual(expect.arrayContaining(['s start n1', 'h heal all']));
    const paused = running({}, { n1: { process: 'paused' } });
    expect(words(paused)).toEqual(expect.arrayContaining(['s resume n1', 'p resume n1', 'h heal all']));
  });

  test('without a connection names only what needs none', () => {
    expect(words(INITIAL)).toContain('q quit');
    expect(words(INITIAL).some((hint) => hint.startsWith('w '))).toBe(false);
  });

  test('behind the help names nothing that acts on the cluster', () => {
    expect(words(pressed(running(), '?')).some((hint) => /^[wtmkscd] /.test(hint))).toBe(false);
    expect(words(pressed(running(), '?'))).toEqual(expect.arrayContaining(['? help', 'Esc back', 'q quit']));
  });

  test('names the way back', () => {
    expect(words(pressed(running(), 'z'))).toContain('Esc back');
    expect(words(running())).not.toContain('Esc back');
  });

  test.each([58, 78, 118])('in %i columns and two rows has what matters most, and never breaks a hint', (width) => {
    const rows = hintRows(running(snapshotOf()), width, 2);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const text = row.map(({ keys, words: what }) => `${keys} ${what}`).join('  ');
      expect(widthOf(text)).toBeLessThanOrEqual(width);
    }
    const keys = rows.flat().map((hint) => hint.keys);
    expect(keys).toEqual(expect.arrayContaining(['w', 't', 'm', 'k', '?', 'q']));
  });
});
