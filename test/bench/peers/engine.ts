import type { Measured, Operation } from './client/job.ts';

/** The work that all engines are given. */
export interface Case {
  readonly name: string;
  /** For the table. */
  readonly says: string;
  readonly operation: Operation;
  readonly connections: number;
  /** Operations under way on each connection. */
  readonly inFlight: number;
  /** How many of them share one acknowledgement. */
  readonly together: number;
}

/** How long each case is given, in every round. */
export interface Pace {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What is measured, and how it is set. */
export interface About {
  readonly version: string;
  /** What differs from the engine's defaults. */
  readonly settings: readonly string[];
  /** What puts the load on it. */
  readonly client: string;
  /** What an acknowledged write and each kind of read is good for. */
  readonly promises: readonly string[];
}

/** All there are, in the order in which they take turns. */
export const ENGINES = ['lockstep', 'lockstep-leader', 'etcd', 'redis', 'postgres'] as const;

/** Three nodes on this machine. `start` and `stop` alternate, and each start is of an empty store. */
export interface Engine {
  readonly name: (typeof ENGINES)[number];
  /** What it needs and is not there, as the line that installs it, or null. */
  missing(): string | null;
  about(): About;
  /** `cases` are what it will be asked for, in their order, and `pace` how: none for a failover. */
  start(cases: readonly Case[], pace: Pace): Promise<void>;
  /** Why the case cannot be had of it, or null. */
  refusal(of: Case): string | null;
  /** Where the case means less, or something else, than its words say; or null. */
  remark(of: Case): string | null;
  run(of: Case, pace: Pace): Promise<Measured>;
  stop(): Promise<void>;
  /** From the kill -9 of the leader under load to the next acknowledged write, in ms; absent where nobody takes over. */
  failover?(): Promise<number>;
}
