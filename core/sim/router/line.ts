import type { Reply } from '../../protocol/requests.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { ReplicaLine, ReplicaRequest } from '../../routing/fleet.ts';
import type { Draw } from '../draw.ts';
import type { Schedule } from '../schedule.ts';

/** What a replica sends the router. */
export type FromReplica =
  | { readonly type: 'status'; readonly status: ReplicaStatus }
  | { readonly type: 'reply'; readonly reply: Reply };

/** One connection that the router made. Each end knows for itself whether it stands. */
export interface Connection {
  readonly replicaOpen: boolean;
  send(message: FromReplica): void;
  /** The replica ends it. */
  end(): void;
}

interface OpenConnection extends Connection {
  routerOpen: boolean;
  replicaOpen: boolean;
}

/** The replica's end. */
export interface ReplicaEnd {
  /** There is a process, be it paused. */
  readonly isAlive: boolean;
  /** The router has come by a new connection: whatever was on an older one and was not read yet is not. */
  welcome(connection: Connection): void;
  take(message: ReplicaRequest, connection: Connection): void;
}

/** The router's end. */
export interface RouterEnd {
  onMessage(message: FromReplica): void;
  /** What was sent and not answered will not be. */
  onLost(): void;
}

export interface LineParts {
  readonly schedule: Schedule;
  readonly draw: Draw;
  /** One way, on average, in ms. */
  readonly delayMs: number;
  readonly redialMs: number;
  readonly replica: ReplicaEnd;
  readonly router: RouterEnd;
}

/** The way between the router and one replica: TCP, dialled by the router, and dialled again when it is lost. */
export class Line implements ReplicaLine {
  /** Added to the delay of what the replica tells, in ms. */
  lagMs = 0;
  readonly #parts: LineParts;
  #connection: OpenConnection | null = null;
  #isClosed = false;
  #toReplicaMs = 0;
  #toRouterMs = 0;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#dialAfter(0);
  }

  get isConnected(): boolean {
    return this.#connection !== null;
  }

  /** Returns whether it is on its way. */
  send(message: ReplicaRequest): boolean {
    const connection = this.#connection;
    if (connection === null) return false;
    this.#toReplica(() => this.#parts.replica.take(message, connection), connection);
    return true;
  }

  /** The connection breaks. What the replica has been sent may still be read there, until it hears of that. */
  break(): void {
    const connection = this.#connection;
    if (connection === null) return;
    const { draw } = this.#parts;
    if (draw.chance(0.5)) this.#toReplica(() => this.#end(connection), connection);
    else this.#parts.schedule.after(this.#delay(), () => this.#end(connection));
    this.#lose(connection);
  }

  /** From now on nothing is slow, and nothing waits for what was. */
  heal(): void {
    const { schedule, delayMs } = this.#parts;
    this.lagMs = 0;
    if (this.#toRouterMs > schedule.nowMs + 2 * delayMs) this.break();
  }

  /** The replica's process is gone. What it had sent before still comes. */
  replicaDied(): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.end();
  }

  /** The router is gone. */
  routerDied(): void {
    this.#isClosed = true;
    const connection = this.#connection;
    if (connection === null) return;
    connection.routerOpen = false;
    this.#toReplica(() => this.#end(connection), connection);
  }

  #dialAfter(ms: number): void {
    this.#parts.schedule.after(ms, () => this.#dial());
  }

  #dial(): void {
    if (this.#isClosed || this.#connection !== null) return;
    const { replica, redialMs, router } = this.#parts;
    if (!replica.isAlive) {
      this.#dialAfter(redialMs);
      return;
    }
    const connection: OpenConnection = {
      routerOpen: true,
      replicaOpen: true,
      send: (message) => {
        if (!connection.replicaOpen) return;
        this.#toRouter(() => {
          if (connection.routerOpen) router.onMessage(message);
        });
      },
      end: () => {
        connection.replicaOpen = false;
        this.#toRouter(() => this.#lose(connection));
      },
    };
    this.#connection = connection;
    this.#toReplicaMs = 0;
    this.#toRouterMs = 0;
    this.#toReplica(() => replica.welcome(connection), connection);
  }

  #lose(connection: OpenConnection): void {
    if (!connection.routerOpen) return;
    connection.routerOpen = false;
    this.#connection = null;
    this.#parts.router.onLost();
    this.#dialAfter(this.#parts.redialMs);
  }

  #end(connection: OpenConnection): void {
    connection.replicaOpen = false;
  }

  #toReplica(arrive: () => void, connection: OpenConnection): void {
    const { schedule } = this.#parts;
    this.#toReplicaMs = Math.max(this.#toReplicaMs, schedule.nowMs + this.#delay());
    schedule.at(this.#toReplicaMs, () => {
      if (connection.replicaOpen) arrive();
    });
  }

  #toRouter(arrive: () => void): void {
    const { schedule } = this.#parts;
    this.#toRouterMs = Math.max(this.#toRouterMs, schedule.nowMs + this.#delay() + this.lagMs);
    schedule.at(this.#toRouterMs, arrive);
  }

  #delay(): number {
    const { draw, delayMs } = this.#parts;
    return draw.between(0.5 * delayMs, 1.5 * delayMs);
  }
}
