// The help: every key once, every sign and every word that the screen uses, and all of it can be reached.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FATES } from '../../core/observe/ledger.ts';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { READ_LEVELS } from '../../core/protocol/requests.ts';
import { toAscii } from '../../views/ascii.ts';
import { ENTRY_GLYPHS } from '../../views/entry-glyphs.ts';
import { KEYMAP } from '../../views/keymap.ts';
import { LIGHTS } from '../../views/lights.ts';
import { GLOSSARY } from '../../views/overlays/glossary.ts';
import { helpRows } from '../../views/overlays/help.ts';
import { LEGEND } from '../../views/overlays/legend.ts';
import { textOf } from '../../views/span.ts';
import { widthOf } from '../../views/width.ts';
import { linesOf, screen } from './views-drawing.ts';
import { pressed, running } from './views-fakes.ts';

const TOPICS = 4;
const helpOf = (topic: number, width: number, height = 400, scrolled = 0) =>
  helpRows({ type: 'help', topic, scrolled }, width, height);
/** A topic without the names of all topics above it. */
const linesAt = (topic: number, width: number): string[] => linesOf(helpOf(topic, width).rows).slice(2);

/** Names and their words, which may go on below, indented. */
function pairsIn(lines: readonly string[], indent: number): (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (const line of lines) {
    const [name, words] = [line.slice(0, indent).trim(), line.slice(indent).trim()];
    const last = pairs.at(-1);
    if (name !== '') pairs.push([name, words]);
    else if (last && words !== '') last[1] += ` ${words}`;
  }
  return pairs;
}

describe.each([56, 76, 106])('in %i columns', (width) => {
  test('every key is there once, with what it does', () => {
    const lines = [...linesAt(0, width), ...linesAt(1, width)].filter((line) => line.startsWith('  '));
    const topics = ['write', 'read', 'break', 'mend', 'look', 'leave'];
    const keymap = KEYMAP.toSorted((a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic));
    expect(pairsIn(lines, 12)).toEqual(keymap.map(({ label, help }) => [label, help]));
  });

  test('every sign and every word is there, with what it means', () => {
    expect(pairsIn(linesAt(2, width), 15)).toEqual(LEGEND);
    expect(pairsIn(linesAt(3, width), 15)).toEqual(GLOSSARY);
  });
});

test('keys stand under the heading of their topic', () => {
  const headings = [...linesAt(0, 100), ...linesAt(1, 100)].filter((line) => /^\S/.test(line));
  expect(headings).toEqual([
    'write',
    'read',
    'break things',
    'mend them, and the tempo',
    'look around',
    'help, and leaving',
  ]);
});

test('no name touches its words', () => {
  for (const { label } of KEYMAP) expect(widthOf(label)).toBeLessThan(10);
  for (const [name] of [...LEGEND, ...GLOSSARY]) expect(widthOf(name)).toBeLessThan(15);
});

describe('in the smallest window', () => {
  const size = { columns: 60, rows: 20 };
  const shown = (...keys: string[]) => screen(pressed({ ...running(), size }, '?', ...keys), 60, 20).slice(2, 18);

  test.each(Array.from({ length: TOPICS }, (_, topic) => topic))('topic %i can be read to its last row', (topic) => {
    const all = linesAt(topic, 56);
    const tabs = Array.from({ length: topic }, () => 'tab');
    const seen = new Set<string>();
    for (let downs = 0; downs <= all.length; downs += 1) {
      for (const line of shown(...tabs, ...Array.from({ length: downs }, () => 'down')))
        seen.add(line.slice(2, -2).trim());
    }
    expect(all.filter((line) => !seen.has(line.trim()))).toEqual([]);
    const end = shown(...tabs, 'end');
    expect(end.at(-2)?.slice(2, -2).trimEnd()).toBe(all.at(-1));
    expect(end[0]).toMatch(/━ Esc closes ━╮$/);
    // From the end the first key up is seen.
    if (all.length > 12) expect(shown(...tabs, 'end', 'up')[0]).toContain('1 more below');
  });

  test('says how much more there is', () => {
    const rows = linesAt(0, 56).length;
    expect(shown()[0]).toContain(` ${rows - 12} more below: ↓ · Esc closes`);
    expect(shown('down', 'down')[0]).toContain(` ${rows - 14} more below`);
  });

  test('Tab goes on to the next topic, from the last to the first, and back', () => {
    const marked = (...keys: string[]) => /▸ (\w+)/.exec(shown(...keys)[1] ?? '')?.[1];
    expect([marked(), marked('tab'), marked('right', 'right'), marked('shift+tab')]).toEqual([
      'keys',
      'looking',
      'signs',
      'glossary',
    ]);
    expect(marked('tab', 'tab', 'tab', 'tab')).toBe('keys');
    expect(marked('left', 'left', 'left', 'left', 'left')).toBe('glossary');
  });
});

