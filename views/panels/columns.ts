/** A column of a table, as wide as what is in it. */
export interface Sized<Column extends { readonly rank: number }> {
  readonly column: Column;
  readonly width: number;
}

/** Blanks between columns. */
const COLUMN_GAP = 2;

export const columnGap = (index: number): string => (index === 0 ? '' : ' '.repeat(COLUMN_GAP));

/**
 * The columns that fit into `width`, by rank, in the order given, and how many blanks are left.
 *
 * @param isStrict the first that does not fit ends it: no other takes its place.
 */
export function fittingColumns<Column extends { readonly rank: number }>(
  columns: readonly Sized<Column>[],
  width: number,
  isStrict: boolean,
): { readonly fitting: readonly Sized<Column>[]; readonly left: number } {
  let left = width + COLUMN_GAP;
  const taken = new Set<Sized<Column>>();
  for (const one of columns.toSorted((a, b) => a.column.rank - b.column.rank)) {
    if (one.width + COLUMN_GAP <= left) {
      left -= one.width + COLUMN_GAP;
      taken.add(one);
    } else if (isStrict) break;
  }
  return { fitting: columns.filter((one) => taken.has(one)), left };
}
