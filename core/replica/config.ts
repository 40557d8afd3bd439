import type { LinkSnapshot } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { Address } from '../wire/dialer.ts';

/** What a replica process is started with, as JSON in its first argument. */
export interface ReplicaConfig {
  readonly cluster: string;
  /** Where the cluster's secret stands. */
  readonly secretFile: string;
  readonly id: ReplicaId;
  readonly members: readonly ReplicaId[];
  /** Its own folder. */
  readonly dir: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A supervisor started all of them, on this machine: no connection between them dies unnoticed. */
  readonly supervised: boolean;
  /** At its start. */
  readonly tempo: Tempo;
  /** As in `WalOptions`: a log that is damaged or missing is begun anew. Default false. */
  readonly rebuild?: boolean;
}

/** What the supervisor tells a replica. */
export type ReplicaOrder =
  /** Where the others are, and what is wrong with every link. Sent again whenever any of it changes. */
  | {
      readonly type: 'network';
      readonly peers: Readonly<Record<string, Address>>;
      readonly links: readonly LinkSnapshot[];
    }
  | { readonly type: 'tempo'; readonly tempo: Tempo }
  /** Finish what is being written, and exit. */
  | { readonly type: 'stop' }
  /** Lose what is not on disk, and die at once. */
  | { readonly type: 'power-cut' };

/** What a replica tells the supervisor. */
export type ReplicaReport =
  /** `rebuilt`: it has begun its log anew. */
  | { readonly type: 'listening'; readonly port: number; readonly rebuilt: boolean }
  /** It does not start, and says why. */
  | {
      readonly type: 'refused';
      readonly code: 'corrupt' | 'foreign' | 'missing' | 'unusable';
      readonly message: string;
    }
  /** It cannot go on, and says why. It exits next. */
  | { readonly type: 'failed'; readonly message: string };
