import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { entry, type Sandbox } from '../../process/sandbox.ts';
import type { Measured } from './client/job.ts';
import type { Case, Engine, Pace } from './engine.ts';
import { output } from './server.ts';

/** How clients reach the cluster. All other engines' go to the server that does the work. */
type Path = 'router' | 'leader';

/**
 * lockstep as it measures itself: `lockstep bench` starts a cluster and clients of its own. It is given all cases at
 * once, so that they meet a cluster that has been up for a while, as with the other engines.
 */
export function lockstep(sandbox: Sandbox, path: Path): Engine {
  const goesToRouter = path === 'router';
  let running: Bench | null = null;
  return {
    name: goesToRouter ? 'lockstep' : 'lockstep-leader',
    missing: () => (output(process.execPath, entry, 'bench', '--list') === null ? 'a lockstep that has `bench`' : null),
    about: () => ({
      version: `lockstep ${output(process.execPath, entry, '--version')}`,
      settings: [
        'mode quorum',
        'heartbeats of 100 ms and election timeouts of 500 to 1000 ms, as by default',
        goesToRouter ? 'through the router' : "past the router, on the leader's own port",
      ],
      client: 'its own, of `lockstep bench`',
      promises: [
        'write: fsynced by 2 of 3',
        ...(goesToRouter ? ['replica read: of level any, of whichever replica the router chooses'] : []),
        'linearizable read: of the leader, once a quorum has told it that it still is',
      ],
    }),
    start: async (cases, pace) => {
      if (cases.length > 0) running = new Bench(loadArgs(cases, path, pace), sandbox);
    },
    refusal: (of) => refusal(of, path),
    remark: () => null,
    run: async (of, { measureMs }) => {
      if (running === null) throw new Error('lockstep bench was not started');
      return measured((await running.result(benchName(of))) as LoadLine, measureMs / 1000);
    },
    stop: async () => {
      await running?.exit();
      running = null;
    },
    ...(goesToRouter ? { failover: () => failover(sandbox) } : {}),
  };
}

function refusal({ operation, together }: Case, path: Path): string | null {
  if (together > 1) return 'answers each of many under way on a connection by itself';
  return operation === 'replica-read' && path === 'leader' ? 'it is the router that sends reads to replicas' : null;
}

/** A line of `lockstep bench --json`, as far as it is used here. */
interface Line {
  readonly event: string;
  readonly case: string;
}

interface LoadLine extends Line {
  readonly opsPerSecond: { readonly median: number };
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null; readonly p999: number | null };
  readonly clientCpu: number;
  /** In cores, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly outcomes: { readonly ok: number; readonly rejected: number; readonly unknown: number };
}

interface TimesLine extends Line {
  readonly measures: { readonly totalMs: { readonly median: number } };
}

function loadArgs(cases: readonly Case[], path: Path, { warmUpMs, measureMs }: Pace): string[] {
  const load = ['--case', cases.map(benchName).join(','), '--path', path, '--value-bytes', '16'];
  return [...load, '--rounds', '1', '--seconds', `${measureMs / 1000}`, '--warm-up', `${warmUpMs / 1000}`];
}

async function failover(sandbox: Sandbox): Promise<number> {
  const bench = new Bench(['--case', 'failover', '--times', '1', '--value-bytes', '16'], sandbox);
  const { measures } = (await bench.result('failover')) as TimesLine;
  await bench.exit();
  return measures.totalMs.median;
}

/** `lockstep bench`, at work on one case after the other. */
class Bench {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';

  constructor(args: readonly string[], sandbox: Sandbox) {
    const child = spawn(process.execPath, [entry, 'bench', '--mode', 'quorum', '--json', ...args], {
      env: sandbox.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** What it says next of a case, which must be this one. */
  async result(name: string): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`lockstep bench ended without ${name}:\n${this.#stderr}`);
      const line = JSON.parse(value) as Line;
      if (line.event !== 'case') continue;
      if (line.case !== name) throw new Error(`lockstep bench: ${line.case} instead of ${name}`);
      return line;
    }
  }

  /** It ends by itself after its last case. */
  async exit(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

const benchName = ({ name }: Case): string => name.replace('read-replica', 'read-any');

function measured({ opsPerSecond, latencyMs, clientCpu, cpu, outcomes }: LoadLine, seconds: number): Measured {
  const { ok, rejected, unknown } = outcomes;
  if (rejected + unknown > 0) throw new Error(`lockstep bench: ${rejected} rejected, ${unknown} unknown`);
  const { p50, p99, p999 } = latencyMs;
  const servers = Object.values(cpu);
  return {
    operations: ok,
    seconds,
    opsPerSecond: opsPerSecond.median,
    latencyMs: { p50: p50 ?? Number.NaN, p99: p99 ?? Number.NaN, p999: p999 ?? Number.NaN },
    clientCpu,
    clientBusy: null,
    serversCpu: servers.length === 0 ? null : servers.reduce((sum, cores) => sum + cores, 0),
  };
}
