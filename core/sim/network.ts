import type { PeerMessage } from '../protocol/messages.ts';
import type { Draw } from './draw.ts';
import type { Hardness } from './faults.ts';
import type { Schedule } from './schedule.ts';

/** Where what comes over the network goes. Replicas are told by their index. */
export interface NetworkEnds {
  deliver(to: number, from: number, message: PeerMessage): void;
  /** A connection between the two is gone. */
  closed(at: number, peer: number): void;
}

export interface NetworkParts {
  readonly schedule: Schedule;
  readonly draw: Draw;
  readonly ends: NetworkEnds;
  readonly size: number;
  readonly kind: 'tcp' | 'datagrams';
  /** From one replica to another, on average, in ms. */
  readonly delayMs: number;
  /** A lost connection is dialled again after this, in ms. */
  readonly redialMs: number;
  /** A message that comes late comes so late, on average, in ms. */
  readonly lateMs: number;
  readonly faults: Pick<Hardness, 'drop' | 'duplicate' | 'late'>;
  /** Freezes every message with all in it, so that whoever changes one is found out. */
  readonly freezes: boolean;
}

/** One direction between two replicas; over TCP, the one connection that carries it. */
interface Link {
  readonly from: number;
  readonly to: number;
  isCut: boolean;
  /** Added to every delay, in ms. */
  lagMs: number;
  isConnected: boolean;
  /** Counts connections: what was sent on one that died does not arrive. */
  connection: number;
  /** When what was sent last arrives, in ms. */
  lastMs: number;
}

/** How often, at the hardest. */
const DROP_MAX = 0.3;
const DUPLICATE_MAX = 0.3;
const LATE_MAX = 0.2;

/**
 * The network between replicas, one link each way.
 *
 * 1. Over TCP what arrives on a connection arrives in the order in which it was sent. A connection that dies takes with
 *    it what is under way, and both its ends hear of it; but not through a link that is cut. It is dialled again.
 * 2. Datagrams come in any order, and may come twice.
 * 3. What is sent into a cut link is lost, and so is what is under way when it is cut.
 */
export class Network {
  readonly #parts: NetworkParts;
  readonly #links: readonly Link[];
  readonly #alive: boolean[];
  #isCalm = false;
  sent = 0;
  dropped = 0;
  duplicated = 0;

  constructor(parts: NetworkParts) {
    const { size } = parts;
    this.#parts = parts;
    this.#alive = Array.from({ length: size }, () => false);
    this.#links = Array.from({ length: size * size }, (_, index) => ({
      from: Math.floor(index / size),
      to: index % size,
      isCut: false,
      lagMs: 0,
      isConnected: parts.kind === 'datagrams',
      connection: 0,
      lastMs: 0,
    }));
  }

  send(from: number, to: number, message: PeerMessage): void {
    const { draw, faults, delayMs, lateMs, kind, freezes } = this.#parts;
    const link = this.#link(from, to);
    this.sent += 1;
    if (freezes) deepFreeze(message);
    const isLost = !this.#isCalm && faults.drop > 0 && draw.chance(faults.drop * DROP_MAX);
    if (link.isCut || !link.isConnected || isLost) {
      this.dropped += 1;
      return;
    }
    let ms = draw.between(0.5 * delayMs, 1.5 * delayMs) + link.lagMs;
    if (kind === 'tcp') {
      this.#arrive(link, ms, message);
      return;
    }
    if (!this.#isCalm && faults.late > 0 && draw.chance(faults.late * LATE_MAX)) ms += draw.around(lateMs);
    this.#arrive(link, ms, message);
    if (this.#isCalm || faults.duplicate === 0 || !draw.chance(faults.duplicate * DUPLICATE_MAX)) return;
    this.duplicated += 1;
    this.#arrive(link, ms + draw.around(lateMs), message);
  }

  started(index: number): void {
    const { kind, draw, redialMs, size } = this.#parts;
    this.#alive[index] = true;
    if (kind !== 'tcp') return;
    for (let peer = 0; peer < size; peer++) {
      if (peer === index || !this.#alive[peer]) continue;
      // It dials at once; whoever lost it tries now and then.
      this.#connect(this.#link(index, peer), 0);
      this.#connect(this.#link(peer, index), draw.between(0, redialMs));
    }
  }

  died(index: number): void {
    this.#alive[index] = false;
    for (const link of this.#links) {
      if (link.from !== link.to && (link.from === index || link.to === index)) this.#disconnect(link);
    }
  }

  /** A connection dies, and both its ends live. */
  close(from: number, to: number): void {
    const link = this.#link(from, to);
    if (!link.isConnected) return;
    this.#disconnect(link);
    if (this.#parts.kind === 'tcp') this.#connect(link, this.#parts.redialMs);
  }

  cut(from: number, to: number): void {
    this.#link(from, to).isCut = true;
  }

  /** Whether it was cut until now. */
  uncut(from: number, to: number): boolean {
    const link = this.#link(from, to);
    const wasCut = link.isCut;
    link.isCut = false;
    return wasCut;
  }

  lag(from: number, to: number, ms: number): void {
    this.#link(from, to).lagMs = ms;
  }

  /** Whether it was slow until now. */
  unlag(from: number, to: number): boolean {
    const link = this.#link(from, to);
    const wasSlow = link.lagMs > 0;
    link.lagMs = 0;
    return wasSlow;
  }

  /** From now on nothing goes wrong by itself, and nothing is left of what did. */
  heal(): void {
    this.#isCalm = true;
    const { schedule, delayMs } = this.#parts;
    for (const link of this.#links) {
      link.isCut = false;
      link.lagMs = 0;
      // What comes next would have to wait for what was slow.
      if (link.lastMs > schedule.nowMs + 2 * delayMs) this.close(link.from, link.to);
    }
  }

  #arrive(link: Link, ms: number, message: PeerMessage): void {
    const { schedule, ends, kind } = this.#parts;
    const { connection } = link;
    let atMs = schedule.nowMs + ms;
    if (kind === 'tcp') {
      atMs = Math.max(atMs, link.lastMs);
      link.lastMs = atMs;
    }
    schedule.at(atMs, () => {
      if (link.isCut || link.connection !== connection || !this.#alive[link.to]) this.dropped += 1;
      else ends.deliver(link.to, link.from, message);
    });
  }

  #connect(link: Link, ms: number): void {
    const { connection } = link;
    this.#parts.schedule.after(ms, () => {
      if (link.isConnected || link.connection !== connection) return;
      link.isConnected = this.#alive[link.from] === true && this.#alive[link.to] === true;
    });
  }

  #disconnect(link: Link): void {
    const { schedule, delayMs, draw, kind } = this.#parts;
    if (kind === 'tcp') {
      if (!link.isConnected) return;
      link.isConnected = false;
      link.connection += 1;
      link.lastMs = 0;
    } else if (draw.chance(0.5)) return;
    for (const [at, peer] of [
      [link.from, link.to],
      [link.to, link.from],
    ] as const) {
      if (this.#alive[at]) schedule.after(draw.between(0, 2 * delayMs), () => this.#tellClosed(at, peer));
    }
  }

  #tellClosed(at: number, peer: number): void {
    if (this.#alive[at] && !this.#link(peer, at).isCut) this.#parts.ends.closed(at, peer);
  }

  #link(from: number, to: number): Link {
    return this.#links[from * this.#parts.size + to] as Link;
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}
