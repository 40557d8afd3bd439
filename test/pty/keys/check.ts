import { expect } from 'vitest';
import type { ReplicaSnapshot } from '../../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../../core/protocol/position.ts';
import type { Running } from '../../process/running.ts';
import { key, type Terminal } from '../terminal.ts';

/** A fresh dashboard, 120×40, attached to a cluster that is as it was at its start, but for its log. */
export interface Stage {
  readonly terminal: Terminal;
  /** The same cluster, as another client sees it. */
  readonly cluster: Running;
  readonly leader: ReplicaId;
  readonly follower: ReplicaId;
}

/** What some keys must do. */
export interface KeyCheck {
  /** As the keymap names them. */
  readonly keys: readonly string[];
  readonly does: string;
  readonly check: (stage: Stage) => Promise<void>;
}

/** Waits until another client sees a replica so. */
export async function seen(
  { cluster }: Stage,
  id: ReplicaId,
  wanted: (replica: ReplicaSnapshot) => boolean,
): Promise<void> {
  await cluster.until(({ replicas }) => replicas.some((replica) => replica.id === id && wanted(replica)));
}

/** Presses Esc, and waits until something has gone: what follows an Esc too soon would be a key with Alt. */
export async function back(terminal: Terminal, from: string | RegExp): Promise<void> {
  await terminal.until(from);
  terminal.press(key.escape);
  await terminal.until((screen) => (typeof from === 'string' ? !screen.includes(from) : !from.test(screen)));
}

/** Whether a question stands above the last row: all of it, with what is typed so far, and nothing behind that. */
export const asks =
  (wanted: string | RegExp) =>
  (screen: string): boolean => {
    const question = screen.split('\n').at(-2)?.replace('▏', '').trim() ?? '';
    return typeof wanted === 'string' ? question === wanted : wanted.test(question);
  };

/** What the footer says of a key now; empty if nothing. */
export function hint(screen: string, label: string): string {
  const footer = screen.split('\n').slice(-2).join('  ');
  return new RegExp(`(?:^ |  )${label} (.*?)(?:  |$)`).exec(footer)?.[1] ?? '';
}

/** The number before a word, as in `3 ok`. */
export function countOf(screen: string, word: string): number {
  const found = new RegExp(`(\\d+) ${word}\\b`).exec(screen)?.[1];
  expect(found, `a number of ${word}`).toBeDefined();
  return Number(found);
}
