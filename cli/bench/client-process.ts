import { connect, type Socket } from 'node:net';
import { dialDirect } from '../../core/cluster/direct-channel.ts';
import { dialectOf } from './dialect.ts';
import { Lane } from './lane.ts';
import { Latencies } from './latencies.ts';
import type { LoadOrder, LoadPlan, LoadReport } from './load-plan.ts';
import { closedLoop, OpenLoop } from './pace.ts';

/*
 * A client process of the benchmark. It loads a cluster from its start until it is told to stop, and counts what comes
 * of it while it is told to. Its orders come over the channel to its parent; when that breaks, it ends.
 */

/** How often requests that are due at a given rate are sent, in ms. */
const PACE_MS = 1;
/** What is under way when it is to stop is waited for so long, in ms: longer than the cluster may take for an answer. */
const LAST_MS = 3000;
const LAST_CHECK_MS = 5;
/** Keys of one lane are far from those of the next. */
const LANE_STRIDE = 7919;

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

const plan = JSON.parse(process.argv[2] ?? '{}') as LoadPlan;
const report = (message: LoadReport): void => {
  if (process.connected) process.send?.(message);
};
const giveUp = (message: string): void => {
  process.send?.({ type: 'failed', message } satisfies LoadReport, undefined, undefined, () => process.exit(1));
};
process.on('uncaughtException', (error) => giveUp(`the benchmark's client: ${error.stack}`));

class Load {
  readonly #lanes: readonly Lane[];
  readonly #open: OpenLoop | null;
  readonly #timer: NodeJS.Timeout | null;
  readonly #latencies = new Latencies();
  #outcomes = { ok: 0, rejected: 0, unknown: 0 };
  #begunMs = 0;
  #cpu = process.cpuUsage();
  #isCounting = false;
  #awaited: number | null = null;
  #isStopping = false;

  constructor(sockets: readonly Socket[]) {
    const nowMs = performance.now();
    this.#open = plan.rate === null ? null : new OpenLoop(plan.rate, nowMs);
    this.#lanes = sockets.map((socket, index) => this.#laneOf(socket, index));
    for (const lane of this.#lanes) lane.pump(nowMs);
    this.#timer = this.#open && setInterval(() => this.#pumpAll(), PACE_MS);
  }

  obey(order: LoadOrder): void {
    switch (order.type) {
      case 'begin':
        return this.#begin();
      case 'end':
        return this.#end();
      case 'await-term':
        this.#awaited = order.after;
        return;
      case 'stop':
        return this.#stop();
      default:
        order satisfies never;
    }
  }

  #laneOf(socket: Socket, index: number): Lane {
    const { inFlight, readPercent, token } = plan;
    const dialect = dialectOf(plan, `b${process.pid}.${index}`);
    const pace = this.#open ?? closedLoop;
    const first = index * LANE_STRIDE;
    return new Lane(
      { socket, dialect, inFlight, writePercent: 100 - readPercent, token, pace, first },
      {
        onOutcome: (outcome, startMs, nowMs, position) => {
          if (this.#isCounting) {
            this.#outcomes[outcome] += 1;
            if (outcome === 'ok') this.#latencies.add((nowMs - startMs) * 1000);
          }
          if (this.#awaited !== null && position !== null) this.#tellTerm(Number.parseInt(position, 10));
        },
        onLost: () => {
          if (!this.#isStopping) giveUp('a connection to the cluster was lost');
        },
      },
    );
  }

  /** The lane that is asked first is another one each time. */
  #pumpAll(): void {
    const nowMs = performance.now();
    const first = Math.floor(nowMs) % this.#lanes.length;
    for (let i = 0; i < this.#lanes.length; i++) this.#lanes[(first + i) % this.#lanes.length]?.pump(nowMs);
  }

  #tellTerm(term: number): void {
    if (this.#awaited === null || term <= this.#awaited) return;
    this.#awaited = null;
    report({ type: 'acknowledged', atNs: `${process.hrtime.bigint()}`, term });
  }

  #begin(): void {
    this.#latencies.reset();
    this.#outcomes = { ok: 0, rejected: 0, unknown: 0 };
    this.#cpu = process.cpuUsage();
    this.#begunMs = performance.now();
    this.#isCounting = true;
    report({ type: 'begun' });
  }

  #end(): void {
    this.#isCounting = false;
    const nowMs = performance.now();
    const seconds = (nowMs - this.#begunMs) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpu = (user + system) / 1e6 / seconds;
    const behind = this.#open?.behind(nowMs) ?? 0;
    const latencies = this.#latencies.encoded();
    report({ type: 'counted', counted: { seconds, outcomes: this.#outcomes, behind, cpu, latencies } });
  }

  #stop(): void {
    this.#isStopping = true;
    if (this.#timer) clearInterval(this.#timer);
    for (const lane of this.#lanes) lane.stop();
    const deadlineMs = performance.now() + LAST_MS;
    const check = setInterval(() => {
      const unanswered = this.#lanes.reduce((sum, lane) => sum + lane.underWay, 0);
      if (unanswered > 0 && performance.now() < deadlineMs) return;
      clearInterval(check);
      process.send?.({ type: 'stopped', unanswered } satisfies LoadReport, undefined, undefined, () => process.exit(0));
    }, LAST_CHECK_MS);
  }
}

function dial({ to }: LoadPlan): Promise<Socket> {
  if (to.path === 'leader') return dialDirect(to.place);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.host, port: to.port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

async function main(): Promise<void> {
  const sockets: Socket[] = [];
  // One after the other: a listener that takes in many at once may turn some away.
  for (let i = 0; i < plan.connections; i++) sockets.push(await dial(plan));
  const load = new Load(sockets);
  process.on('message', (order: LoadOrder) => load.obey(order));
  report({ type: 'started' });
}

main().catch((error: Error) => giveUp(error.message));
