import type { LogEntryView } from '../observe/api.ts';
import type { LinkSnapshot } from '../observe/snapshot.ts';
import { COMPACTION } from '../protocol/compaction.ts';
import { Driver } from '../protocol/driver.ts';
import type { Entry } from '../protocol/entry.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import { formatPosition, lsn, type ReplicaId } from '../protocol/position.ts';
import { seededRandom } from '../protocol/random.ts';
import { Replica } from '../protocol/replica.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import { type Tempo, timingOf } from '../protocol/timing.ts';
import { sealEntry } from '../wal/codec.ts';
import { sealPiece } from '../wal/piece.ts';
import { openWal, type Wal } from '../wal/wal.ts';
import { machineClock } from '../wire/clock.ts';
import type { Address } from '../wire/dialer.ts';
import { type FromReplica, LOG_BYTES_MAX, type ToReplica } from '../wire/replica-channel.ts';
import { Secret, SecretError } from '../wire/secret.ts';
import type { ReplicaConfig, ReplicaReport } from './config.ts';
import { cutToDurable, openDisk } from './disk.ts';
import { Peers } from './peers.ts';
import { type RouterConnection, Server } from './server.ts';
import { StatusStream } from './status-stream.ts';

export interface ReplicaProcessEvents {
  /** Its disk failed. It must end now. */
  readonly onFailed: (error: Error) => void;
  /** What happens in it, which the router is told, too. */
  readonly onEvent?: (event: ReplicaEvent) => void;
}

type Refusal = Omit<Extract<ReplicaReport, { type: 'refused' }>, 'type'>;

/** One replica with everything it runs on: its log on disk, its network, its clock. */
export class ReplicaProcess {
  /** What the disk held at the start. */
  readonly recovered: Extract<FromReplica, { type: 'recovered' }>;
  /** Why its log was begun anew, and where what is left of the old one is; null: it was not. */
  readonly rebuilt: { readonly because: string; readonly folder: string | null } | null;
  readonly #config: ReplicaConfig;
  readonly #wal: Wal;
  readonly #driver: Driver;
  readonly #server: Server;
  readonly #peers: Peers;
  readonly #statuses: StatusStream;
  /** A router has been told what was recovered. */
  #isStartTold = false;
  #links: readonly LinkSnapshot[] = [];

  /** Opens the log. Refused if that is damaged, another replica's, or cannot be read or written; or without a secret. */
  static open(config: ReplicaConfig, events: ReplicaProcessEvents): ReplicaProcess | { refused: Refusal } {
    try {
      return ReplicaProcess.#open(config, events);
    } catch (error) {
      const { message } = error as Error;
      return {
        refused: { code: 'unusable', message: error instanceof SecretError ? message : `${config.dir}: ${message}` },
      };
    }
  }

