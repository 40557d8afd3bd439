import type { ClusterChange } from '../../core/observe/cluster.ts';
import { describe } from '../../core/observe/describe.ts';
import { escapeText } from '../../core/observe/escape.ts';
import type { Happening } from '../../core/observe/events.ts';
import type { Guarantees, Light } from '../../core/observe/guarantees.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { type Tempo, timingOf } from '../../core/protocol/timing.ts';
import { LIGHTS, PROMISE_NAMES } from '../lights.ts';

/** One thing that has changed: the facts, and `text`, a sentence that says them. Its keys are stable. */
export type News = NewsFacts & {
  /** Wall time, in ms since 1970. */
  readonly at: number;
  readonly text: string;
};

type NewsFacts =
  /** How things stand when they are first seen. */
  | {
      readonly event: 'cluster';
      readonly leader: ReplicaId | null;
      readonly term: number;
      readonly mode: WriteMode;
      readonly tempo: Tempo;
      readonly up: number;
      readonly replicas: number;
    }
  | { readonly event: 'happened'; readonly n: number; readonly what: Happening }
  | {
      readonly event: 'promise';
      readonly promise: keyof Guarantees;
      readonly light: Light['light'];
      readonly observed: number;
      readonly example: string | null;
    }
  | {
      readonly event: 'lag';
      readonly replica: ReplicaId;
      readonly state: 'behind' | 'caught-up';
      readonly entries: number;
      readonly ms: number;
    }
  | { readonly event: 'connection'; readonly connected: boolean }
  | {
      readonly event: 'writes';
      readonly ok: number;
      readonly rejected: number;
      readonly unknown: number;
      readonly lost: number;
    };

/** A follower that lacks entries for so long is behind, in ms; at a slow tempo, for so many heartbeats. */
const BEHIND_MS = 1000;
const BEHIND_HEARTBEATS = 10;
/** It has caught up once its lag is so much shorter than that: one at the edge is not told of again and again. */
const CAUGHT_UP_SHARE = 0.25;

/**
 * What changes in a cluster, told in the order in which it becomes known.
 *
 * 1. An event is told as it comes; a promise as its light changes, and at first if it was not just kept.
 * 2. Lag and counts are looked at once a second, so that they are told at most so often.
 */
export class NewsDesk {
  readonly #behind = new Set<ReplicaId>();
  readonly #lights = new Map<keyof Guarantees, Light['light']>();
  #snapshot: ClusterSnapshot | null = null;
  #isConnected = true;
  #written = '';

  take(change: ClusterChange, at: number): readonly News[] {
    switch (change.type) {
      case 'event':
        return [
          {
            event: 'happened',
            n: change.event.n,
            at: change.event.at,
            what: change.event.what,
            text: describe(change.event),
          },
        ];
      case 'connection':
        return this.#connection(change.connected, change.message, at);
      case 'snapshot': {
        const { snapshot } = change;
        const first = this.#snapshot === null ? standing(snapshot, at) : [];
        if (this.#snapshot === null) this.#written = countsOf(snapshot);
        this.#snapshot = snapshot;
        return [...first, ...this.#promises(snapshot.guarantees, at)];
      }
      default:
        throw new Error(`no such change: ${JSON.stringify(change satisfies never)}`);
    }
  }

  /** A second has passed. */
  second(at: number): readonly News[] {
    const snapshot = this.#snapshot;
    if (snapshot === null || !this.#isConnected) return [];
    return [...snapshot.replicas.flatMap((replica) => this.#lag(snapshot, replica, at)), ...this.#writes(snapshot, at)];
  }

  #connection(connected: boolean, message: string, at: number): readonly News[] {
    if (connected === this.#isConnected) return [];
    this.#isConnected = connected;
    const text = connected ? 'connected again' : `the connection was lost (${escapeText(message)}): trying again`;
    return [{ event: 'connection', connected, at, text }];
  }

  #promises(guarantees: Guarantees, at: number): readonly News[] {
    return (Object.keys(PROMISE_NAMES) as (keyof Guarantees)[]).flatMap((promise): News[] => {
      const { light, observed, example } = guarantees[promise];
      const before = this.#lights.get(promise);
      this.#lights.set(promise, light);
      const isNews = before === undefined ? light === 'amber' || light === 'red' : light !== before;
      if (!isNews) return [];
      const because = example === null ? LIGHTS[light].word : escapeText(example);
      const text = `promise "${PROMISE_NAMES[promise]}" is ${light} now: ${because}`;
      return [{ event: 'promise', promise, light, observed, example, at, text }];
    });
  }

  #lag({ tempo, leader }: ClusterSnapshot, { id, lag, process }: ReplicaSnapshot, at: number): readonly News[] {
    // Without a leader nobody knows.
    if (lag === null || leader === null) return [];
    const behindMs = Math.max(BEHIND_MS, BEHIND_HEARTBEATS * timingOf(tempo).heartbeatMs);
    const { entries, ms } = lag;
    if (!this.#behind.has(id) && entries > 0 && ms >= behindMs) {
      this.#behind.add(id);
      const why = process === 'up' ? '' : `, and is ${process}`;
      const text = `${id} has fallen behind: it lacks ${counted(entries, 'entry', 'entries')}${why}`;
      return [{ event: 'lag', replica: id, state: 'behind', entries, ms, at, text }];
    }
    if (this.#behind.has(id) && (entries === 0 || ms < behindMs * CAUGHT_UP_SHARE)) {
      this.#behind.delete(id);
      return [{ event: 'lag', replica: id, state: 'caught-up', entries, ms, at, text: `${id} has caught up` }];
    }
    return [];
  }

  #writes(snapshot: ClusterSnapshot, at: number): readonly News[] {
    const written = countsOf(snapshot);
    if (written === this.#written) return [];
    this.#written = written;
    const { ok, rejected, unknown } = snapshot.writes;
    const { lost } = snapshot.fates;
    const others = [rejected > 0 && `${counted(rejected)} rejected`, unknown > 0 && `${counted(unknown)} unknown`];
    const text = [`${counted(ok, 'write')} acknowledged`, `${counted(lost)} lost`, ...others.filter(Boolean)].join(
      ', ',
    );
    return [{ event: 'writes', ok, rejected, unknown, lost, at, text }];
  }
}

function standing({ leader, term, mode, tempo, replicas }: ClusterSnapshot, at: number): readonly News[] {
  const up = replicas.filter(({ process }) => process === 'up').length;
  const leads = leader === null ? 'nobody leads yet' : `${leader} leads term ${term}`;
  const text = `${leads}, ${up} of ${counted(replicas.length, 'replica')} up, mode ${mode}, tempo ${tempo}`;
  return [{ event: 'cluster', leader, term, mode, tempo, up, replicas: replicas.length, at, text }];
}

const countsOf = ({ writes, fates }: ClusterSnapshot): string =>
  [writes.ok, writes.rejected, writes.unknown, fates.lost].join(' ');

/** `1,204`, or with its noun `1,204 writes`. */
function counted(count: number, noun = '', plural = `${noun}s`): string {
  const number = count.toLocaleString('en-US');
  return noun === '' ? number : `${number} ${count === 1 ? noun : plural}`;
}
