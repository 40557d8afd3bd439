import { CASES } from './cases.ts';
import type { Failover, Finding, Findings } from './findings.ts';

/** All of it for a terminal. */
export function table(findings: Findings): string {
  const { rounds, warmUpMs, measureMs } = findings;
  const each = `${rounds} rounds of ${measureMs / 1000} s after ${warmUpMs / 1000} s of warming up, the engines in turn`;
  return [
    ...machineLines(findings),
    '',
    ...findings.engines.flatMap(engineLines),
    ...findings.missing.map(({ engine, want }) => `${engine}: skipped; it needs: ${want}`),
    '',
    `${each}; ops/s: median (lowest to highest round); latencies: medians of the rounds, in ms; CPU in cores`,
    'closed loops: a client that waits asks nothing meanwhile, so the worst latencies are told too low, for all alike',
    ...CASES.flatMap(({ name, says }) => caseLines(findings, name, says)),
    ...failoverLines(findings),
    '',
  ].join('\n');
}

function machineLines({ machine }: Findings): string[] {
  const { cpu, cores, memoryGiB, kernel, node, fileSystem, fsyncMs, load } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB.toFixed(0)} GiB; Linux ${kernel}; Node ${node}; load at the start ${load.toFixed(1)}`,
    `${fileSystem}; 4 KiB and fdatasync: p50 ${ms(fsyncMs.p50)}, p99 ${ms(fsyncMs.p99)} ms`,
  ];
}

function engineLines({ engine, version, settings, client, promises }: Findings['engines'][number]): string[] {
  const set = settings.length === 0 ? 'as it comes' : settings.join(', ');
  return [`${engine}: ${version}; ${set}`, `  client: ${client}`, ...promises.map((promise) => `  ${promise}`)];
}

function caseLines({ cases, absent }: Findings, name: string, says: string): string[] {
  const found = cases.filter((each) => each.case === name);
  const not = absent.filter((each) => each.case === name);
  if (found.length + not.length === 0) return [];
  return [
    '',
    says,
    row('', HEADS),
    ...found.map(findingLine),
    ...not.map(({ engine, reason }) => `  ${engine}: ${reason}`),
  ];
}

const HEADS = ['ops/s', '', 'p50', 'p99', 'p99.9', 'client', 'busy', 'servers'];

function findingLine({ engine, opsPerSecond, latencyMs, clientCpu, clientBusy, serversCpu, remark }: Finding): string {
  const line = row(`  ${engine}`, [
    grouped(opsPerSecond.median),
    `(${grouped(opsPerSecond.min)} to ${grouped(opsPerSecond.max)})`,
    ms(latencyMs.p50),
    ms(latencyMs.p99),
    ms(latencyMs.p999),
    clientCpu.toFixed(2),
    clientBusy === null ? '' : `${(100 * clientBusy).toFixed(0)} %`,
    serversCpu?.toFixed(2) ?? '',
  ]);
  const held = (clientBusy ?? clientCpu) < CLIENT_BOUND ? [] : ['held up by the client: it could do more'];
  return [line, ...(remark === null ? [] : [remark]), ...held].join('  ');
}

function failoverLines({ failovers }: Findings): string[] {
  if (failovers.length === 0) return [];
  const line = ({ engine, ms: { median, min, max }, rounds }: Failover): string =>
    `  ${engine}: median ${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)}; ${rounds.length} times)`;
  return [
    '',
    'failover, from kill -9 of the leader under load to the next acknowledged write',
    ...failovers.map(line),
    '  redis, postgres: nobody takes over without further software',
  ];
}

function row(first: string, cells: readonly string[]): string {
  return `${first.padEnd(17)}${cells.map((cell, i) => (i === 1 ? cell.padEnd(20) : cell.padStart(9))).join(' ')}`.trimEnd();
}

const grouped = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => value.toFixed(2);

/** A share of its time, above which the client may be what is measured. */
const CLIENT_BOUND = 0.85;
