/** Whose protocol the client speaks. */
export type Dialect = 'etcd' | 'redis' | 'redis-aof' | 'postgres';

/** A `replica` read takes what the replica that is asked has; a `linearizable` one sees every acknowledged write. */
export type Operation = 'write' | 'replica-read' | 'linearizable-read';

/** What the client's process is to do: as much as it can, with so much under way at once. */
export interface Job {
  readonly dialect: Dialect;
  readonly operation: Operation;
  /** On the loopback. Connections go to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  /** Operations under way on each connection. */
  readonly inFlight: number;
  /** How many of these are sent together, and answered by one acknowledgement. It divides `inFlight`. */
  readonly together: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The servers' processes, to measure what they and their children use meanwhile. */
  readonly serverPids: readonly number[];
}

/** From an operation's start to its answer, in ms. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** What a thread of the client does of a job. */
export interface Share {
  readonly job: Job;
  /** The numbers of its connections. */
  readonly connections: readonly number[];
}

/** What a thread measured. */
export interface Done {
  readonly sortedMs: Float64Array<ArrayBuffer>;
  readonly seconds: number;
  /** The share of the time in which it had something to do. */
  readonly busy: number;
}

/** What came of a job. */
export interface Measured {
  readonly operations: number;
  readonly seconds: number;
  readonly opsPerSecond: number;
  readonly latencyMs: Latency;
  /** How many cores' worth of time the client used. */
  readonly clientCpu: number;
  /**
   * The share of the time in which its busiest thread had something to do, or null where that is not known. On a machine that others
   * use too it waits for a core as well: at 1, the client is what was measured, however little CPU it was given.
   */
  readonly clientBusy: number | null;
  /** The same of all servers together, or null where it is not known. */
  readonly serversCpu: number | null;
}
