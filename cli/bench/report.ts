import type { Floor, Quantiles } from './floor.ts';
import { type CaseResult, isLoad, type LoadResult, type Spread, type TimesResult } from './result.ts';

/** A client that takes this much of a core may be what was measured. */
const CLIENT_CPU_WORTH_SAYING = 0.8;
/** An open loop that is this far behind its times does not keep up: what is due this very moment is not meant. */
const BEHIND_SECONDS_MAX = 0.02;
const NAME_COLUMNS = 30;
const BAR_COLUMNS_MAX = 50;

/** What no write can do without, in the words that stand before all cases. */
export function floorLines({ fdatasyncMs, roundTripMs }: Floor): string[] {
  const words = ({ p50, p99 }: Quantiles): string => `${ms(p50)} (p99 ${ms(p99)})`;
  return [
    `${'floor: fdatasync'.padEnd(NAME_COLUMNS)}${words(fdatasyncMs)}`,
    `${'floor: loopback'.padEnd(NAME_COLUMNS)}${words(roundTripMs)}, there and back`,
  ];
}

/** `ratios`: to a former run; null: there is none. */
export function resultLines(result: CaseResult, ratios: Readonly<Record<string, number>> | null): string[] {
  return isLoad(result) ? loadLines(result, ratios) : timesLines(result, ratios);
}

function loadLines(result: LoadResult, ratios: Readonly<Record<string, number>> | null): string[] {
  const { case: name, path, mode, opsPerSecond, latencyMs, clientCpu, outcomes, rate = 0, behind = 0, cpu } = result;
  const { p50, p99, p999 } = latencyMs;
  const percentiles = `p50 ${msOr(p50)}, p99 ${msOr(p99)}, p99.9 ${msOr(p999)}`;
  const bad = outcomes.rejected + outcomes.unknown;
  const processes = Object.entries(cpu).map(([process, cores]) => `${process} ${percent(cores)}`);
  const notes = [
    ...(bad > 0 ? [`not ok: ${outcomes.rejected} rejected, ${outcomes.unknown} unknown`] : []),
    ...(behind > rate * BEHIND_SECONDS_MAX ? [`${behind} were due and not sent: the rate is too high`] : []),
    ...(clientCpu > CLIENT_CPU_WORTH_SAYING ? ['the client was as busy as a core allows: see --clients'] : []),
  ];
  return [
    `${`${name} ${path}`.padEnd(NAME_COLUMNS)} ${perSecond(opsPerSecond)}, ${percentiles}${ratio(ratios, 'opsPerSecond')}`,
    `${''.padEnd(NAME_COLUMNS)} ${mode}; CPU: client ${percent(clientCpu)}${processes.length > 0 ? `, ${processes.join(', ')}` : ''}`,
    ...notes.map((note) => `${''.padEnd(NAME_COLUMNS)} ${note}`),
  ];
}

function timesLines(result: TimesResult, ratios: Readonly<Record<string, number>> | null): string[] {
  const { case: name, measures, times, note } = result;
  const width = Math.max(...Object.keys(measures).map(({ length }) => length));
  return [
    `${name.padEnd(NAME_COLUMNS)} ${note ?? ''}`,
    ...Object.entries(measures).map(([measure, { median, min, max }]) => {
      const spread = times > 1 && min !== max ? ` (${grouped(min)} to ${grouped(max)})` : '';
      return `  ${measure.padEnd(width)}  ${grouped(median)}${spread}${ratio(ratios, measure)}`;
    }),
  ];
}

/** A bar for each case: how many requests a second, beside each other on one scale. */
export function chartLines(results: readonly CaseResult[], columns: number): string[] {
  const loads = results.filter(isLoad);
  const most = Math.max(...loads.map(({ opsPerSecond }) => opsPerSecond.median));
  if (loads.length < 2 || !(most > 0)) return [];
  const labels = loads.map(({ case: name, path, mode }) => `${name} ${path} ${mode}`);
  const label = Math.max(...labels.map(({ length }) => length));
  const figure = Math.max(...loads.map(({ opsPerSecond }) => grouped(opsPerSecond.median).length));
  const width = Math.max(1, Math.min(BAR_COLUMNS_MAX, columns - label - figure - 5));
  return [
    'requests a second',
    ...loads.map(({ opsPerSecond: { median } }, index) => {
      const bar = '#'.repeat(Math.max(median > 0 ? 1 : 0, Math.round((width * median) / most)));
      return `  ${(labels[index] ?? '').padEnd(label)} ${grouped(median).padStart(figure)} ${bar}`;
    }),
  ];
}

/** A bar and what is behind it, in one line of at most `columns`. */
export function progressLine(words: string, share: number, columns: number): string {
  const behind = ` ${Math.floor(share * 100)} % ${words}`;
  const width = Math.max(0, Math.min(PROGRESS_COLUMNS, columns - behind.length - 3));
  const full = Math.floor(width * share);
  const bar = width > 0 ? `[${'#'.repeat(full)}${'-'.repeat(width - full)}]` : '';
  return `${bar}${behind}`.slice(0, Math.max(0, columns - 1));
}

const PROGRESS_COLUMNS = 30;

function perSecond({ median, min, max }: Spread): string {
  return `${grouped(median)}/s (${grouped(min)} to ${grouped(max)})`;
}

function ratio(ratios: Readonly<Record<string, number>> | null, name: string): string {
  const times = ratios?.[name];
  return times === undefined ? '' : `, ${times.toFixed(2)} times as before`;
}

const msOr = (value: number | null): string => (value === null ? '-' : ms(value));

/** Three digits that count. */
function ms(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ms`;
}

/** Large ones whole, small ones with three digits. */
function grouped(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(3))}`;
}

const percent = (cores: number): string => `${Math.round(cores * 100)} %`;
