import { describe, expect, test } from 'vitest';
import { textOfEdit } from '../../views/edit.ts';
import { step } from '../../views/model.ts';
import { levelOf } from '../../views/prompt.ts';
import type { Dashboard, Effect } from '../../views/state.ts';
import { pressed, running } from './views-fakes.ts';

/** What a string of keys does; `\r` is Enter. */
function typing(
  dashboard: Dashboard,
  ...keys: readonly string[]
): { dashboard: Dashboard; effects: readonly Effect[] } {
  const effects: Effect[] = [];
  let now = dashboard;
  for (const key of keys.flatMap((text) => (text.length > 1 && /^[a-z]+[-+a-z]*$/.test(text) ? [text] : [...text]))) {
    const next = step(now, { type: 'key', key: { '\r': 'enter', ' ': 'space' }[key] ?? key });
    now = next.dashboard;
    effects.push(...next.effects);
  }
  return { dashboard: now, effects };
}
const line = (text: string): string[] => [...text];
const answerOf = ({ prompt }: Dashboard): string | null => prompt && textOfEdit(prompt.edit);

describe('W and R', () => {
  test('Wk1⏎v⏎ is one write', () => {
    const { dashboard, effects } = typing(running(), ...line('Wk1\rv 1\r'));
    expect(effects).toEqual([{ type: 'write', number: 1, request: { op: 'write', key: 'k1', value: 'v 1' } }]);
    expect(dashboard.prompt).toBeNull();
  });

  test('keys go to the answer while something is asked: k kills nobody', () => {
    const { dashboard, effects } = typing(running(), ...line('Wkq'));
    expect(effects).toEqual([]);
    expect(answerOf(dashboard)).toBe('kq');
  });

  test('an empty value is one, an empty key is none', () => {
    expect(typing(running(), ...line('Wk\r\r')).effects).toMatchObject([{ request: { key: 'k', value: '' } }]);
    const none = typing(running(), ...line('W\r'));
    expect([none.effects, none.dashboard.prompt]).toEqual([[], null]);
    expect(none.dashboard.notice).toMatchObject({ tone: 'bad' });
  });

  test('R reads a key at a level, a token read if none is named', () => {
    const read = (text: string) => typing(running(), ...line(text)).effects;
    expect(read('Rx\r\r')).toMatchObject([{ request: { op: 'read', key: 'x', level: 'token' } }]);
    expect(read('Rx\rany\r')).toMatchObject([{ request: { key: 'x', level: 'any' } }]);
    expect(read('Rx\rl\r')).toMatchObject([{ request: { key: 'x', level: 'linearizable' } }]);
    const wrong = typing(running(), ...line('Rx\rbest\r'));
    expect([wrong.effects, wrong.dashboard.prompt?.asks]).toEqual([[], 'read-level']);
    expect(wrong.dashboard.notice?.text).toBe('a level is any, token or linearizable, not best');
  });

  test('levels are known by their beginning', () => {
    expect(['', 'a', 'TOK', 'lin', 'x'].map(levelOf)).toEqual(['token', 'any', 'token', 'linearizable', null]);
  });

  test('Esc leaves, Ctrl-C quits', () => {
    expect(typing(running(), 'W', 'a', 'escape').dashboard.prompt).toBeNull();
    expect(step(pressed(running(), 'W'), { type: 'key', key: 'ctrl+c' }).effects).toEqual([
      { type: 'quit', end: 'interrupted' },
    ]);
  });

  test('pasted text goes into the answer, its line ends as blanks; without a question nowhere', () => {
    const paste = (dashboard: Dashboard) => step(dashboard, { type: 'paste', text: 'kkk\r\nq' }).dashboard;
    expect(answerOf(paste(pressed(running(), 'W')))).toBe('kkk  q');
    const idle = running();
    expect(paste(idle)).toBe(idle);
  });
});

describe('/', () => {
  test('filters while it is typed; Enter keeps it, Esc brings the one before back; once more, it ends', () => {
    expect(typing(running(), ...line('/n2')).dashboard.filter).toBe('n2');
    const kept = typing(running(), ...line('/n2\r')).dashboard;
    expect([kept.filter, kept.prompt]).toEqual(['n2', null]);
    expect(answerOf(pressed(kept, '/'))).toBe('n2');
    expect(typing(kept, ...line('/ and more')).dashboard.filter).toBe('n2 and more');
    expect(typing(kept, ...line('/ and more'), 'escape').dashboard.filter).toBe('n2');
    expect(pressed(kept, 'escape').filter).toBe('');
  });
});

