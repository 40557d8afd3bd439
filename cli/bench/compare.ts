import { type CaseResult, isLoad } from './result.ts';

/** The name by which a result is found again in another run: the same case, done the same way. */
export function keyOfResult(result: CaseResult): string {
  const { case: name, mode, replicas } = result;
  if (!isLoad(result)) return [name, mode, replicas].join(' ');
  return [name, result.path, mode, replicas, result.valueBytes, result.rate ?? ''].join(' ');
}

/** The results in what a former run printed with `--json`; lines of other kinds, and what is no JSON, are passed over. */
export function parseResults(text: string): ReadonlyMap<string, CaseResult> {
  const results = text.split('\n').flatMap((line) => {
    const value = parse(line);
    return value?.event === 'case' && typeof value.case === 'string' ? [value as unknown as CaseResult] : [];
  });
  return new Map(results.map((result) => [keyOfResult(result), result]));
}

/** How much more, or less, there is now than before, by the figures' names: 2 is twice as much. */
export function ratiosOf(now: CaseResult, before: CaseResult): Readonly<Record<string, number>> {
  const [newer, older] = [figuresOf(now), figuresOf(before)];
  return Object.fromEntries(
    Object.entries(newer).flatMap(([name, value]) => {
      const was = older[name];
      const ratio = value === null || was === undefined || was === null ? Number.NaN : value / was;
      return Number.isFinite(ratio) ? [[name, Number(ratio.toFixed(3))]] : [];
    }),
  );
}

function figuresOf(result: CaseResult): Readonly<Record<string, number | null>> {
  if (!isLoad(result)) {
    return Object.fromEntries(Object.entries(result.measures).map(([name, { median }]) => [name, median]));
  }
  const { opsPerSecond, latencyMs } = result;
  return { opsPerSecond: opsPerSecond.median, p50: latencyMs.p50, p99: latencyMs.p99, p999: latencyMs.p999 };
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
