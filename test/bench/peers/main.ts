// The same work on lockstep, etcd, Redis and PostgreSQL: three nodes each on this machine, writes on a majority's disks
// where the engine can. The engines take turns, so that what drifts on the machine drifts for all of them.
// Its options are in `USAGE`.
import { chmodSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Sandbox } from '../../process/sandbox.ts';
import { endOnSignal } from '../../process/signals.ts';
import { CASES } from './cases.ts';
import { chart } from './chart.ts';
import type { Measured } from './client/job.ts';
import { type Case, ENGINES, type Engine, type Pace } from './engine.ts';
import { etcd } from './etcd.ts';
import { spread } from './figures.ts';
import { type Findings, finding } from './findings.ts';
import { lockstep } from './lockstep.ts';
import { machine } from './machine.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { table } from './table.ts';

const USAGE =
  'options: --rounds N (5), --seconds N of each case (5), --failovers N (10), --engines etcd,…, --cases write-1x1,…, ' +
  '--json FILE, --chart FILE (SVG)';
const values = options();
const rounds = whole('rounds', 1);
const pace: Pace = { warmUpMs: 2_000, measureMs: whole('seconds', 1) * 1000 };
const failovers = whole('failovers', 0);
const caseNames = named(
  'cases',
  CASES.map(({ name }) => name),
);
const cases = CASES.filter(({ name }) => caseNames.includes(name));
const engineNames = named('engines', ENGINES);

await using sandbox = new Sandbox();
using _ = endOnSignal(sandbox);
// PostgreSQL's user has its data in here.
chmodSync(sandbox.folder, 0o711);
const where = machine(sandbox.folder);
const all = [
  lockstep(sandbox, 'router'),
  lockstep(sandbox, 'leader'),
  etcd(sandbox),
  redis(sandbox),
  postgres(sandbox),
];
const wanted = all.filter(({ name }) => engineNames.includes(name));
const engines = wanted.filter((engine) => engine.missing() === null);

const measured = new Map<string, Measured[]>();
for (let round = 0; round < rounds; round++) {
  for (const engine of engines) await once(engine, round);
}
const failoverMs = new Map<string, number[]>();
for (let time = 0; time < failovers; time++) {
  for (const engine of engines) await failOver(engine);
}

const findings: Findings = {
  v: 1,
  machine: where,
  rounds,
  ...pace,
  engines: engines.map((engine) => ({ engine: engine.name, ...engine.about() })),
  missing: wanted.flatMap((engine) => {
    const want = engine.missing();
    return want === null ? [] : [{ engine: engine.name, want }];
  }),
  cases: each((engine, of) => {
    const done = measured.get(slot(engine, of));
    return done === undefined ? null : finding(engine, of, done);
  }),
  absent: each((engine, of) => {
    const reason = engine.refusal(of);
    return reason === null ? null : { engine: engine.name, case: of.name, reason };
  }),
  failovers: [...failoverMs].map(([engine, times]) => ({ engine, ms: spread(times), rounds: times })),
};
process.stdout.write(table(findings));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(findings, null, 2)}\n`);
if (values.chart !== undefined) writeFileSync(values.chart, chart(findings));

/** All cases on one engine, that begins anew. */
async function once(engine: Engine, round: number): Promise<void> {
  const had = cases.filter((of) => engine.refusal(of) === null);
  if (had.length === 0) return;
  await engine.start(had, pace);
  for (const of of had) {
    const result = await engine.run(of, pace);
    measured.set(slot(engine, of), [...(measured.get(slot(engine, of)) ?? []), result]);
    progress(`round ${round + 1}: ${engine.name} ${of.name}: ${Math.round(result.opsPerSecond)} ops/s`);
  }
  await engine.stop();
}

async function failOver(engine: Engine): Promise<void> {
  if (engine.failover === undefined) return;
  await engine.start([], pace);
  const tookMs = await engine.failover();
  await engine.stop();
  failoverMs.set(engine.name, [...(failoverMs.get(engine.name) ?? []), tookMs]);
  progress(`failover: ${engine.name}: ${tookMs.toFixed(0)} ms`);
}

function each<T>(look: (engine: Engine, of: Case) => T | null): T[] {
  return cases.flatMap((of) => engines.flatMap((engine) => look(engine, of) ?? []));
}

function slot(engine: Engine, of: Case): string {
  return `${engine.name} ${of.name}`;
}

function options() {
  try {
    return parseArgs({
      options: {
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '5' },
        failovers: { type: 'string', default: '10' },
        engines: { type: 'string' },
        cases: { type: 'string' },
        json: { type: 'string' },
        chart: { type: 'string' },
      },
    }).values;
  } catch {
    return refuse(USAGE);
  }
}

function whole(option: 'rounds' | 'seconds' | 'failovers', min: number): number {
  const value = Number(values[option]);
  return Number.isInteger(value) && value >= min ? value : refuse(`--${option}: a whole number from ${min} on`);
}

/** What an option names; all without it. */
function named(option: 'engines' | 'cases', all: readonly string[]): readonly string[] {
  const names = values[option]?.split(',') ?? all;
  const unknown = names.find((name) => !all.includes(name));
  return unknown === undefined ? names : refuse(`--${option}: no ${unknown}; there are ${all.join(', ')}`);
}

/** Nothing runs yet, and no folder is there. */
function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

/** On stderr: the table alone goes to stdout. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
