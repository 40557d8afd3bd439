import type { ClientRequest, ResultOf } from './api.ts';
import type { ClusterEvent } from './events.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/**
 * A running cluster, as the dashboard knows it. Callbacks, not promises: what a view does with an answer is to keep it.
 *
 * 1. `onReply` is called once, later, never from within `request`.
 * 2. Listeners are called in the order of what happened; `connection` comes first with the state as it is.
 * 3. After `close` nothing is called any more.
 */
export interface Cluster {
  request<R extends ClientRequest>(request: R, onReply: (reply: ClusterReply<R>) => void): void;
  /** Returns a function that ends the subscription. */
  subscribe(listener: (change: ClusterChange) => void): () => void;
  close(): void;
}

/** The result, or `disconnected`: the connection was lost before the answer came, and what was asked may be done. */
export type ClusterReply<R extends ClientRequest> =
  | { readonly type: 'result'; readonly result: ResultOf<R> }
  | { readonly type: 'disconnected'; readonly message: string };

export type ClusterChange =
  | { readonly type: 'snapshot'; readonly snapshot: ClusterSnapshot }
  | { readonly type: 'event'; readonly event: ClusterEvent }
  | { readonly type: 'connection'; readonly connected: boolean; readonly message: string };
