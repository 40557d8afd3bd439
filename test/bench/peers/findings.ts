import type { Latency, Measured } from './client/job.ts';
import type { About, Case, Engine } from './engine.ts';
import { type Spread, spread } from './figures.ts';
import type { Machine } from './machine.ts';

/** One engine in one case, over all rounds. */
export interface Finding {
  readonly engine: string;
  readonly case: string;
  readonly clients: number;
  readonly inFlight: number;
  /** How many operations share one acknowledgement. */
  readonly together: number;
  readonly remark: string | null;
  readonly opsPerSecond: Spread;
  /** The median of what the rounds had for each. */
  readonly latencyMs: Latency;
  /** In cores: the most of any round. */
  readonly clientCpu: number;
  /** The share of the time in which it had something to do: the most of any round, or null where it is not known. */
  readonly clientBusy: number | null;
  /** In cores, or null where it is not known. */
  readonly serversCpu: number | null;
  readonly rounds: readonly Measured[];
}

/** A case that an engine does not have, and why. */
export interface Absence {
  readonly engine: string;
  readonly case: string;
  readonly reason: string;
}

/** From kill -9 of the leader to the next acknowledged write. */
export interface Failover {
  readonly engine: string;
  readonly ms: Spread;
  readonly rounds: readonly number[];
}

/** All that `--json` writes down. */
export interface Findings {
  readonly v: 1;
  readonly machine: Machine;
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly engines: readonly (About & { readonly engine: string })[];
  readonly missing: readonly { readonly engine: string; readonly want: string }[];
  readonly cases: readonly Finding[];
  readonly absent: readonly Absence[];
  readonly failovers: readonly Failover[];
}

export function finding(engine: Engine, of: Case, rounds: readonly Measured[]): Finding {
  const middle = (value: (latency: Latency) => number): number =>
    spread(rounds.map(({ latencyMs }) => value(latencyMs))).median;
  const servers = rounds.map(({ serversCpu }) => serversCpu).filter((cores) => cores !== null);
  const busy = rounds.map(({ clientBusy }) => clientBusy).filter((share) => share !== null);
  return {
    engine: engine.name,
    case: of.name,
    clients: of.connections,
    inFlight: of.inFlight,
    together: of.together,
    remark: engine.remark(of),
    opsPerSecond: spread(rounds.map(({ opsPerSecond }) => opsPerSecond)),
    latencyMs: { p50: middle(({ p50 }) => p50), p99: middle(({ p99 }) => p99), p999: middle(({ p999 }) => p999) },
    clientCpu: Math.max(...rounds.map(({ clientCpu }) => clientCpu)),
    clientBusy: busy.length === 0 ? null : Math.max(...busy),
    serversCpu: servers.length === 0 ? null : spread(servers).median,
    rounds,
  };
}
