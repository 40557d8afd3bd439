import { FAULT_NAMES } from '../../core/sim/faults.ts';
import { drawOptions } from '../../core/sim/options.ts';
import type { Failure, Result } from '../../core/sim/simulate.ts';
import { describeOptions } from '../../core/sim/story.ts';
import type { Tally } from './tally.ts';

/** The command that runs this again: what its options have other than its seed draws is in its flags. */
export function replayCommand({ seed, options }: Result): string {
  const drawn = drawOptions(seed);
  const flags = (['events', 'replicas', 'clients', 'batch', 'tempo', 'network'] as const)
    .filter((name) => options[name] !== drawn[name])
    .map((name) => `--${name} ${options[name]}`);
  const [mode] = options.modes;
  if (options.modes.join() !== drawn.modes.join()) flags.push(`--mode ${mode}`);
  const without = FAULT_NAMES.filter((fault) => drawn.faults[fault] > 0 && options.faults[fault] === 0);
  if (without.length > 0) flags.push(`--without ${without.join(',')}`);
  return ['lockstep sim', `--seed ${seed}`, ...flags].join(' ');
}

/** What failed, with what, and how to see it again. `smallest`: as far as the run could be shrunk. */
export function failureLines(failed: Result & { readonly failure: Failure }, smallest: Result | null): string[] {
  const { seed, failure, options } = failed;
  const { kind, check, step, atMs, message, stack } = failure;
  const isSmaller = smallest !== null && replayCommand(smallest) !== replayCommand(failed);
  return [
    `seed ${seed}: ${kind} (${check}) at event ${step}, ${(atMs / 1000).toFixed(3)} s of virtual time`,
    `  ${message}`,
    ...(stack ? stack.split('\n').slice(1, 6) : []),
    `  options: ${describeOptions(options)}`,
    `  replay: ${replayCommand(failed)}`,
    ...(isSmaller ? [`  smallest: ${describeOptions(smallest.options)}`, `  replay: ${replayCommand(smallest)}`] : []),
  ];
}

export function summaryLines({ seeds, events, ms, counts, faults, failures }: Tally, seconds: number): string[] {
  const of = (what: string): number => counts[what] ?? 0;
  const reads = ['any', 'token', 'linearizable'].map((level) => `${of(`reads ${level} served`)} ${level}`);
  const injected = Object.entries(faults).sort(([, a], [, b]) => b - a);
  return [
    `${seeds} seeds, ${failures.length} failed; ${Math.round(seeds / seconds)} a second, ${grouped(events)} events`,
    `${grouped(ms / 1000)} s of virtual time, ${of('leaders')} leaders, ${of('starts')} starts, ${of('rollbacks')} rollbacks, ${of('torn logs')} torn logs, ${of('logs begun anew')} begun anew`,
    `writes: ${of('writes ok')} ok, ${of('writes rejected')} rejected, ${of('writes unknown')} unknown; reads: ${reads.join(', ')}`,
    `faults: ${injected.map(([fault, times]) => `${fault} ${times}`).join(', ') || 'none'}`,
  ];
}

/** A bar and what is behind it, in one line of at most `columns`. */
export function progressLine({ seeds, failures }: Tally, count: number, seconds: number, columns: number): string {
  const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
  const words = ` ${seeds} of ${count} seeds, ${Math.round(seeds / Math.max(seconds, 0.001))} a second${failed}`;
  const width = Math.max(0, Math.min(BAR_COLUMNS, columns - words.length - 3));
  const full = Math.floor((width * seeds) / count);
  const bar = width > 0 ? `[${'#'.repeat(full)}${'-'.repeat(width - full)}]` : '';
  return `${bar}${words}`.slice(0, Math.max(0, columns - 1));
}

const BAR_COLUMNS = 40;

const grouped = (value: number): string => Math.round(value).toLocaleString('en');
