export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
}

/** One line: median, best and worst. */
export function report(what: string, values: readonly number[], unit: string): void {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const figures = `median ${median(values).toFixed(1)}, best ${low.toFixed(1)}, worst ${high.toFixed(1)} ${unit}`;
  process.stdout.write(`${what}: ${figures} (${values.length})\n`);
}
