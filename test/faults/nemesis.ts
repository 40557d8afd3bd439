import { readFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { ConnectionLostError } from '../../core/cluster/client.ts';
import type { ControlResult } from '../../core/observe/api.ts';
import type { ErrorCode } from '../../core/observe/error-code.ts';
import type { Tempo } from '../../core/protocol/timing.ts';
import { Draw } from '../../core/sim/draw.ts';
import { kill } from '../process/pids.ts';
import { isSettled, Running } from '../process/running.ts';
import { Recording, type RecordingOptions, type Report } from './recording.ts';
import { type Step, scheduleOf } from './schedule.ts';

export interface NemesisOptions extends RecordingOptions {
  readonly replicas: number;
  readonly tempo: Tempo;
  /** How long faults go on, in ms. */
  readonly lengthMs: number;
  /** Whether the router is paused and killed, too: then its ledger is not of the whole time, and is not compared. */
  readonly router: boolean;
  readonly say: (line: string) => void;
}

/** Random faults, all of them from the seed, on a real cluster in use; then all is healed, and checked. */
export async function runNemesis(options: NemesisOptions): Promise<Report> {
  const { seed, replicas, mode, tempo, lengthMs, say } = options;
  say(`seed ${seed}: ${replicas} replicas, ${mode}, tempo ${tempo}, ${Math.round(lengthMs / 1000)} s of faults`);
  await using cluster = await Running.up(['--replicas', `${replicas}`, '--mode', mode, '--tempo', tempo]);
  const ids = (await cluster.until(isSettled)).replicas.map(({ id }) => id);
  const recording = await Recording.start(cluster, options);
  const breaking = options.router ? breakRouters(cluster, options) : undefined;
  await inflict(cluster, scheduleOf(seed, ids, lengthMs), say);
  await breaking;
  await heal(cluster);
  // Awaited here: the cluster ends with this function.
  return await recording.finish();
}

/** The router that is asked may be gone before it answers, and its successor is asked again. */
async function heal({ client }: Running): Promise<void> {
  for (let answer: ControlResult | null = null; answer === null; ) {
    answer = await client.ask({ op: 'heal' }).catch(() => null);
    if (answer === null) await pass(AGAIN_MS);
    else if (!answer.ok) throw new Error(`heal: ${JSON.stringify(answer)}`);
  }
}

/** What cannot be done as things are, such as to kill who is down, is left out. */
async function inflict({ client }: Running, steps: readonly Step[], say: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  const asked: Promise<void>[] = [];
  for (const { atMs, order } of steps) {
    await pass(Math.max(0, startMs + atMs - performance.now()));
    const answered = client.ask(order).then(
      ({ ok, message, error }) => {
        const seconds = ((performance.now() - startMs) / 1000).toFixed(2);
        if (ok) say(`${seconds} s  ${message}`);
        else if (!HINDRANCES.has(error?.code)) throw new Error(`${JSON.stringify(order)}: ${error?.message}`);
      },
      (error: unknown) => {
        if (!(error instanceof ConnectionLostError)) throw error;
      },
    );
    asked.push(answered);
  }
  await Promise.all(asked);
}

/** Nobody leads, or the one who leads is the other end of the link; it is done already, or the supervisor is busy. */
const HINDRANCES: ReadonlySet<ErrorCode | undefined> = new Set([
  'no-leader',
  'bad-request',
  'control-failed',
  'no-supervisor',
]);

async function breakRouters(cluster: Running, { seed, lengthMs, say }: NemesisOptions): Promise<void> {
  const draw = new Draw(seed, 'routers');
  for (let leftMs = lengthMs; ; ) {
    const [lifeMs, pauseMs] = [draw.between(...ROUTER_LIVES_MS), draw.chance(0.5) ? draw.below(PAUSE_MS_MAX) : 0];
    leftMs -= lifeMs + pauseMs;
    if (leftMs < 0) return;
    await pass(lifeMs);
    const pid = routerOf(cluster);
    if (pid === undefined) continue;
    if (pauseMs > 0) {
      process.kill(pid, 'SIGSTOP');
      await pass(pauseMs);
      process.kill(pid, 'SIGCONT');
      say(`router was paused for ${pauseMs} ms`);
    } else {
      kill(pid);
      say('router killed with kill -9');
    }
  }
}

/** Undefined while there is none. */
function routerOf({ sandbox }: Running): number | undefined {
  return sandbox.processes().find((pid) => commandOf(pid).includes('/router/main.js'));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Between two times that something is done to a router, in ms. */
const ROUTER_LIVES_MS = [2000, 8000] as const;
const PAUSE_MS_MAX = 4000;
/** After a request that nobody answered, in ms. */
const AGAIN_MS = 50;
