import type { Clock } from '../protocol/clock.ts';
import { Driver, type DriverOutputs } from '../protocol/driver.ts';
import type { Envelope, PeerMessage } from '../protocol/messages.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { Replica } from '../protocol/replica.ts';
import type { Timing } from '../protocol/timing.ts';
import type { ReplicaRequest } from '../routing/fleet.ts';
import { type Identity, sealEntry } from '../wal/codec.ts';
import { sealPiece } from '../wal/piece.ts';
import { type Opened, openWal, type Wal, type WalOptions } from '../wal/wal.ts';
import type { Checks } from './checks/checks.ts';
import { broken } from './checks/violation.ts';
import { DiskError, SimDisk } from './disk.ts';
import { Draw } from './draw.ts';
import { HostClock } from './host-clock.ts';
import type { Climate } from './options.ts';
import type { Connection, ReplicaEnd } from './router/line.ts';
import type { Schedule } from './schedule.ts';
import type { Witness } from './witness.ts';

export interface HostParts {
  readonly seed: number;
  readonly index: number;
  readonly ids: readonly ReplicaId[];
  readonly schedule: Schedule;
  readonly climate: Climate;
  readonly checks: Checks;
  readonly witness: Witness;
  /** How much faster than real time its clock runs. */
  readonly clockRate: number;
  readonly send: (from: number, envelope: Envelope) => void;
  /** Its process ended, killed or by itself. */
  readonly onDied: (index: number) => void;
}

/** One machine: its disk, its clock, and the replica's process on it, if there is one. */
export class Host implements ReplicaEnd {
  readonly id: ReplicaId;
  readonly index: number;
  readonly disk: SimDisk;
  readonly clock: HostClock;
  /** Somebody damaged what was durable: brings it back, if it has not been. */
  restore: (() => void) | null = null;
  /** Nobody will bring it back, if the others can do without. */
  isGivenUp = false;
  readonly #parts: HostParts;
  readonly #identity: Identity;
  #driver: Driver | null = null;
  #wal: Wal | null = null;
  /** Its log is damaged, and it did not start with it. */
  #isRefused = false;
  #isPaused = false;
  #isStopping = false;
  /** What came while it was paused, in order. */
  #mail: (() => void)[] = [];
  /** Counts processes: what was meant for one that died is dropped. */
  #process = 0;
  #connection: Connection | null = null;
  readonly #askers = new Map<string, Connection>();
  #statusSentMs = 0;
  #isStatusDue = false;
  #statusEveryMs = 0;

  constructor(parts: HostParts) {
    const { seed, index, ids, schedule, climate, checks } = parts;
    this.#parts = parts;
    this.index = index;
    this.id = ids[index] as ReplicaId;
    this.#identity = { cluster: 'simulated', replica: this.id, members: ids };
    this.clock = new HostClock(schedule, parts.clockRate);
    const { durable } = checks.ghosts[index] as Checks['ghosts'][number];
    this.disk = new SimDisk({
      schedule,
      draw: new Draw(seed, `disk ${this.id}`),
      fsyncMs: climate.fsyncMs,
      pageBytes: climate.pageBytes,
      watch: {
        // Snapshots are judged by what is recovered from them.
        appended: (file, text) => void (isSegment(file) && durable.appended(text)),
        synced: (file) => void (isSegment(file) && durable.synced()),
        cut: (file) => void (isSegment(file) && durable.cut()),
        askedAfterFailure: (asked) => broken('disk-failed', `${this.id} asks for ${asked} after its disk failed`),
      },
      tell: (process, news) => {
        if (process === this.disk.process) this.#whenAwake(news);
      },
    });
    this.#open({ mayBeNew: true });
  }

