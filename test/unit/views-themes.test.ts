// Colours: every tone in every theme, readable on what it is drawn on, and never the only thing that tells.
import { describe, expect, test, vi } from 'vitest';
import { painter } from '../../views/paint.ts';
import { screenPicture } from '../../views/screen.ts';
import { bold, type Row, textOf, toned } from '../../views/span.ts';
import type { Dashboard } from '../../views/state.ts';
import { COLOURLESS, HUES, THEMES, type Theme, type Tone } from '../../views/theme.ts';
import { THEME_NAMES } from '../../views/theme-names.ts';
import { pressed, running } from './views-fakes.ts';
import { typical } from './views-typical.ts';

// Before the library of colours is imported, which looks but once: they are asked for where there is no terminal, too.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '3';
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
const SGR = /\x1b\[[\d;]*m/g;
const picture = (dashboard: Dashboard): Row[] =>
  screenPicture({ dashboard, size: { columns: 80, rows: 24 }, title: '', charts: null });
const painted = (dashboard: Dashboard, theme: Theme, ascii = false): string =>
  picture(dashboard).map(painter({ theme, ascii })).join('\n');

describe('every theme', () => {
  test.each(THEME_NAMES)('%s has a look for every tone', (name) => {
    expect(Object.keys(THEMES[name]).toSorted()).toEqual(Object.keys(COLOURLESS).toSorted());
    for (const hue of HUES) expect(THEMES[name]).toHaveProperty(hue);
  });

  test.each(THEME_NAMES)('%s changes no character', (name) => {
    for (const dashboard of [typical, pressed(typical, '?'), pressed(typical, ':', 'l', 'left')]) {
      expect(painted(dashboard, THEMES[name]).replaceAll(SGR, '')).toBe(picture(dashboard).map(textOf).join('\n'));
    }
  });

  test('without colour there is none, and no weight either', () => {
    for (const dashboard of [typical, pressed(typical, 'space'), pressed(typical, ':', 'l', 'left')]) {
      expect(painted(dashboard, COLOURLESS)).not.toContain('\x1b');
      expect(painted(dashboard, THEMES.dark)).toContain('\x1b[38;2;86;180;233m');
    }
  });

  test('mono has weight, but no colour', () => {
    const codes = new Set(painted(pressed(typical, 'space'), THEMES.mono).match(SGR));
    expect(codes).toEqual(new Set(['1', '2', '4', '7', '22', '24', '27'].map((code) => `\x1b[${code}m`)));
  });

  test('in ASCII the text is ASCII in any of them', () => {
    for (const name of THEME_NAMES) {
      expect(painted(typical, THEMES[name], true).replaceAll(SGR, '')).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });
});

describe('contrast, as WCAG measures it', () => {
  const DARK_ONES = ['rgb(0,0,0)', 'rgb(30,30,30)'];
  const coloursOf = (theme: Theme): [Tone, string][] =>
    Object.entries(theme).flatMap(([tone, { color }]) => (color?.startsWith('rgb') ? [[tone as Tone, color]] : []));

  test.each(coloursOf(THEMES.dark))('dark: %s, %s, is read on black and on dark grey', (tone, color) => {
    for (const ground of DARK_ONES) expect(contrast(color, ground)).toBeGreaterThanOrEqual(leastFor(tone));
  });

  test.each(coloursOf(THEMES.light))('light: %s, %s, is read on white', (tone, color) => {
    expect(contrast(color, 'rgb(255,255,255)')).toBeGreaterThanOrEqual(leastFor(tone));
  });

  test('is measured right', () => {
    expect(contrast('rgb(0,0,0)', 'rgb(255,255,255)')).toBeCloseTo(21);
    expect(contrast('rgb(118,118,118)', 'rgb(255,255,255)')).toBeCloseTo(4.54, 2);
    expect([coloursOf(THEMES.dark).length, coloursOf(THEMES.light).length]).toEqual([15, 16]);
  });
});

/** Text, and lines that are only to be seen. */
const leastFor = (tone: Tone): number => (tone === 'frame' ? 3 : 4.5);

function contrast(a: string, b: string): number {
  const [brighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map((value) => {
    const part = Number(value) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('nothing is told by colour or weight alone', () => {
  /** The window without either. */
  const bare = (dashboard: Dashboard): string => picture(dashboard).map(textOf).join('\n');

  test('who has the focus, which panel of several is shown, what is selected', () => {
    expect(bare(pressed(typical, 'tab'))).not.toBe(bare(typical));
    expect(bare(pressed(typical, '2'))).not.toBe(bare(typical));
    const links = pressed(typical, 'tab', 'tab', 'tab', 'tab');
    expect(bare(links)).toContain('session │ guarantees │ ▸ links │ charts');
  });

  test('where the cursor is in what is typed', () => {
    expect(bare(pressed(typical, ':', 'a', 'b'))).not.toBe(bare(pressed(typical, ':', 'a', 'b', 'left')));
  });

  test('that the screen is frozen, that load runs, which topic of the help is shown', () => {
    expect(bare(pressed(typical, 'space'))).toContain('FROZEN');
    expect(bare(pressed(typical, 'l'))).toContain('▶ load');
    expect(bare(pressed(running(), '?'))).not.toBe(bare(pressed(running(), '?', 'tab')));
  });
});

test('neighbours that look alike are painted in one stroke', () => {
  const paint = painter({ theme: THEMES.dark, ascii: false });
  const row = [toned('good', 'a'), toned('good', 'b'), bold('c', 'good')];
  expect(paint(row).replaceAll(SGR, '|')).toBe('|ab|||c||');
});
