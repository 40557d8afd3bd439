import type { Cluster } from '../core/observe/cluster.ts';
import { step } from './model.ts';
import { type Action, type Command, type Dashboard, type Effect, INITIAL } from './state.ts';

/** The dashboard's state over time: fed by the cluster and by keys, watched by one component. */
export interface Store {
  get(): Dashboard;
  /** Returns a function that ends the subscription. */
  subscribe(listener: () => void): () => void;
  press(command: Command): void;
  /** Ends the subscription to the cluster; answers that come later change nothing. The cluster stays open. */
  close(): void;
}

/**
 * 1. Actions are applied in the order in which they come, each wholly.
 * 2. Listeners are told after the present turn, once for all that changed in it: a failover brings many events at once.
 * 3. Nothing changed: nobody is told.
 */
export function createStore(cluster: Cluster): Store {
  let dashboard = INITIAL;
  let announced = INITIAL;
  let closed = false;
  const listeners = new Set<() => void>();

  function apply(action: Action): void {
    if (closed) return;
    const next = step(dashboard, action);
    if (next.dashboard !== dashboard) {
      if (dashboard === announced) queueMicrotask(announce);
      dashboard = next.dashboard;
    }
    for (const effect of next.effects) perform(effect);
  }

  function announce(): void {
    announced = dashboard;
    for (const listener of listeners) listener();
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'write': {
        const { number, request } = effect;
        cluster.request(request, (reply) => apply({ type: 'write-answered', number, reply }));
        return;
      }
      case 'read': {
        const { number, request: read } = effect;
        cluster.request(read, (reply) => apply({ type: 'read-answered', number, read, reply }));
        return;
      }
      case 'control': {
        const control = effect.request;
        cluster.request(control, (reply) => apply({ type: 'control-answered', control, reply }));
        return;
      }
      default:
        throw new Error(`no such effect: ${JSON.stringify(effect satisfies never)}`);
    }
  }

  const unsubscribe = cluster.subscribe((change) => apply({ type: 'change', change }));
  return {
    get: () => dashboard,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    press: (command) => apply({ type: 'press', command }),
    close: () => {
      closed = true;
      unsubscribe();
    },
  };
}
