import type { Random } from '../../../core/protocol/random.ts';

/** A whole number in [0, count). */
export const pick = (random: Random, count: number): number => Math.floor(random.between(0, count));

export const oneOf = <Item>(random: Random, items: readonly Item[]): Item | undefined =>
  items[pick(random, items.length)];

/** Draws one of the names, each as often as its weight says. */
export function drawWeighted<Name extends string>(random: Random, weights: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries(weights) as [Name, number][];
  let left = random.between(
    0,
    entries.reduce((sum, [, weight]) => sum + weight, 0),
  );
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  throw new Error('all weights are 0');
}