describe(':', () => {
  const ran = (dashboard: Dashboard, text: string) => typing(dashboard, ...line(`:${text}\r`));

  test('runs a line and shows what it prints, until Esc', () => {
    const { dashboard, effects } = ran(running(), ' status ');
    expect(effects).toEqual([{ type: 'run', line: 'status' }]);
    const said = step(step(dashboard, { type: 'output', line: 'one' }).dashboard, { type: 'ended', exit: 0 }).dashboard;
    expect(said.overlay).toMatchObject({ type: 'output', line: 'status', lines: ['one'], exit: 0 });
    expect(pressed(said, 'escape').overlay).toBeNull();
  });

  test('Esc stops what runs, and closes when it has ended', () => {
    const { dashboard } = ran(running(), 'load');
    const { dashboard: still, effects } = step(dashboard, { type: 'key', key: 'escape' });
    expect(effects).toEqual([{ type: 'stop' }]);
    expect(still.overlay).not.toBeNull();
  });

  test('nothing covers a command that runs, and no key behind it acts on the cluster', () => {
    const { dashboard } = ran(running(), 'load');
    for (const key of ['?', ':', '/']) {
      expect(pressed(dashboard, key)).toMatchObject({ overlay: { line: 'load' }, prompt: null });
      expect(pressed(dashboard, key).notice?.text).toBe('a command runs: Esc stops it');
    }
    expect(step(dashboard, { type: 'key', key: 'k' }).effects).toEqual([]);
  });

  test('q quits, as in many a program', () => {
    expect(ran(running(), 'q').effects).toEqual([{ type: 'quit', end: 'quit' }]);
  });

  test('an empty line runs nothing', () => {
    const { dashboard, effects } = ran(running(), '  ');
    expect([effects, dashboard.overlay, dashboard.prompt]).toEqual([[], null, null]);
  });

  test('↑ and ↓ go through earlier lines, each once, the last first', () => {
    let { dashboard } = ran(running(), 'one');
    for (const text of ['two', 'one']) {
      ({ dashboard } = step(dashboard, { type: 'ended', exit: 0 }));
      ({ dashboard } = ran(pressed(dashboard, 'escape'), text));
    }
    ({ dashboard } = step(dashboard, { type: 'ended', exit: 0 }));
    const asks = pressed(dashboard, 'escape', ':');
    const recalled = (...keys: string[]) => answerOf(pressed(asks, ...keys));
    expect([
      recalled('up'),
      recalled('up', 'up'),
      recalled('up', 'up', 'up'),
      recalled('up', 'up', 'down'),
      recalled('up', 'down'),
    ]).toEqual(['one', 'two', 'two', 'one', '']);
  });

  test('Tab asks what fits, takes what is common, and shows the choice', () => {
    const { dashboard, effects } = typing(running(), ...line(':po'), 'tab');
    expect(effects).toEqual([{ type: 'complete', line: 'po' }]);
    const fits = (...words: string[]) =>
      step(dashboard, { type: 'completed', completions: words.map((word) => ({ word, words: '' })) }).dashboard;
    expect(answerOf(fits('power-cut'))).toBe('power-cut ');
    expect(answerOf(fits('power-cut', 'power-on'))).toBe('power-');
    expect(fits('power-cut', 'power-on').prompt?.completions).toHaveLength(2);
    expect(answerOf(fits('delay='))).toBe('delay=');
    expect(answerOf(fits())).toBe('po');
  });
});

describe('the line that is typed', () => {
  const typed = (...keys: readonly string[]) => answerOf(pressed(running(), 'W', ...keys));

  test('is edited as in a shell', () => {
    expect(typed('a', 'b', 'left', 'c')).toBe('acb');
    expect(typed('a', 'b', 'home', 'x', 'end', 'y')).toBe('xaby');
    expect(typed('a', 'b', 'backspace')).toBe('a');
    expect(typed('a', 'b', 'home', 'delete')).toBe('b');
    expect(typed('a', 'space', 'b', 'ctrl+w', 'c')).toBe('a c');
    expect(typed('a', 'b', 'left', 'ctrl+u')).toBe('b');
    expect(typed('a', 'b', 'left', 'ctrl+k')).toBe('a');
    expect(typed('a', 'page-up', 'ctrl+x', 'b')).toBe('ab');
  });

  test('an accent goes with its letter', () => {
    expect(typed('e', '\u0301', 'backspace')).toBe('');
    expect(typed('e', '\u0301', 'left', 'x')).toBe('xe\u0301');
  });
});
