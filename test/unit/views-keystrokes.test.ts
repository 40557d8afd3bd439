// Keys: what a terminal sends, as Ink reads it, and what the dashboard calls it; and what a key does to a line.
import fc from 'fast-check';
import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { type Edit, EMPTY_EDIT, edited, editOf, textOfEdit, typed } from '../../views/edit.ts';
import { keysOf } from '../../views/keystrokes.ts';
import { texts } from './views-texts.ts';

const NONE: Key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false },
  ...{ home: false, end: false, return: false, escape: false, ctrl: false, shift: false, tab: false },
  ...{ backspace: false, delete: false, meta: false, super: false, hyper: false, capsLock: false, numLock: false },
};

describe('one event of input', () => {
  test.each<[string, Partial<Key>, readonly string[]]>([
    ['w', {}, ['w']],
    ['W', { shift: true }, ['W']],
    [' ', {}, ['space']],
    ['', { upArrow: true }, ['up']],
    ['', { pageDown: true }, ['page-down']],
    ['', { tab: true }, ['tab']],
    ['', { tab: true, shift: true }, ['shift+tab']],
    ['', { return: true }, ['enter']],
    ['c', { ctrl: true }, ['ctrl+c']],
    ['', { ctrl: true }, []],
    ['', { escape: true }, ['escape']],
  ])('%j %o is %j', (input, key, keys) => {
    expect(keysOf(input, { ...NONE, ...key })).toEqual(keys);
  });

  test('many keys typed fast are each their own', () => {
    expect(keysOf('www', NONE)).toEqual(['w', 'w', 'w']);
    expect(keysOf('Wk1\rv\r', NONE)).toEqual(['W', 'k', '1', 'enter', 'v', 'enter']);
    expect(keysOf('a\tb \n\x7f\bé漢\x1b', NONE)).toEqual([
      'a',
      'tab',
      'b',
      'space',
      'enter',
      'backspace',
      'backspace',
      'é',
      '漢',
      'escape',
    ]);
    expect(keysOf('\x01\x03\x1a', NONE)).toEqual(['ctrl+a', 'ctrl+c', 'ctrl+z']);
  });

  test('control characters that no key sends are none', () => {
    expect(keysOf('a\x00\x1c\x1d\x1e\x1f\x80\x9bb', NONE)).toEqual(['a', 'b']);
  });

  test('with Alt it is another key, which is bound to nothing; Escape twice is Escape', () => {
    expect(keysOf('k', { ...NONE, meta: true })).toEqual([]);
    expect(keysOf('', { ...NONE, meta: true, upArrow: true })).toEqual([]);
    expect(keysOf('\r', { ...NONE, meta: true, return: true })).toEqual([]);
    expect(keysOf('k', { ...NONE, super: true })).toEqual([]);
    expect(keysOf('\x1b', { ...NONE, meta: true, escape: true })).toEqual(['escape']);
  });

  test('what is left of a sequence that Ink does not know is not typed', () => {
    for (const input of ['[27;5;9~', '[?1;2c', '[1;5k', '[<0;12;7M']) expect(keysOf(input, NONE)).toEqual([]);
    expect(keysOf('[k', NONE)).toEqual(['[', 'k']);
  });

  test('a key that is let go is none', () => {
    expect(keysOf('k', { ...NONE, eventType: 'release' })).toEqual([]);
    expect(keysOf('k', { ...NONE, eventType: 'press' })).toEqual(['k']);
  });
});

describe('a line that is typed', () => {
  /** `ab|cd`: with the cursor at the bar. */
  const at = (text: string): Edit => {
    const [before = '', after = ''] = text.split('|');
    return { before, after };
  };
  const after = (text: string, ...keys: string[]): string => {
    const { before, after: behind } = keys.reduce((edit, key) => edited(edit, key) ?? edit, at(text));
    return `${before}|${behind}`;
  };

  test.each([
    ['ab|cd', 'left', 'a|bcd'],
    ['ab|cd', 'right', 'abc|d'],
    ['|ab', 'left', '|ab'],
    ['ab|', 'right', 'ab|'],
    ['ab|cd', 'home', '|abcd'],
    ['ab|cd', 'ctrl+a', '|abcd'],
    ['ab|cd', 'end', 'abcd|'],
    ['ab|cd', 'ctrl+e', 'abcd|'],
    ['ab|cd', 'backspace', 'a|cd'],
    ['ab|cd', 'delete', 'ab|d'],
    ['|', 'backspace', '|'],
    ['ab|cd', 'ctrl+u', '|cd'],
    ['ab|cd', 'ctrl+k', 'ab|'],
    ['link n1 n2  |x', 'ctrl+w', 'link n1 |x'],
    ['漢字|', 'left', '漢|字'],
    ['ax\u0301|', 'backspace', 'a|'],
    ['👩‍👩‍👧|', 'backspace', '|'],
    ['ab|cd', 'x', 'abx|cd'],
  ])('%s, %s: %s', (before, key, behind) => {
    expect(after(before, key)).toBe(behind);
  });

  test('other keys do nothing to it', () => {
    for (const key of ['up', 'tab', 'ctrl+x', 'page-up', 'f1']) expect(edited(at('a|b'), key)).toBeNull();
  });

  test('takes text as it is, in one line, up to a bound, and no half characters', () => {
    expect(typed(EMPTY_EDIT, 'a\nb\tc').before).toBe('a b c');
    const full = typed(EMPTY_EDIT, 'x'.repeat(5000));
    expect(full.before).toHaveLength(4096);
    expect(edited(full, 'y')).toEqual(full);
    expect(typed(editOf('x'.repeat(4095)), '👍').before).toBe('x'.repeat(4095));
  });

  test('whatever is pressed, the text is whole characters on both sides of the cursor', () => {
    const keys = fc.constantFrom('left', 'right', 'home', 'end', 'backspace', 'delete', 'ctrl+w', '漢', 'a', '\u0301');
    fc.assert(
      fc.property(texts(), fc.array(keys, { maxLength: 20 }), (text, pressed) => {
        const edit = pressed.reduce((before, key) => edited(before, key) ?? before, typed(EMPTY_EDIT, text));
        expect(textOfEdit(edit).isWellFormed()).toBe(true);
        const there = edited(edited(edit, 'home') ?? edit, 'end');
        expect(there).toEqual(editOf(textOfEdit(edit)));
      }),
    );
  });
});
