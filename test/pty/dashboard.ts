import type { ReplicaId } from '../../core/protocol/position.ts';
import type { PanelName } from '../../views/panel-names.ts';
import type { Running } from '../process/running.ts';
import { key, type Options, Terminal } from './terminal.ts';

/** A dashboard on a cluster that runs, beside whoever else looks at it. In 120×40 every panel has a place and a frame. */
export const attach = (
  { addr, sandbox }: Running,
  { args = [], ...options }: Options & { readonly args?: readonly string[] } = {},
): Terminal => new Terminal(['attach', '--addr', addr, ...args], { columns: 120, rows: 40, sandbox, ...options });

/** Waits until there is a leader, and every one of so many replicas has told what it is: the last may come later. */
export async function open(terminal: Terminal, replicas = 3): Promise<ReplicaId> {
  const isKnown = (screen: string, id: string): boolean => /leader|follower/.test(row(screen, id));
  const ids = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
  const screen = await terminal.until((now) => leaderOf(now) !== '' && ids.every((id) => isKnown(now, id)));
  return leaderOf(screen) as ReplicaId;
}

/** Who leads, as the header says; empty if nobody does. */
export const leaderOf = (screen: string): string => /● (n\d) leads/.exec(screen)?.[1] ?? '';

/** The four lights, in brief, as the header has them. */
export const lightsOf = (screen: string): string => /([○●▲✗]{4}) *$/.exec(screen.split('\n')[1] ?? '')?.[1] ?? '';

/** The line of the screen that a replica has in the table; empty if it has none. */
export function row(screen: string, id: string): string {
  const role = new RegExp(`\\b${id} +(?:● leader|● ex-leader|○ follower|◐ candidate|✗ down|‖ paused|· starting)`);
  return screen.split('\n').find((line) => role.test(line)) ?? '';
}

export const isSelected = (screen: string, id: string): boolean => row(screen, id).includes(`▸ ${id} `);

/** What is inside a frame whose title names `name`, where panels have frames; empty if there is none. */
export function panel(screen: string, name: PanelName): string {
  const lines = screen.split('\n').map((line) => [...line]);
  const title = new RegExp(`╭[─━] (?:(?:▸ )?[a-z]+ │ )*(?:▸ )?${name} [^╮]*╮`);
  for (const [y, line] of lines.entries()) {
    const found = title.exec(line.join(''));
    if (found === null) continue;
    const [from, to] = [found.index, found.index + found[0].length];
    const height = lines.slice(y).findIndex((below) => below[from] === '╰');
    return lines
      .slice(y, y + height)
      .map((below, i) => (i === 0 ? found[0] : below.slice(from + 1, to - 1).join('')))
      .join('\n');
  }
  return '';
}

/** The panel that has the focus, where panels have frames, and places of their own. */
export const focusOf = (screen: string): string => /╭━ ([a-z]+) /.exec(screen)?.[1] ?? '';

/** Selects a replica, by its digit. */
export async function select(terminal: Terminal, id: ReplicaId): Promise<void> {
  terminal.press(id.slice(1));
  await terminal.until((screen) => isSelected(screen, id));
}

/** Presses Tab until a panel has the focus. */
export async function focus(terminal: Terminal, name: PanelName): Promise<void> {
  for (let now = focusOf(terminal.screen()); now !== name; now = focusOf(terminal.screen())) {
    terminal.press(key.tab);
    await terminal.until((screen) => focusOf(screen) !== now);
  }
}

/** Makes a cluster as it was at its start, but for its log: whole, all running, in mode quorum, at the usual tempo. */
export async function mend(cluster: Running): Promise<void> {
  await cluster.client.ask({ op: 'heal' });
  await cluster.client.ask({ op: 'mode', mode: 'quorum' });
  await cluster.client.ask({ op: 'tempo', tempo: 'normal' });
  await cluster.until(({ replicas }) => replicas.every(({ process }) => process === 'up'));
  await cluster.leader();
}
