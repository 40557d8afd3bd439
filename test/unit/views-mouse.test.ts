// The mouse: its reports parted from keys, and what they ask for on a screen.
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import { clicked } from '../../views/screen.ts';
import type { Command, Dashboard } from '../../views/state.ts';
import { KeyInput, type TerminalInput } from '../../views/terminal/key-input.ts';
import { commandsOf } from '../../views/terminal/mouse.ts';
import { type MouseReport, MouseReports } from '../../views/terminal/mouse-reports.ts';
import { screen } from './views-drawing.ts';
import { pressed, running } from './views-fakes.ts';

const click = (x: number, y: number): MouseReport => ({ does: 'click', x, y });

/** Neighbouring pieces of keys joined: how they are cut is nobody's business. */
function joined(parts: readonly (string | MouseReport)[]): (string | MouseReport)[] {
  return parts.reduce<(string | MouseReport)[]>((all, part) => {
    const last = all.at(-1);
    if (typeof last === 'string' && typeof part === 'string') all[all.length - 1] = last + part;
    else all.push(part);
    return all;
  }, []);
}

describe('reports and keys are parted', () => {
  test.each([
    ['\x1b[<0;12;7M', [click(11, 6)]],
    ['w\x1b[<0;1;1Mr', ['w', click(0, 0), 'r']],
    [
      '\x1b[A\x1b[<64;5;300Mkk\x1b[<65;5;300M\x1b[B',
      ['\x1b[A', { does: 'wheel-up', x: 4, y: 299 }, 'kk', { does: 'wheel-down', x: 4, y: 299 }, '\x1b[B'],
    ],
    // From a terminal that knows the old form only.
    ['w\x1b[M !!r\x1b[M`%$k', ['w', click(0, 0), 'r', { does: 'wheel-up', x: 4, y: 3 }, 'k']],
    ['a\x1b[M#!!b\x1b[M"!!c\x1b[M \ufffd!d', ['abcd']],
    // With shift, Alt or Ctrl it is still a click.
    ['\x1b[<4;2;2M\x1b[<24;2;2M', [click(1, 1), click(1, 1)]],
    // Released, dragged, the other buttons: nothing, but no keys either.
    ['a\x1b[<0;1;1mb\x1b[<32;1;1Mc\x1b[<1;1;1Md\x1b[<2;1;1Me\x1b[<66;1;1Mf', ['abcdef']],
    ['\x1b\x1b[<0;1;1M', ['\x1b', click(0, 0)]],
    ['日本\x1b[200~\x1b[201~é', ['日本\x1b[200~\x1b[201~é']],
    ['\x1b[<0;1M\x1b[<;;M\x1b[<0;1;1X', ['\x1b[<0;1M\x1b[<;;M\x1b[<0;1;1X']],
  ] as const)('%j', (text, parts) => {
    expect(joined(new MouseReports().part(text))).toEqual(parts);
    for (let first = 1; first < text.length; first += 1) {
      for (let second = first; second < text.length; second += 1) {
        const reports = new MouseReports();
        const chunks = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(joined(chunks.flatMap((chunk) => reports.part(chunk)))).toEqual(parts);
      }
    }
  });

  test('a lone Escape is kept back and given back; the beginning of a report is not', () => {
    const reports = new MouseReports();
    expect(reports.part('w\x1b')).toEqual(['w']);
    expect(reports.mayKeepKeys).toBe(true);
    expect(reports.release()).toBe('\x1b');
    expect(reports.mayKeepKeys).toBe(false);
    expect(reports.part('\x1b[<0;1')).toEqual([]);
    expect(reports.mayKeepKeys).toBe(false);
    expect(reports.release()).toBe('');
    expect(reports.part('2;3M')).toEqual([click(11, 2)]);
    expect(reports.part('\x1b[M ')).toEqual([]);
    expect(reports.mayKeepKeys).toBe(false);
    expect(reports.part('!!')).toEqual([click(0, 0)]);
  });

  test('what begins like a report is not kept for ever', () => {
    const reports = new MouseReports();
    const text = `\x1b[<${'1'.repeat(40)}`;
    expect(reports.part(text)).toEqual([text]);
  });
});

/** A terminal's input that is fed by hand, what stands in for it, and all that comes out, in order. */
function input() {
  const source = Object.assign(new PassThrough(), { isTTY: true, ref: vi.fn(), unref: vi.fn(), setRawMode: vi.fn() });
  const got: (string | MouseReport)[] = [];
  const gone = vi.fn();
  const keys = new KeyInput({
    source: source as unknown as TerminalInput,
    onMouse: (report) => got.push(report),
    onGone: gone,
  });
  keys.on('readable', () => {
    for (let chunk = keys.read(); chunk !== null; chunk = keys.read()) got.push(chunk);
  });
  return { source, keys, got, gone };
}

