import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pass } from 'node:timers/promises';
import type { Sandbox } from '../../process/sandbox.ts';
import { cpuSeconds } from './client/cpu.ts';
import type { Measured } from './client/job.ts';
import { KEYS } from './client/load.ts';
import type { Case, Pace } from './engine.ts';
import { latencies } from './figures.ts';
import type { Trio } from './native.ts';

/** Has PostgreSQL's own client do a case of one operation under way on each connection: one process for each server. */
export async function runPgbench(
  program: string,
  of: Case,
  pace: Pace,
  trio: Trio,
  sandbox: Sandbox,
): Promise<Measured> {
  const ports = of.operation === 'replica-read' ? trio.replicaPorts : [trio.leaderPort];
  const folder = mkdtempSync(join(sandbox.folder, 'pgbench-'));
  const file = join(folder, 'script.sql');
  writeFileSync(file, script(of));
  const seconds = Math.ceil((pace.warmUpMs + pace.measureMs) / 1000) + SLACK_S;
  const threads = Math.min(Math.ceil(availableParallelism() / ports.length), of.connections);
  const children = ports.map((port) => {
    const load = [
      '-n',
      '-M',
      'prepared',
      '-c',
      `${of.connections / ports.length}`,
      '-j',
      `${threads}`,
      '-T',
      `${seconds}`,
    ];
    const where = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', '-f', file];
    const log = ['-l', '--log-prefix', join(folder, `log-${port}`)];
    return spawn(program, [...load, ...where, ...log, 'postgres'], {
      env: sandbox.environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  });
  const ended = Promise.all(children.map(end));
  await pass(pace.warmUpMs + CONNECTING_MS);
  const before = used(children, trio);
  await pass(pace.measureMs);
  const after = used(children, trio);
  await ended;
  const logs = readdirSync(folder).filter((name) => name.startsWith('log-'));
  const transactions = logs.flatMap((name) => parseLog(readFileSync(join(folder, name), 'utf8')));
  rmSync(folder, { recursive: true });

  const sortedMs = window(transactions, pace);
  const wallS = (after.ms - before.ms) / 1000;
  return {
    operations: sortedMs.length,
    seconds: pace.measureMs / 1000,
    opsPerSecond: (1000 * sortedMs.length) / pace.measureMs,
    latencyMs: latencies(sortedMs),
    clientCpu: ((after.client ?? Number.NaN) - (before.client ?? Number.NaN)) / wallS,
    clientBusy: null,
    serversCpu: after.servers === null || before.servers === null ? null : (after.servers - before.servers) / wallS,
  };
}

/** The same keys and lengths of values as our own client's: no two connections write one key. */
function script({ operation, connections }: Case): string {
  const key = `\\set k :client_id + ${connections} * random(0, ${Math.floor(KEYS / connections) - 1})`;
  if (operation !== 'write') return `${key}\nSELECT value FROM kv WHERE key = 'load-' || :k;\n`;
  return `${key}
\\set v random(1000000000000000, 9999999999999999)
INSERT INTO kv VALUES ('load-' || :k, :v) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;
`;
}

interface Transaction {
  readonly tookMs: number;
  /** Wall time. */
  readonly endMs: number;
}

/** A line each: client, number, what it took in µs, script, when it ended in s and µs. */
export function parseLog(log: string): Transaction[] {
  const lines = log.split('\n').filter(Boolean);
  return lines.map((line) => {
    const [, , took, , s, us] = line.split(' ').map(Number);
    if (took === undefined || s === undefined || us === undefined) throw new Error(`pgbench logged: ${line}`);
    return { tookMs: took / 1000, endMs: s * 1000 + us / 1000 };
  });
}

/** What those took that ended while it was measured, ascending. It began with the first of all. */
export function window(transactions: readonly Transaction[], { warmUpMs, measureMs }: Pace): Float64Array {
  const first = transactions.reduce((least, { endMs }) => Math.min(least, endMs), Number.POSITIVE_INFINITY);
  const from = first + warmUpMs;
  const within = transactions.filter(({ endMs }) => endMs >= from && endMs < from + measureMs);
  return Float64Array.from(within, ({ tookMs }) => tookMs).sort();
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  const stderr = child.stderr === null ? '' : await text(child.stderr);
  await closed;
  if (child.exitCode !== 0) throw new Error(`pgbench failed (${child.exitCode ?? child.signalCode}):\n${stderr}`);
}

function used(children: readonly ChildProcess[], { serverPids }: Trio) {
  const pids = children.flatMap(({ pid }) => pid ?? []);
  return { ms: performance.now(), client: cpuSeconds(pids), servers: cpuSeconds(serverPids) };
}

const CONNECTING_MS = 300;
/** It must not be over before its CPU was read. */
const SLACK_S = 1;
