import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { actionOf, hintsOf, KEYMAP } from '../../views/keymap.ts';
import { keysOf } from '../../views/keystrokes.ts';
import { INITIAL } from '../../views/state.ts';
import { CONNECTED, changed, dashboardAfter, snapshotChange } from './views-fakes.ts';

const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe('the keymap', () => {
  test('maps no key twice', () => {
    const keys = KEYMAP.flatMap((binding) => binding.keys);
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });

  test.each([
    ['w', { type: 'write' }],
    ['r', { type: 'read', level: 'any' }],
    ['t', { type: 'read', level: 'token' }],
    ['m', { type: 'next-mode' }],
    ['k', { type: 'kill-leader' }],
    ['s', { type: 'toggle' }],
    ['up', { type: 'move', by: -1 }],
    ['down', { type: 'move', by: 1 }],
    ['1', { type: 'select', digit: 1 }],
    ['9', { type: 'select', digit: 9 }],
    ['q', { type: 'quit', end: 'quit' }],
    ['ctrl+c', { type: 'quit', end: 'interrupted' }],
  ])('%s', (key, action) => {
    expect(actionOf(key)).toEqual(action);
  });

  test.each(['j', 'W', '0', 'enter', 'escape', 'ctrl+k', '💥'])('%s does nothing', (key) => {
    expect(actionOf(key)).toBeNull();
  });
});

describe('the footer tells what the keys do now', () => {
  const hints = (...changes: Parameters<typeof changed>[0][]) =>
    hintsOf(dashboardAfter(...changes.map(changed))).map(({ keys, words }) => `${keys} ${words}`);

  test('with a cluster that runs', () => {
    expect(hints(CONNECTED, snapshotChange())).toEqual([
      'w write',
      'r read any',
      't token read',
      'm mode → sync',
      'k kill -9 n1',
      's stop n1',
      '↑↓ 1-3 select',
      'q quit',
    ]);
  });

  test('with a replica down and nobody leading', () => {
    const now = hints(CONNECTED, snapshotChange({ leader: null }, { n1: { process: 'down' } }));
    expect(now).toContain('s start n1');
    expect(now.join()).not.toContain('kill');
  });

  test('without a connection: nothing that needs one', () => {
    const disconnected = { type: 'connection', connected: false, message: 'gone' } as const;
    expect(hints(CONNECTED, snapshotChange(), disconnected)).toEqual(['↑↓ 1-3 select', 'q quit']);
    expect(hintsOf(INITIAL)).toEqual([{ keys: 'q', words: 'quit' }]);
  });

  test('with one replica there is nothing to select', () => {
    const alone = dashboardAfter(changed(CONNECTED), changed(snapshotChange({ leader: replicaId('n1') }, {}, 1)));
    expect(hintsOf(alone).map(({ words }) => words)).not.toContain('select');
  });
});

describe('keystrokes', () => {
  test('typed fast, they arrive as one: each code point is a key', () => {
    expect(keysOf('www', NO_KEY)).toEqual(['w', 'w', 'w']);
    expect(keysOf('w\rk💥', NO_KEY)).toEqual(['w', 'enter', 'k', '💥']);
  });

  test('arrows, Enter, Esc and Ctrl have names', () => {
    expect(keysOf('', { ...NO_KEY, upArrow: true })).toEqual(['up']);
    expect(keysOf('', { ...NO_KEY, downArrow: true })).toEqual(['down']);
    expect(keysOf('\r', { ...NO_KEY, return: true })).toEqual(['enter']);
    expect(keysOf('', { ...NO_KEY, escape: true, meta: true })).toEqual(['escape']);
    expect(keysOf('c', { ...NO_KEY, ctrl: true })).toEqual(['ctrl+c']);
  });

  test('a key with Alt is not that key, nor is one let go', () => {
    expect(keysOf('k', { ...NO_KEY, meta: true })).toEqual([]);
    expect(keysOf('k', { ...NO_KEY, eventType: 'release' })).toEqual([]);
    expect(keysOf('', { ...NO_KEY, pageUp: true })).toEqual([]);
  });
});