describe('the stand-in for the input', () => {
  test('hands on keys and reports in their order, however they arrive', async () => {
    const { source, keys, got } = input();
    keys.ref();
    source.write('w\x1b[<0;1;1Mr\x1b[<64;2;2M');
    source.write('\x1b[<0;3');
    source.write(';3Mk');
    await vi.waitFor(() => expect(joined(got)).toHaveLength(6));
    expect(joined(got)).toEqual(['w', click(0, 0), 'r', { does: 'wheel-up', x: 1, y: 1 }, click(2, 2), 'k']);
  });

  test('a lone Escape comes out though nothing follows', async () => {
    const { source, keys, got } = input();
    keys.ref();
    source.write('\x1b');
    await vi.waitFor(() => expect(got).toEqual(['\x1b']));
  });

  test('characters that are cut between two reads are whole', async () => {
    const { source, keys, got } = input();
    keys.ref();
    const bytes = Buffer.from('日');
    source.write(bytes.subarray(0, 1));
    source.write(bytes.subarray(1));
    await vi.waitFor(() => expect(joined(got)).toEqual(['日']));
  });

  test('before ref and after unref the input is not touched', async () => {
    const { source, keys, got } = input();
    source.write('a');
    await turn();
    expect(got).toEqual([]);
    keys.ref();
    await vi.waitFor(() => expect(got).toEqual(['a']));
    keys.unref();
    source.write('b');
    await turn();
    expect(got).toEqual(['a']);
    expect(source.listenerCount('data')).toBe(0);
    keys.ref();
    await vi.waitFor(() => expect(joined(got)).toEqual(['ab']));
  });

  test('raw mode is set on the terminal', () => {
    const { source, keys } = input();
    keys.setRawMode(true);
    expect(source.setRawMode).toHaveBeenCalledWith(true);
  });

  test.each([
    ['end', (source: PassThrough) => source.end()],
    ['error', (source: PassThrough) => source.destroy(new Error('EIO'))],
  ])('its %s is told', async (_name, end) => {
    const { source, keys, gone } = input();
    keys.ref();
    end(source);
    await vi.waitFor(() => expect(gone).toHaveBeenCalledTimes(1));
  });
});

describe('what the mouse asks for', () => {
  const size = { columns: 120, rows: 40 };
  const at = (dashboard: Dashboard) => ({ dashboard, size, title: '127.0.0.1:7400', charts: null });
  /** The cell of the first `text` on the screen. */
  function find(dashboard: Dashboard, text: string): { readonly x: number; readonly y: number } {
    const lines = screen(dashboard, size.columns, size.rows);
    const y = lines.findIndex((line) => line.includes(text));
    return { x: lines[y]?.indexOf(text) ?? -1, y };
  }
  const asked = (dashboard: Dashboard, does: MouseReport['does'], text: string): readonly Command[] =>
    commandsOf({ does, ...find(dashboard, text) }, at(dashboard));

  test('a click does what the screen says', () => {
    const dashboard = running();
    const { x, y } = find(dashboard, 'n2');
    expect(clicked(at(dashboard), x, y)).toEqual({ type: 'select', digit: 2 });
    expect(asked(dashboard, 'click', 'n2')).toEqual([{ type: 'select', digit: 2 }]);
    expect(commandsOf(click(0, 0), at(dashboard))).toEqual([]);
  });

  test('the wheel scrolls three rows of the panel under it, which gets the focus', () => {
    const move = { type: 'move', direction: 'up' };
    const panel = { type: 'focus-on', panel: 'events' };
    expect(asked(running(), 'wheel-up', 'events')).toEqual([panel, move, move, move]);
    expect(asked(running(), 'wheel-down', 'events').slice(1)).toEqual(
      Array(3).fill({ type: 'move', direction: 'down' }),
    );
  });

  test('of replicas, the wheel selects the next; of a log, it goes along the entries', () => {
    expect(asked(running(), 'wheel-down', 'replicas')).toEqual([
      { type: 'focus-on', panel: 'replicas' },
      { type: 'move', direction: 'down' },
    ]);
    expect(asked(running(), 'wheel-up', 'logs').at(-1)).toEqual({ type: 'move', direction: 'left' });
  });

  test('over what is laid over the panels, the wheel scrolls that, and a click does nothing', () => {
    const helped = pressed(running(), '?');
    expect(commandsOf({ does: 'wheel-down', x: 5, y: 5 }, at(helped))).toEqual(
      Array(3).fill({ type: 'move', direction: 'down' }),
    );
    expect(commandsOf(click(5, 5), at(helped))).toEqual([]);
  });

  test('a second click on an entry opens it', () => {
    const dashboard = running({}, { n1: { lsn: 5, position: '1:5' } });
    const point: Command = { type: 'point', replica: replicaId('n1'), lsn: 5 };
    const places = Array.from({ length: size.rows * size.columns }, (_, i) =>
      click(i % size.columns, Math.floor(i / size.columns)),
    );
    const onEntry = places.find(
      (place) => JSON.stringify(commandsOf(place, at(dashboard))) === JSON.stringify([point]),
    );
    if (!onEntry) throw new Error('no entry on the screen');
    const pointed: Dashboard = { ...pressed(dashboard, 'tab'), selected: replicaId('n1'), cursor: 5 };
    expect(commandsOf(onEntry, at(pointed))).toEqual([{ type: 'open' }]);
  });
});
