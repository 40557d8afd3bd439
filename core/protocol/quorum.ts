/** How many of `members` replicas are a majority. */
export const quorumSize = (members: number): number => Math.floor(members / 2) + 1;

/**
 * The largest value that a majority has reached, given one value for each member. Watermarks, heartbeat rounds and
 * times of contact are all counted here.
 */
export function reachedByQuorum(values: readonly number[]): number {
  const needed = quorumSize(values.length);
  // Of so few values to count is faster than to sort, and it is done several times in a step.
  let reached = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value <= reached) continue;
    let count = 0;
    for (const other of values) if (other >= value) count += 1;
    if (count >= needed) reached = value;
  }
  return reached;
}
