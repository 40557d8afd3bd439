import type {
  ApiError,
  ClientRequest,
  ControlResult,
  LinkOp,
  LogResult,
  ProcessAction,
  StartOp,
  Target,
} from '../observe/api.ts';
import type { Happening } from '../observe/events.ts';
import type { LedgerChange } from '../observe/ledger.ts';
import { viewLedger } from '../observe/ledger-view.ts';
import { WriteRate } from '../observe/rate.ts';
import { buildSnapshot, type ClusterSnapshot, type LinkSnapshot } from '../observe/snapshot.ts';
import type { WriteMode } from '../protocol/entry.ts';
import { formatPosition, type ReplicaId } from '../protocol/position.ts';
import { type Tempo, timingOf } from '../protocol/timing.ts';
import { staleMsOf } from '../routing/fleet.ts';
import { nobodyToAct } from '../routing/no-leader.ts';
import { whyNoRebuild } from '../routing/rebuild.ts';
import { RoutingTier } from '../routing/tier.ts';
import { machineClock } from '../wire/clock.ts';
import { type FromReplica, LOG_ENTRIES_MAX } from '../wire/replica-channel.ts';
import type { Secret } from '../wire/secret.ts';
import { readAskOf, readResultOf, writeAskOf, writeResultOf } from './asks.ts';
import { type Client, serveClients } from './client-server.ts';
import type { ControlOrder, ReplicaPlace, RouterConfig, RouterReport } from './config.ts';
import { withoutSupervisor } from './no-supervisor.ts';
import { Publisher, type Watcher } from './publisher.ts';
import { Replicas } from './replicas.ts';

/** How often waiting requests are looked at, in ms. */
const EXPIRE_MS = 20;
/** The supervisor is waited for so long, in ms: longer than it takes to stop what does not stop. */
const CONTROL_MS = 10_000;
/** A replica's log is waited for so long, in ms. */
const LOG_MS = 2000;

/**
 * The routing tier's process, the one address that anyone needs: it ties the tier to clients, replicas, watchers and the
 * supervisor, and keeps the mode and the tempo.
 */
export class Router {
  readonly #config: RouterConfig;
  readonly #secret: Secret;
  readonly #report: (report: RouterReport) => void;
  readonly #replicas: Replicas;
  readonly #tier: RoutingTier;
  readonly #rate = new WriteRate();
  readonly #publisher = new Publisher(() => this.#snapshot());
  readonly #controls = new Map<string, (result: ControlResult) => void>();
  readonly #logs = new Map<string, { readonly from: ReplicaId; readonly reply: (result: object) => void }>();
  #mode: WriteMode;
  #tempo: Tempo;
  #links: readonly LinkSnapshot[] = [];
  #asked = 0;

