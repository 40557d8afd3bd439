/** How many of `members` replicas are a majority. */
export const quorumSize = (members: number): number => Math.floor(members / 2) + 1;

/**
 * The largest value that a majority has reached, given one value for each member. Watermarks, heartbeat rounds and
 * times of contact are all counted here.
 */
export function reachedByQuorum(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => b - a);
  return sorted[quorumSize(values.length) - 1] ?? 0;
}
