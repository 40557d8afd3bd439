import type { EntryState } from './entries.ts';

/** How an entry of a log looks. */
export type EntryLook = EntryState | 'in-flight' | 'missing' | 'astray' | 'untold' | 'folded';

export const ENTRY_GLYPHS: Readonly<Record<EntryLook, string>> = {
  committed: '█',
  durable: '▓',
  logged: '▒',
  'in-flight': '›',
  missing: '·',
  astray: '▚',
  // Further back than what the replica tells of its lineage.
  untold: '░',
  // Gone from the log: a snapshot holds what it made.
  folded: '┈',
};
