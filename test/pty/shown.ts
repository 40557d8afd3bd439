import { connect } from 'node:net';
import { expect } from 'vitest';
import type { Terminal } from './terminal.ts';

/** Waits for a dashboard with a leader; gives `host:port` of the cluster it shows. */
export async function opened(terminal: Terminal): Promise<string> {
  const screen = await terminal.until(/● n\d leads/);
  const addr = /lockstep · (127\.0\.0\.1:\d+)/.exec(screen)?.[1];
  if (addr === undefined) throw new Error(`no address on the screen:\n${screen}`);
  return addr;
}

/** The cell, from 0, where the first `text` on the screen begins. */
export function placeOf(screen: string, text: string | RegExp): { readonly x: number; readonly y: number } {
  for (const [y, line] of screen.split('\n').entries()) {
    const x = line.search(text instanceof RegExp ? text : text.replaceAll(/[^\w\s]/g, '\\$&'));
    if (x >= 0) return { x, y };
  }
  throw new Error(`not on the screen: ${text}\n${screen}`);
}

/** Modes of a terminal that a dashboard sets, and how it unsets them. */
const MODES = [
  ['\x1b[?1049h', '\x1b[?1049l'],
  ['\x1b[?25l', '\x1b[?25h'],
  ['\x1b[?2004h', '\x1b[?2004l'],
  ['\x1b[?1000h', '\x1b[?1000l'],
  ['\x1b[?1006h', '\x1b[?1006l'],
] as const;

/** The terminal is as it was: the screen, the cursor, what is pasted, the mouse. */
export function expectGivenBack({ output, isAlternate }: Terminal): void {
  expect(isAlternate).toBe(false);
  for (const [set, unset] of MODES) {
    expect(output, `never set: ${JSON.stringify(set)}`).toContain(set);
    expect(output.lastIndexOf(unset), `not unset: ${JSON.stringify(set)}`).toBeGreaterThan(output.lastIndexOf(set));
  }
}

/** Whether somebody listens at `host:port`. */
export function isListening(addr: string): Promise<boolean> {
  const [host = '', port] = addr.split(':');
  const socket = connect({ host, port: Number(port) });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((is) => {
    socket.destroy();
    return is as boolean;
  });
}
