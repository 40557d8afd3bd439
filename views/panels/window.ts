/** The first of `count` rows to be shown in `room` rows, such that row `at` is among them, in the middle if it can be. */
export function windowOf(count: number, room: number, at: number): number {
  return Math.max(0, Math.min(at - Math.floor(room / 2), count - room));
}