  get isAlive(): boolean {
    return this.#driver !== null;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * A process starts, and lives by `timing`. It does not if its disk fails, or if somebody damaged its log; unless it
   * `rebuilds`: then that is begun anew.
   */
  start(timing: Timing, rebuilds: boolean): void {
    const { checks, witness, ids, seed, climate } = this.#parts;
    const opened = this.#tryToOpen(rebuilds);
    if (opened === null) return;
    const { recovered, wal, report } = opened;
    if (report.rebuilt) this.restore = null;
    this.#process += 1;
    const random = new Draw(seed, `replica ${this.id}, process ${this.#process}`);
    const limits = climate.compaction;
    const options = { id: this.id, members: ids, timing, random, seal: sealEntry, sealPiece, limits, recovered };
    const replica = new Replica(options);
    const tickMs = timing.heartbeatMs * climate.tickHeartbeats;
    this.#driver = new Driver(replica, wal, this.#clockOf(this.#process), tickMs, this.#outputs(replica));
    this.#wal = wal;
    this.#statusEveryMs = timing.heartbeatMs;
    this.#statusSentMs = this.clock.nowMs;
    checks.started(this.index, recovered, this.disk.stored(), replica.status(), timing, report.rebuilt !== null);
    witness.started(this.id, report, recovered.hardState.standing);
  }

  /** The process dies at once. */
  kill(): void {
    if (!this.isAlive) return;
    this.disk.processDied();
    this.#end();
  }

  /** The machine loses its power, whether a process runs on it or not. */
  cutPower(): void {
    this.disk.powerWent();
    if (this.isAlive) this.#end();
  }

  /** It takes in nothing more, writes what is under way, and ends. */
  stop(): void {
    if (!this.isAlive || this.#isStopping) return;
    this.#isStopping = true;
    const process = this.#process;
    this.#whenAwake(() => {
      this.#driver?.stop();
      this.#wal?.close((error) => {
        if (process !== this.#process) return;
        if (error) this.#parts.witness.failed(this.id, error.message);
        this.kill();
      });
    });
  }

  pause(): void {
    this.#isPaused = this.isAlive;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const mail = this.#mail;
    this.#mail = [];
    const process = this.#process;
    for (const act of mail) if (process === this.#process) act();
  }

  retime(timing: Timing): void {
    this.#whenAwake(() => {
      this.#statusEveryMs = timing.heartbeatMs;
      this.#driver?.retime(timing, timing.heartbeatMs * this.#parts.climate.tickHeartbeats);
    });
  }

  deliver(from: ReplicaId, message: PeerMessage): void {
    if (this.#isPaused) this.#whenAwake(() => this.#driver?.feed({ type: 'receive', from, message }));
    else this.#driver?.feed({ type: 'receive', from, message });
  }

  closed(peer: ReplicaId): void {
    this.#whenAwake(() => this.#driver?.feed({ type: 'connection-closed', peer }));
  }

  welcome(connection: Connection): void {
    this.#whenAwake(() => {
      this.#connection?.end();
      this.#connection = connection;
      this.#sendStatus();
    });
  }

  take(message: ReplicaRequest, connection: Connection): void {
    this.#whenAwake(() => {
      if (connection.replicaOpen) this.#take(message, connection);
    });
  }

  /** The log of a new process; null: none can start. */
  #tryToOpen(rebuild: boolean): Extract<Opened, { verdict: 'ok' }> | null {
    const { witness } = this.#parts;
    this.#isRefused = false;
    try {
      const opened = this.#open({ mayBeNew: false, rebuild });
      if (opened.verdict === 'ok') return opened;
      if (this.restore === null) broken('recovery', `${this.id} refuses a log that nobody damaged: ${opened.message}`);
      this.#isRefused = true;
      witness.refused(this.id, opened.message);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      witness.refused(this.id, error.message);
    }
    return null;
  }

  #open(options: WalOptions): Opened {
    const process = this.#process + 1;
    const callbacks = {
      persisted: (batch: number) => {
        if (process === this.#process) this.#driver?.persisted(batch);
      },
      /** It cannot go on, and so the process does not. */
      failed: (error: Error) => {
        if (process !== this.#process) return;
        this.#parts.witness.failed(this.id, error.message);
        this.kill();
      },
      full: (error: Error) => {
        if (process !== this.#process) return;
        this.#parts.witness.waits(this.id, error.message);
        this.#driver?.feed({ type: 'disk', full: true });
      },
      freed: () => {
        if (process === this.#process) this.#driver?.feed({ type: 'disk', full: false });
      },
    };
    const { segmentBytesMax, compaction } = this.#parts.climate;
    const { tailBytes } = compaction;
    return openWal(this.disk, this.#identity, callbacks, { segmentBytesMax, tailBytes, ...options });
  }

  #outputs(replica: Replica): DriverOutputs {
    const { checks, witness, send } = this.#parts;
    const { index } = this;
    return {
      stepped: (input, ready) => {
        checks.stepped(index, input, ready, replica);
        witness.stepped(index, input, ready);
      },
      send: (envelope) => {
        checks.released(index, envelope.to, envelope.message);
        send(index, envelope);
      },
      reply: (reply) => {
        this.#askers.get(reply.id)?.send({ type: 'reply', reply });
        this.#askers.delete(reply.id);
      },
      changed: () => this.#changed(),
    };
  }

  /** What one of its processes has of its clock. A status that is due goes out with a tick. */
  #clockOf(process: number): Clock {
    const { schedule, climate } = this.#parts;
    return {
      nowMs: () => this.clock.nowMs,
      every: (ms, act) => {
        let isOn = true;
        const tick = (): boolean => {
          if (!isOn || process !== this.#process) return false;
          if (this.#isPaused) return true;
          act();
          if (this.clock.nowMs - this.#statusSentMs >= this.#statusEveryMs) this.#sendStatus();
          return true;
        };
        schedule.repeat(() => ms / this.clock.rate, tick);
        return () => {
          isOn = false;
        };
      },
      soon: (act) => this.#later(climate.turnMs, act),
    };
  }

  #take(message: ReplicaRequest, connection: Connection): void {
    switch (message.type) {
      case 'write':
        this.#askers.set(message.write.id, connection);
        return this.#driver?.propose(message.write);
      case 'read':
        this.#askers.set(message.read.id, connection);
        return this.#driver?.feed({ type: 'read', read: message.read });
      case 'locate':
        this.#askers.set(message.locate.id, connection);
        return this.#driver?.feed({ type: 'locate', locate: message.locate });
      default:
        message satisfies never;
    }
  }

  #end(): void {
    const { checks, onDied } = this.#parts;
    this.#driver?.stop();
    this.#driver = null;
    this.#wal = null;
    this.#process += 1;
    this.#isPaused = false;
    this.#isStopping = false;
    this.#isStatusDue = false;
    this.#mail = [];
    this.#connection = null;
    this.#askers.clear();
    checks.died(this.index);
    onDied(this.index);
  }

  /** Statuses go out on change, but not too often. */
  #changed(): void {
    if (this.#isStatusDue) return;
    this.#isStatusDue = true;
    const waitMs = this.#statusSentMs + this.#parts.climate.statusMs - this.clock.nowMs;
    this.#later(Math.max(0, waitMs), () => {
      if (this.#isStatusDue) this.#sendStatus();
    });
  }

  #sendStatus(): void {
    this.#isStatusDue = false;
    this.#statusSentMs = this.clock.nowMs;
    const driver = this.#driver;
    if (driver) this.#connection?.send({ type: 'status', status: driver.status() });
  }

  #later(ms: number, act: () => void): void {
    const process = this.#process;
    this.#parts.schedule.after(ms, () => {
      if (process === this.#process) this.#whenAwake(act);
    });
  }

  #whenAwake(act: () => void): void {
    if (!this.isAlive) return;
    if (this.#isPaused) this.#mail.push(act);
    else act();
  }
}

const isSegment = (file: string): boolean => file.startsWith('wal-');
