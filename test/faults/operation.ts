import type { ErrorCode } from '../../core/observe/error-code.ts';
import type { Outcome } from '../../core/observe/ledger.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { Position } from '../../core/protocol/position.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';

/** What a client asked, and what it was told. Times are of one monotonic clock for all clients, in ms. */
export type Operation = Write | Read;

interface Asked {
  /** A session: it asks one thing after the other. */
  readonly client: string;
  readonly key: string;
  readonly invokedMs: number;
  readonly completedMs: number;
}

export interface Write extends Asked {
  readonly kind: 'write';
  /** Nobody else ever writes it. */
  readonly value: string;
  readonly mode: WriteMode;
  /** Of all that was sent for it: `ok` if that was ever said, `rejected` if never anything else. */
  readonly outcome: Outcome;
  /** Where it stands, if it was acknowledged. */
  readonly position: Position | null;
  /** Each time it was sent, oldest first: more than one only with a session and seq. */
  readonly attempts: readonly Attempt[];
}

/** A write of the ledger's. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly position: Position | null;
  /** Why not; null if it was acknowledged. `disconnected`: the router never answered. */
  readonly code: ErrorCode | 'disconnected' | null;
}

export interface Read extends Asked {
  readonly kind: 'read';
  readonly level: ReadLevel;
  /** What the client carried; null: nothing. */
  readonly token: Position | null;
  /** Why there was no answer; null: there was one. */
  readonly code: ErrorCode | 'disconnected' | null;
  /** null: there is no such key. */
  readonly value: string | null;
  /** The end of the prefix that was read, and what to carry on from. */
  readonly position: Position | null;
  readonly nextToken: Position | null;
}

export const isWrite = (operation: Operation): operation is Write => operation.kind === 'write';
export const isRead = (operation: Operation): operation is Read => operation.kind === 'read';
/** A read that was answered. */
export const isServed = (operation: Operation): operation is Read & { readonly position: Position } =>
  operation.kind === 'read' && operation.code === null;

/** A value in a message: those that are padded out are long. */
export const shown = (value: string | null): string =>
  value === null || value.length <= VALUE_SHOWN_MAX ? `${value}` : `${value.slice(0, VALUE_SHOWN_MAX)}…`;

const VALUE_SHOWN_MAX = 40;
