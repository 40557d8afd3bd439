import { actsOnCluster, KEYMAP } from './keymap.ts';
import type { Binding } from './keys/binding.ts';
import type { Dashboard } from './state.ts';
import { widthOf } from './width.ts';

/** Keys and what they would do now. */
export interface KeyHint {
  readonly keys: string;
  readonly words: string;
}

const GAP = 2;

/** The keys that do something now, on `rows` rows of `width` columns: those that matter most, as many as fit, in the keymap's order. */
export function hintRows(dashboard: Dashboard, width: number, rows: number): readonly (readonly KeyHint[])[] {
  const all = KEYMAP.flatMap((binding, place) => {
    const hint = isOpen(dashboard, binding) ? binding.hint(dashboard) : null;
    return hint === null ? [] : [{ keys: hint.keys ?? binding.label, words: hint.words, rank: hint.rank, place }];
  });
  const ranked = all.toSorted((a, b) => a.rank - b.rank);
  for (let count = ranked.length; count > 0; count -= 1) {
    const chosen = ranked.slice(0, count).sort((a, b) => a.place - b.place);
    const packed = pack(chosen, width);
    if (packed.length <= rows) return packed;
  }
  return [];
}

/** Behind what is laid over the panels, nothing acts on the cluster. */
const isOpen = ({ overlay }: Dashboard, { keys }: Binding): boolean => overlay === null || !keys.some(actsOnCluster);

const hintWidth = ({ keys, words }: KeyHint): number => widthOf(keys) + 1 + widthOf(words);

/** In order, from row to row; a hint is never broken. */
function pack(hints: readonly KeyHint[], width: number): KeyHint[][] {
  const rows: KeyHint[][] = [[]];
  let used = 0;
  for (const { keys, words } of hints) {
    const needed = hintWidth({ keys, words }) + (used === 0 ? 0 : GAP);
    if (used > 0 && used + needed > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push({ keys, words });
    used += used === 0 ? hintWidth({ keys, words }) : needed;
  }
  return rows;
}