describe('nothing on the screen is left unexplained', () => {
  const signs = LEGEND.map(([name]) => name).join(' ');
  const words = GLOSSARY.map(([name]) => name);

  test('entries of a log, lights, marks', () => {
    for (const glyph of Object.values(ENTRY_GLYPHS)) expect(signs).toContain(glyph);
    for (const { glyph } of Object.values(LIGHTS)) expect(signs).toContain(glyph);
    for (const glyph of ['▸', '━', '● leader', '○ follower', '◐ candidate', '‖ paused', '✗ down', '▼', '✓', '!', '▶']) {
      expect(signs).toContain(glyph);
    }
  });

  test('modes, levels, outcomes, fates, and the words of the table', () => {
    for (const mode of WRITE_MODES) expect(words.some((word) => word.startsWith(mode))).toBe(true);
    for (const level of READ_LEVELS) expect(words.some((word) => word.startsWith(level))).toBe(true);
    const fate = GLOSSARY.find(([word]) => word === 'fate')?.[1];
    for (const name of FATES) expect(fate).toContain(name);
    for (const word of [
      'ok',
      'rejected',
      'unknown',
      'term',
      'position',
      'LSN',
      'durable',
      'committed',
      'lag',
      'token',
    ]) {
      expect(words).toContain(word);
    }
    for (const word of ['tempo', 'promises', 'session', 'ledger', 'router', 'election', 'quorum', 'p50, p99']) {
      expect(words).toContain(word);
    }
  });

  test('each name is there once', () => {
    expect(new Set(words).size).toBe(words.length);
    expect(new Set(LEGEND.map(([name, meaning]) => name + meaning)).size).toBe(LEGEND.length);
  });
});

describe('in ASCII', () => {
  const views = fileURLToPath(new URL('../../views/', import.meta.url));
  // Widths names whole ranges of characters.
  const glyphs = new Set(
    readdirSync(views, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path) && path !== 'width.ts')
      .map((path) => readFileSync(join(views, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/ .*/g, ''))
      .flatMap((text) => [...text])
      .filter((character) => character > '\x7f'),
  );

  test('every glyph that a view draws has one of its own', () => {
    expect(glyphs.size).toBeGreaterThan(30);
    for (const glyph of glyphs) {
      expect([glyph, widthOf(glyph)]).toEqual([glyph, 1]);
      // What has none becomes a question mark, as data does; that of a candidate is meant to be one.
      if (glyph !== '◐') expect([glyph, toAscii(glyph)]).not.toEqual([glyph, '?']);
    }
  });

  test('what stands for different things side by side stays different', () => {
    const distinct = (all: readonly string[]) => new Set(all.map(toAscii)).size;
    const entries = Object.values(ENTRY_GLYPHS);
    expect(distinct(entries)).toBe(entries.length);
    const lights = Object.values(LIGHTS).map(({ glyph }) => glyph);
    expect(distinct(lights)).toBe(lights.length);
    expect(distinct(['●', '○', '◐', '‖', '✗', '·'])).toBe(6);
    expect(distinct(['·', '✓', '!', '✗'])).toBe(4);
    expect(distinct(['─', '━'])).toBe(2);
    expect(distinct(['▸', ' '])).toBe(2);
    expect(textOf(helpOf(0, 100).title)).toBe('help');
  });
});
