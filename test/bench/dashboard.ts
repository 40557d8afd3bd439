// What the dashboard costs, in a process of its own on a cluster of five, and how fast it shows what a key did.
// `--minutes N`: how long its memory is watched, after a minute to settle (1; 0 is not at all). `--seconds N`: how long
// each state is measured (20). A full load leaves the replicas with as many entries as it wrote, in memory and on disk.
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Running } from '../process/running.ts';
import { Sandbox } from '../process/sandbox.ts';
import { endOnSignal } from '../process/signals.ts';
import { Keys, type Times } from './keys.ts';
import { Load } from './load.ts';
import { heapWithoutGarbage, probed, samples } from './sample.ts';
import { type Activity, Watched } from './watched.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seconds: { type: 'string', default: '20' } },
});
const MINUTES = Number(values.minutes);
const SECONDS = Number(values.seconds);
if (!(MINUTES >= 0 && SECONDS > 0)) throw new Error('--minutes and --seconds take numbers');
const REPLICAS = 5;
const SIZE = { columns: 120, rows: 40 };
const ROUNDS = 20;
const SAMPLE_S = 10;
const SETTLE_SAMPLES = 60 / SAMPLE_S;
/** While memory is watched: little enough for the replicas to bear for long. */
const STEADY_RATE = 200;

await using sandbox = new Sandbox();
using _ending = endOnSignal(sandbox);
say(
  'where',
  `${availableParallelism()} cores, load average ${loadNow()}, node ${process.version}, ${process.platform}`,
);
say('what', `lockstep attach, ${SIZE.columns}×${SIZE.rows}, on a cluster of ${REPLICAS}`);
await costs();
if (MINUTES > 0) await memory();
say('load average', loadNow());

async function costs(): Promise<void> {
  await using cluster = await Running.up(['--replicas', `${REPLICAS}`], sandbox);
  await using dashboard = await open(cluster);
  const opened = dashboard.output.length;
  const keys = new Keys(dashboard);
  say('idle', inWords(await dashboard.activity(SECONDS)));
  sayTimes('key to screen, idle', await keys.rounds(ROUNDS));
  {
    await using load = await Load.full(cluster);
    const full = await load.acknowledged(() => dashboard.activity(SECONDS));
    say('full load', `${grouped(full.perSecond)} writes/s acknowledged, as much as it takes; writers: ${load.writers}`);
    say('', inWords(full.result));
    sayTimes('key to screen, full load', await keys.rounds(ROUNDS));
    say('frozen, full load', await frozen(dashboard));
  }
  const beforeResize = dashboard.output.length;
  dashboard.resize(100, 30);
  await pass(1_000);
  dashboard.resize(SIZE.columns, SIZE.rows);
  await pass(1_000);
  const [all, later, last] = [dashboard.clears(), dashboard.clears(opened), dashboard.clears(beforeResize)];
  say('screen cleared (2J, 3J)', `${all - later} at the start, ${later - last} then, ${last} by two resizes`);
}

/** A dashboard that shows all replicas, and has done what it does once. */
async function open(cluster: Running, env: Record<string, string> = {}): Promise<Watched> {
  await cluster.leader();
  const dashboard = new Watched(['attach', '--addr', cluster.addr], { ...SIZE, sandbox, env });
  await dashboard.until((screen) =>
    Array.from({ length: REPLICAS }, (_, i) => `n${i + 1}`).every((id) =>
      new RegExp(`\\b${id}\\b.*(leader|follower)`).test(screen),
    ),
  );
  await pass(5_000);
  return dashboard;
}

/** What it writes while it is frozen, under whatever goes on. */
async function frozen(dashboard: Watched): Promise<string> {
  dashboard.press(' ');
  try {
    await dashboard.until(/frozen/i, 5_000);
  } catch {
    return 'Space freezes nothing';
  }
  // What was under way may still be drawn.
  await pass(1_000);
  const activity = await dashboard.activity(SECONDS / 2);
  dashboard.press(' ');
  await dashboard.until((screen) => !/frozen/i.test(screen));
  return inWords(activity);
}

/** Its memory and its listeners under a steady load, with a write and a read by key now and then. */
async function memory(): Promise<void> {
  await using cluster = await Running.up(['--replicas', `${REPLICAS}`], sandbox);
  const file = join(sandbox.folder, 'probe');
  await using dashboard = await open(cluster, probed(file));
  await using load = new Load(cluster);
  load.add(STEADY_RATE);
  const keys = new Keys(dashboard);
  const rss: number[] = [];
  const cpu: number[] = [];
  const watch = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      cpu.push((await dashboard.activity(SAMPLE_S)).cpuPercent);
      rss.push(dashboard.residentMiB());
      await keys.write();
      dashboard.press('t');
    }
  };
  await watch(SETTLE_SAMPLES);
  const settled = { rss: rss.at(-1) ?? Number.NaN, heap: await heapWithoutGarbage(file), probes: samples(file).length };
  await watch(Math.max(1, Math.round((MINUTES * 60) / SAMPLE_S)));
  const end = { rss: rss.at(-1) ?? Number.NaN, heap: await heapWithoutGarbage(file) };
  const since = samples(file).slice(settled.probes);
  const later = cpu.slice(SETTLE_SAMPLES);
  say(`memory, ${STEADY_RATE} writes/s`, `over ${MINUTES} min, after a minute to settle`);
  say('', `RSS ${mib(settled.rss)} → ${mib(end.rss)}, at most ${mib(Math.max(...rss))}`);
  say(
    '',
    `RSS each minute: ${rss
      .filter((_, i) => (i + 1) % SETTLE_SAMPLES === 0)
      .map((value) => value.toFixed(0))
      .join(' ')}`,
  );
  say('', `JS heap without garbage ${mib(settled.heap / 2 ** 20)} → ${mib(end.heap / 2 ** 20)}`);
  say('', `CPU ${(later.reduce((sum, value) => sum + value, 0) / later.length).toFixed(1)} % of a core`);
  const range = (of: readonly number[]): string => `${Math.min(...of)} to ${Math.max(...of)}`;
  say('listeners', `process ${range(since.map((each) => each.processListeners))}`);
  say(
    '',
    `stdin ${range(since.map((each) => each.stdinListeners))}, stdout ${range(since.map((each) => each.stdoutListeners))}`,
  );
}

function inWords({ cpuPercent, bytesPerSecond, framesPerSecond }: Activity): string {
  return `${cpuPercent.toFixed(1)} % of a core, ${grouped(bytesPerSecond)} bytes/s, ${framesPerSecond.toFixed(1)} frames/s`;
}

function sayTimes(what: string, { select, write }: Times): void {
  const words = (times: readonly number[]): string => {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(0);
    return `p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms (${times.length})`;
  };
  say(what, words([...select, ...write]));
  say('', `selecting: ${words(select)}`);
  say('', `writing: ${words(write)}`);
}

function say(what: string, words: string): void {
  process.stdout.write(`${what.padEnd(26)}${words}\n`);
}

function mib(value: number): string {
  return `${value.toFixed(1)} MiB`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function loadNow(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(' ');
}
