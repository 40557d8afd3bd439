import type { WatchRecord } from '../observe/api.ts';
import type { ClusterEvent, Happening } from '../observe/events.ts';
import type { ClusterSnapshot } from '../observe/snapshot.ts';

/** Snapshots go out at most this often, unless a request caused a change, in ms. */
const INTERVAL_MS = 100;
/** A fresh watcher is first told the router's start, by which it knows it again, and this many of the last events. */
const EVENTS_KEPT = 200;
/** Ages are told when they pass a step of this, in ms: a cluster at rest has nothing to say. */
const AGE_STEP_MS = 500;

export interface Watcher {
  /** Returns false if it is too slow to be sent more at the moment. */
  send(record: WatchRecord): boolean;
}

/** Tells everyone who watches what happened, and how the cluster stands. */
export class Publisher {
  readonly #read: () => ClusterSnapshot;
  readonly #watchers = new Set<Watcher>();
  /** Those who were too slow for the last snapshot, as one that is stopped for a while: they get the next one due. */
  readonly #behind = new Set<Watcher>();
  #events: ClusterEvent[] = [];
  #count = 0;
  #last = '';

  constructor(read: () => ClusterSnapshot) {
    this.#read = read;
    setInterval(() => this.#publishIfChanged(), INTERVAL_MS);
  }

  /** The watcher is told the last events, and how things stand. Returns a function that ends it. */
  watch(watcher: Watcher): () => void {
    for (const event of this.#events) watcher.send({ v: 1, type: 'event', event });
    watcher.send({ v: 1, type: 'snapshot', snapshot: this.#read() });
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      this.#behind.delete(watcher);
    };
  }

  isWatching(watcher: Watcher): boolean {
    return this.#watchers.has(watcher);
  }

  event(what: Happening): void {
    this.#count += 1;
    const event: ClusterEvent = { n: this.#count, at: Date.now(), what };
    this.#events.push(event);
    const [start = event] = this.#events;
    if (this.#events.length > 2 * EVENTS_KEPT) this.#events = [start, ...this.#events.slice(-EVENTS_KEPT)];
    for (const watcher of this.#watchers) watcher.send({ v: 1, type: 'event', event });
  }

  /** For what a request caused: its asker should see it at once. */
  publish(): void {
    if (this.#watchers.size === 0) return;
    const snapshot = this.#read();
    this.#last = outline(snapshot);
    this.#send(snapshot, this.#watchers);
  }

  #send(snapshot: ClusterSnapshot, watchers: Iterable<Watcher>): void {
    for (const watcher of [...watchers]) {
      if (watcher.send({ v: 1, type: 'snapshot', snapshot })) this.#behind.delete(watcher);
      else this.#behind.add(watcher);
    }
  }

  #publishIfChanged(): void {
    if (this.#watchers.size > 0 && outline(this.#read()) !== this.#last) this.publish();
    else if (this.#behind.size > 0) this.#send(this.#read(), this.#behind);
  }
}

/** The snapshot as text, but for the ages that always change. */
function outline(snapshot: ClusterSnapshot): string {
  return JSON.stringify(snapshot, (name, value) =>
    name === 'heartbeatAgeMs' && value !== null ? Math.floor(value / AGE_STEP_MS) : value,
  );
}