  constructor(config: RouterConfig, secret: Secret, report: (report: RouterReport) => void) {
    this.#config = config;
    this.#secret = secret;
    this.#report = report;
    this.#mode = config.mode;
    this.#tempo = config.tempo;
    this.#replicas = new Replicas(
      { ...config, secret },
      {
        onMessage: (from, message) => this.#onMessage(from, message),
        onHeard: (id) => this.#onContact({ id, heard: true, reason: null }),
        onLost: (id, wasHeard) => {
          this.#onLost(id);
          if (wasHeard) this.#onContact({ id, heard: false, reason: null });
        },
        onRefused: (id, reason) => {
          process.stderr.write(`no connection to ${id}: ${reason}\n`);
          this.#onContact({ id, heard: false, reason });
        },
      },
    );
    this.#tier = new RoutingTier({
      clock: machineClock,
      members: config.members,
      timing: timingOf(config.tempo),
      prefix: prefixOf(config),
      expireMs: EXPIRE_MS,
      lineTo: (id) => this.#replicas.link(id),
      onAcknowledged: (ms) => this.#rate.add(ms, performance.now()),
      onChange: (change) => this.#onLedgerChange(change),
    });
    this.#publisher.event({ type: 'router', restarts: config.restarts });
  }

  listen(): void {
    const { host, port, cluster } = this.#config;
    const door = { host, port, cluster, secret: this.#secret };
    const server = serveClients(door, (request, client, reply) => this.#handle(request, client, reply));
    server.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'port-in-use' : 'unusable';
      this.#report({ type: 'refused', code, errno: error.code, message: error.message });
    });
    server.on('listening', () => {
      const address = server.address();
      if (address && typeof address === 'object') this.#report({ type: 'listening', port: address.port });
    });
  }

  setWorld(places: Readonly<Record<string, ReplicaPlace>>, links: readonly LinkSnapshot[]): void {
    this.#links = links;
    this.#replicas.setPlaces(places);
    this.#publisher.publish();
  }

  /** Tells `watcher` what happened and happens; in this process, as a client is told. */
  watch(watcher: Watcher): void {
    this.#publisher.watch(watcher);
  }

  happened(what: Happening): void {
    this.#publisher.event(what);
  }

  controlled(id: string, result: ControlResult): void {
    this.#controls.get(id)?.(result);
    this.#controls.delete(id);
  }

  #handle(request: ClientRequest, client: Client, reply: (result: object) => void): void {
    if (!this.#config.supervised) {
      const { fleet } = this.#tier;
      const error = withoutSupervisor(request, this.#replicas.facts(fleet), fleet.leader()?.id ?? null);
      if (error !== null) return reply(refused(error));
    }
    switch (request.op) {
      case 'write':
      case 'delete': {
        const ask = writeAskOf(request, this.#mode);
        return this.#tier.write(ask, (answer) => reply(writeResultOf(ask, answer)));
      }
      case 'read':
        return this.#tier.read(readAskOf(request), (answer) => reply(readResultOf(answer)));
      case 'status':
        return reply(this.#snapshot());
      case 'watch':
        reply({ v: 1, ok: true });
        if (!this.#publisher.isWatching(client)) client.onClosed(this.#publisher.watch(client));
        return;
      case 'mode':
        return reply(this.#setMode(request.mode));
      case 'tempo':
        return reply(this.#setTempo(request.tempo));
      case 'log':
        return this.#log(request, reply);
      case 'ledger':
        return reply(viewLedger(this.#tier.ledger, request));
      case 'kill':
      case 'stop':
      case 'pause':
      case 'resume':
      case 'power-cut':
        return this.#process(request.op, request.target, reply);
      case 'start':
        return this.#start(request, reply);
      case 'link':
        return this.#link(request, reply);
      case 'heal':
      case 'down':
        return this.#control({ op: request.op }, reply);
      default:
        request satisfies never;
    }
  }

  #onMessage(from: ReplicaId, message: FromReplica): void {
    switch (message.type) {
      case 'status':
        return this.#tier.onStatus(from, message.status);
      case 'recovered': {
        const { position, snapshot, entries, tornBytes, standing, rebuilt } = message;
        const held = { position, snapshot, entries, tornBytes, standing, rebuilt };
        return this.#publisher.event({ type: 'recovered', id: from, ...held });
      }
      case 'event':
        return this.#publisher.event({ type: 'replica', id: from, event: message.event });
      case 'log': {
        const asked = this.#logs.get(message.id);
        this.#logs.delete(message.id);
        return asked?.reply({
          v: 1,
          replica: from,
          entries: message.entries,
          lastLsn: message.lastLsn,
        } satisfies LogResult);
      }
      case 'reply':
        return this.#tier.onReply(from, message.reply);
      default:
        message satisfies never;
    }
  }

  /** A supervisor tells of processes itself. */
  #onContact(contact: Pick<Extract<Happening, { type: 'contact' }>, 'id' | 'heard' | 'reason'>): void {
    if (!this.#config.supervised) this.#publisher.event({ type: 'contact', ...contact });
  }

  #onLost(id: ReplicaId): void {
    this.#tier.onLost(id);
    for (const [key, asked] of this.#logs) {
      if (asked.from !== id) continue;
      this.#logs.delete(key);
      asked.reply(noLog(id, `${id} went away before it answered`));
    }
  }

  #onLedgerChange(change: LedgerChange): void {
    const { id, key, mode, position } = change.write;
    const text = position && formatPosition(position);
    if (change.type === 'settled')
      this.#publisher.event({ type: 'settled', id, key, position: text, fate: change.fate });
    else if (text) this.#publisher.event({ type: 'lost', id, key, position: text, mode });
  }

  #setMode(mode: WriteMode | undefined): ControlResult {
    if (mode !== undefined && mode !== this.#mode) {
      this.#mode = mode;
      this.#report({ type: 'mode', mode });
      this.#publisher.event({ type: 'mode', mode });
      this.#publisher.publish();
    }
    return { v: 1, ok: true, message: `writes are ${this.#mode} now`, mode: this.#mode };
  }

  #setTempo(tempo: Tempo | undefined): ControlResult {
    if (tempo !== undefined && tempo !== this.#tempo) {
      this.#tempo = tempo;
      this.#tier.retime(timingOf(tempo));
      this.#report({ type: 'tempo', tempo });
      this.#publisher.event({ type: 'tempo', tempo });
      this.#publisher.publish();
      // And once all have spoken at this pace: until then those who were slower look silent.
      setTimeout(() => this.#publisher.publish(), staleMsOf(timingOf(tempo))).unref();
    }
    return { v: 1, ok: true, message: `the tempo is ${this.#tempo} now`, tempo: this.#tempo };
  }

  #log(request: Extract<ClientRequest, { op: 'log' }>, reply: (result: object) => void): void {
    const { replica, from = 1, limit = LOG_ENTRIES_MAX } = request;
    if (!this.#config.members.includes(replica)) return reply(noLog(replica, this.#noSuch(replica)));
    this.#asked += 1;
    const id = `${prefixOf(this.#config)}log-${this.#asked}`;
    if (!this.#replicas.link(replica).send({ type: 'log', id, from, limit })) {
      return reply(noLog(replica, `${replica} is down: start it to see its log`));
    }
    this.#logs.set(id, { from: replica, reply });
    setTimeout(() => {
      if (this.#logs.delete(id)) reply(noLog(replica, `${replica} did not answer within ${LOG_MS} ms: is it paused?`));
    }, LOG_MS).unref();
  }

  #process(op: ProcessAction, target: Target, reply: (result: object) => void, rebuild = false): void {
    const replicas = this.#named(target);
    if ('code' in replicas) reply(refused(replicas));
    else this.#control({ op, replicas, rebuild }, reply);
  }

  #start(request: StartOp, reply: (result: object) => void): void {
    const { fleet } = this.#tier;
    const { members } = this.#config;
    const statusOf = (id: ReplicaId) => (fleet.isReachable(id) ? fleet.status(id) : null);
    const target = members.find((member) => member === request.target);
    const obstacle = request.rebuild && target ? whyNoRebuild(target, members, statusOf) : null;
    if (obstacle === null) return this.#process('start', request.target, reply, request.rebuild);
    reply(refused({ code: 'control-failed', message: `${request.target} is not begun anew: ${obstacle}` }));
  }

  #link(request: LinkOp, reply: (result: object) => void): void {
    const from = request.from === 'leader' ? this.#tier.fleet.leader()?.id : request.from;
    if (from === undefined) return reply(refused(nobodyToAct(this.#tier.fleet.views())));
    const unknown = [from, request.to].find((id) => id !== 'all' && !this.#config.members.includes(id));
    if (unknown !== undefined) return reply(refused(badRequest(this.#noSuch(unknown))));
    if (from === request.to) return reply(refused(badRequest(`${from} leads; a link is between two replicas`)));
    this.#control({ ...request, from }, reply);
  }

  #named(target: Target): readonly ReplicaId[] | ApiError {
    const { members } = this.#config;
    if (target === 'all') return members;
    if (target !== 'leader' && target !== 'followers') {
      return members.includes(target) ? [target] : badRequest(this.#noSuch(target));
    }
    const leader = this.#tier.fleet.leader()?.id;
    if (!leader) return nobodyToAct(this.#tier.fleet.views());
    return target === 'leader' ? [leader] : members.filter((member) => member !== leader);
  }

  /** Processes and links are the supervisor's. */
  #control(order: ControlOrder, reply: (result: object) => void): void {
    this.#asked += 1;
    const id = `${prefixOf(this.#config)}${this.#asked}`;
    this.#controls.set(id, reply);
    this.#report({ type: 'control', id, order });
    setTimeout(() => {
      const message = `the supervisor did not answer within ${CONTROL_MS} ms: it may still do it`;
      this.controlled(id, { v: 1, ok: false, error: { code: 'no-supervisor', message } });
    }, CONTROL_MS).unref();
  }

  #noSuch(replica: string): string {
    return `there is no ${replica} here: this cluster has ${this.#config.members.join(', ')}`;
  }

  #snapshot(): ClusterSnapshot {
    const { ledger, guarantees } = this.#tier;
    return buildSnapshot({
      cluster: this.#config.cluster,
      supervised: this.#config.supervised,
      mode: this.#mode,
      tempo: this.#tempo,
      replicas: this.#replicas.facts(this.#tier.fleet),
      links: this.#links,
      writes: ledger.outcomes,
      fates: ledger.fates,
      rate: this.#rate.read(performance.now()),
      guarantees: guarantees.lights(ledger.kept),
    });
  }
}

/** Two routers of one cluster, one after the other, never give the same id. The first one's are the shortest. */
function prefixOf({ runs, restarts }: RouterConfig): string {
  if (typeof runs === 'string') return `${runs}-`;
  return runs === 1 && restarts === 0 ? '' : `${runs}.${restarts}-`;
}

const badRequest = (message: string): ApiError => ({ code: 'bad-request', message });
const refused = (error: ApiError): ControlResult => ({ v: 1, ok: false, error });

function noLog(replica: ReplicaId, message: string): LogResult {
  return { v: 1, replica, entries: [], lastLsn: 0, error: { code: 'replica-down', message } };
}