  static #open(config: ReplicaConfig, events: ReplicaProcessEvents): ReplicaProcess | { refused: Refusal } {
    let replica: ReplicaProcess;
    const secret = Secret.load(config.secretFile);
    const identity = { cluster: config.cluster, replica: config.id, members: config.members };
    // Nothing is persisted before the replica runs.
    const callbacks = {
      persisted: (batch: number) => replica.#driver.persisted(batch),
      failed: events.onFailed,
      full: () => replica.#driver.feed({ type: 'disk', full: true }),
      freed: () => replica.#driver.feed({ type: 'disk', full: false }),
    };
    const opened = openWal(openDisk(config.dir), identity, callbacks, {
      mayBeNew: false,
      rebuild: config.rebuild ?? false,
    });
    if (opened.verdict === 'refused') {
      return { refused: { code: opened.code, message: `${config.dir}: ${opened.message}` } };
    }
    replica = new ReplicaProcess(config, secret, opened, events);
    return replica;
  }

  private constructor(
    config: ReplicaConfig,
    secret: Secret,
    opened: Extract<ReturnType<typeof openWal>, { verdict: 'ok' }>,
    { onEvent }: ReplicaProcessEvents,
  ) {
    const { id, cluster, members, tempo, supervised } = config;
    const { wal, recovered, report } = opened;
    const timing = timingOf(tempo);
    const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
    const replica = new Replica({
      id,
      members,
      timing,
      random,
      seal: sealEntry,
      sealPiece,
      limits: COMPACTION,
      recovered,
    });
    this.#config = config;
    this.#wal = wal;
    this.#driver = new Driver(replica, wal, machineClock, tickMsOf(timing.heartbeatMs), {
      stepped: (_, { events }) => {
        for (const event of events) {
          this.#server.tellRouter({ type: 'event', event });
          onEvent?.(event);
        }
      },
      send: (envelope) => this.#peers.send(envelope),
      reply: (reply) => this.#server.answer(reply),
      changed: () => this.#statuses.changed(),
    });
    this.#peers = new Peers(id, members, { cluster, secret, supervised }, timing.heartbeatMs, (peer) =>
      this.#connectionClosed(peer),
    );
    this.#server = new Server({
      cluster,
      secret,
      saysAlive: !supervised,
      id,
      members,
      onPeerMessage: (from, message) => this.#driver.feed({ type: 'receive', from, message }),
      onPeerClosed: (from) => this.#connectionClosed(from),
      onRouter: (router) => this.#welcome(router),
      onRequest: (message) => this.#onRequest(message),
    });
    this.#statuses = new StatusStream(
      timing.heartbeatMs,
      () => replica.status(),
      (status) => this.#server.tellRouter({ type: 'status', status }),
    );
    const { entries, tornBytes, rebuilt } = report;
    this.rebuilt = rebuilt;
    this.recovered = {
      type: 'recovered',
      position: formatPosition(replica.status().position),
      snapshot: recovered.snapshot && formatPosition(recovered.snapshot.position),
      entries,
      tornBytes,
      standing: recovered.hardState.standing,
      rebuilt,
    };
  }

  listen(onListening: (port: number) => void, onError: (error: Error) => void): void {
    const { host, port } = this.#config;
    this.#server.listen({ host, port }, onListening, onError);
  }

  setNetwork(peers: Readonly<Record<string, Address>>, links: readonly LinkSnapshot[]): void {
    this.#links = links;
    this.#peers.setFaults(this.#config.id, links);
    this.#peers.setAddresses(peers);
  }

  /** From now on it lives at this tempo. */
  retime(tempo: Tempo): void {
    const timing = timingOf(tempo);
    this.#driver.retime(timing, tickMsOf(timing.heartbeatMs));
    this.#peers.setRedial(timing.heartbeatMs);
    this.#statuses.setHeartbeat(timing.heartbeatMs);
  }

  status(): ReplicaStatus {
    return this.#driver.status();
  }

  /** Writes what is under way, and marks the log's end as whole. */
  stop(then: () => void): void {
    this.#driver.stop();
    this.#statuses.stop();
    this.#wal.close(then);
  }

  /** What is not on disk is lost, and so is this process. */
  cutPower(): never {
    cutToDurable(this.#config.dir, this.#wal.durableEnd());
    process.kill(process.pid, 'SIGKILL');
    throw new Error('alive after SIGKILL');
  }

  /** That a connection closed is news that comes over the link: through a cut one it does not come. */
  #connectionClosed(peer: ReplicaId): void {
    const cut = this.#links.some((link) => link.cut && link.from === peer && link.to === this.#config.id);
    if (!cut) this.#driver.feed({ type: 'connection-closed', peer });
  }

  #welcome(router: RouterConnection): void {
    // A router that comes later must not take it for a start.
    if (!this.#isStartTold) router.send(this.recovered);
    this.#isStartTold = true;
    router.send({ type: 'status', status: this.#driver.status() });
  }

  #onRequest(message: ToReplica): void {
    switch (message.type) {
      case 'write':
        return this.#driver.propose(message.write);
      case 'read':
        return this.#driver.feed({ type: 'read', read: message.read });
      case 'locate':
        return this.#driver.feed({ type: 'locate', locate: message.locate });
      case 'log':
        return this.#server.tellRouter({ type: 'log', id: message.id, ...this.#showLog(message.from, message.limit) });
      default:
        message satisfies never;
    }
  }

  #showLog(from: number, limit: number): { entries: readonly LogEntryView[]; lastLsn: number } {
    const { durableLsn, committedLsn, position } = this.#driver.status();
    const entries = this.#driver.entries(lsn(from), LOG_BYTES_MAX, limit).map((entry) => ({
      ...viewOf(entry),
      durable: entry.lsn <= durableLsn,
      committed: entry.lsn <= committedLsn,
    }));
    return { entries, lastLsn: position.lsn };
  }
}

/** A tenth of a heartbeat is fine enough for every timer, within what a timer of the machine can do. */
const tickMsOf = (heartbeatMs: number): number => Math.min(20, Math.max(2, heartbeatMs / 10));

function viewOf(entry: Entry): Omit<LogEntryView, 'durable' | 'committed'> {
  const { id, command, mode } = entry;
  return {
    position: formatPosition(entry),
    id,
    op: command.op,
    key: command.op === 'noop' ? null : command.key,
    value: command.op === 'put' ? command.value : null,
    mode,
  };
}
