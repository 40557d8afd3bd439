import { describe, expect, test, vi } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { COLOURLESS, COLOURS } from '../../views/theme.ts';
import { draw, READ, RUNNING, readIt, screen, stripSgr, WRITE, wrote } from './views-drawing.tsx';
import { changed, dashboardAfter, eventOf, okWrite, readOf, snapshotChange } from './views-fakes.ts';

// Before Ink is imported, which looks but once: colours are asked for here, also where there is no terminal.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '3';
});

test('what data says is shown, never obeyed', () => {
  const evil = '\x1b[2J\x1b]0;owned\x07\r\b\u202e\u200b\ud800\n\x9b31m';
  const dashboard = dashboardAfter(
    { type: 'change', change: { type: 'connection', connected: true, message: evil } },
    changed(snapshotChange({ cluster: evil })),
    changed({
      type: 'event',
      event: eventOf(1, { type: 'lost', id: evil, key: evil, position: '1:1', mode: 'async' }),
    }),
    WRITE,
    wrote({
      ...okWrite('1:7'),
      outcome: 'unknown',
      durableOn: [replicaId(evil)],
      error: { code: 'leader-lost', message: evil },
    }),
    READ,
    readIt(readOf({ value: evil, why: evil, servedBy: replicaId(evil) })),
    {
      type: 'control-answered',
      control: { op: 'kill', target: 'leader' },
      reply: { type: 'disconnected', message: evil },
    },
  );
  for (const theme of [COLOURLESS, COLOURS]) {
    const rest = stripSgr(draw(dashboard, 120, 40, theme));
    expect(rest).not.toMatch(/[^\P{C}\n]/u);
    expect(rest.match(/\\x1b\[2J/g)?.length).toBeGreaterThanOrEqual(5);
  }
});

describe('colour', () => {
  const dashboard = dashboardAfter(...RUNNING, WRITE, wrote(okWrite('1:7')));

  test('is there, and changes no word', () => {
    expect(draw(dashboard, 80, 24, COLOURS)).toContain('\x1b[38;2;86;180;233m');
    expect(screen(dashboard, 80, 24, COLOURS)).toEqual(screen(dashboard, 80, 24, COLOURLESS));
  });

  test('without it there is none: bold at most', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
    const codes = draw(dashboard, 80, 24, COLOURLESS).match(/\x1b\[[\d;]*m/g) ?? [];
    expect(new Set(codes)).toEqual(new Set(['\x1b[1m', '\x1b[22m']));
  });
});
