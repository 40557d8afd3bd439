import type { WriteMode } from '../protocol/entry.ts';
import { type ReplicaId, replicaId } from '../protocol/position.ts';
import { type Tempo, type Timing, timingOf } from '../protocol/timing.ts';
import { Checks } from './checks/checks.ts';
import { ClientChecks } from './checks/clients.ts';
import { broken } from './checks/violation.ts';
import { Chronicle } from './chronicle.ts';
import { SimClient } from './clients.ts';
import { Digest } from './digest.ts';
import { Draw } from './draw.ts';
import { Host } from './host.ts';
import { Network } from './network.ts';
import { type Climate, drawClimate, type SimOptions } from './options.ts';
import { Line } from './router/line.ts';
import { SimRouter } from './router/router.ts';
import { Schedule } from './schedule.ts';
import { Witness } from './witness.ts';

/** How much a clock drifts at most: by a third. */
const DRIFT_MAX = 0.33;

/** One cluster with its machines, network, router and clients, in virtual time. Nothing in it goes wrong by itself. */
export class World {
  readonly schedule = new Schedule();
  readonly chronicle = new Chronicle();
  readonly digest = new Digest();
  readonly ids: readonly ReplicaId[];
  readonly climate: Climate;
  readonly checks: Checks;
  readonly clientChecks: ClientChecks;
  readonly witness: Witness;
  readonly network: Network;
  readonly hosts: readonly Host[];
  readonly clients: readonly SimClient[];
  readonly options: SimOptions;
  readonly #lineDraw: Draw;
  readonly #restarts: Draw;
  #router: SimRouter;
  #routers = 0;
  #timing: Timing;
  #isHealed = false;
  #areClientsIdle = false;

  constructor(seed: number, options: SimOptions, freezes: boolean) {
    const { replicas, tempo, faults } = options;
    this.options = options;
    this.ids = Array.from({ length: replicas }, (_, index) => replicaId(`n${index + 1}`));
    this.climate = drawClimate(seed, timingOf(tempo).heartbeatMs);
    this.#timing = this.#timingOf(tempo);
    this.checks = new Checks(this.ids);
    this.clientChecks = new ClientChecks(this.checks.history);
    this.witness = new Witness(this.schedule, this.chronicle, this.digest, this.ids);
    this.network = new Network({
      schedule: this.schedule,
      draw: new Draw(seed, 'network'),
      ends: {
        deliver: (to, from, message) => this.#host(to).deliver(this.#host(from).id, message),
        closed: (at, peer) => this.#host(at).closed(this.#host(peer).id),
      },
      size: replicas,
      kind: options.network,
      delayMs: this.climate.delayMs,
      redialMs: this.#timing.heartbeatMs,
      lateMs: this.#timing.electionMaxMs,
      faults,
      freezes,
    });
    const clocks = new Draw(seed, 'clocks');
    this.hosts = this.ids.map(
      (_, index) =>
        new Host({
          seed,
          index,
          ids: this.ids,
          schedule: this.schedule,
          climate: this.climate,
          checks: this.checks,
          witness: this.witness,
          clockRate: 1 + clocks.between(-DRIFT_MAX, DRIFT_MAX) * faults.drift,
          send: (from, { to, message }) => this.network.send(from, this.ids.indexOf(to), message),
          onDied: (died) => this.#onDied(died),
        }),
    );
    this.#lineDraw = new Draw(seed, 'router lines');
    this.#restarts = new Draw(seed, 'restarts');
    this.#router = this.#startRouter();
    this.clients = Array.from({ length: options.clients }, (_, index) => this.#newClient(seed, `c${index + 1}`));
  }

  /** All processes start. */
  begin(): void {
    for (const host of this.hosts) this.start(host);
  }

  get router(): SimRouter {
    return this.#router;
  }

  /** What replicas live by that start now. */
  get timing(): Timing {
    return this.#timing;
  }

  /** The leader of the latest term among those that run; null: none. */
  get leader(): Host | null {
    let leader: Host | null = null;
    let term = -1;
    for (const host of this.hosts) {
      const status = host.isPaused ? null : this.checks.ghosts[host.index]?.status;
      if (status?.role !== 'leader' || status.term <= term) continue;
      leader = host;
      term = status.term;
    }
    return leader;
  }

  /** A process starts on this machine; if it cannot, another tries later. */
  start(host: Host, rebuilds = false): void {
    if (host.isAlive) return;
    host.start(this.#timing, rebuilds);
    if (host.isAlive) this.network.started(host.index);
    else this.#startLater(host);
  }

  retime(tempo: Tempo, hosts: readonly Host[] = this.hosts): void {
    this.#timing = this.#timingOf(tempo);
    for (const host of hosts) host.retime(this.#timing);
    this.#router.retime(this.#timing);
  }

  /** The router dies, and another starts that knows nothing. */
  restartRouter(): void {
    this.#router.die();
    for (const client of this.clients) client.forget();
    this.#router = this.#startRouter();
    this.clientChecks.routerStarted();
  }

  /** From now on nothing is wrong with anything, and clients ask for nothing more. */
  heal(): void {
    this.#isHealed = true;
    this.#areClientsIdle = true;
    this.network.heal();
    for (const line of this.#router.lines) line.heal();
    for (const host of this.hosts) {
      host.disk.heal();
      host.clock.heal();
      this.#bringBack(host);
      host.resume();
      this.start(host);
    }
    this.retime(this.options.tempo);
  }

  /** A write of a client that the checks see like any other. */
  probe(mode: WriteMode, onAnswer: (isAcknowledged: boolean) => void): void {
    const ask = { command: { op: 'put', key: 'probe', value: 'probe' }, mode, session: null, token: null } as const;
    this.#router.write(ask, (answer) => {
      this.clientChecks.wrote(ask, answer);
      onAnswer(answer.outcome === 'ok');
    });
  }

  #onDied(index: number): void {
    const host = this.#host(index);
    this.network.died(index);
    this.#router.lines[index]?.replicaDied();
    this.#startLater(host);
  }

  /** Whoever died is started again, as a rule soon; a log that was damaged is first brought back, or begun anew. */
  #startLater(host: Host): void {
    const { electionMaxMs } = this.#timing;
    const waits = this.#restarts.chance(0.15) ? 6 : 0.6;
    const ms = this.#isHealed ? electionMaxMs / 10 : this.#restarts.around(waits * electionMaxMs);
    this.schedule.after(ms, () => {
      const rebuilds = host.isRefused && host.isGivenUp && this.#canDoWithout(host);
      if (host.isRefused && !rebuilds) this.#bringBack(host);
      this.start(host, rebuilds);
    });
  }

  /** What was damaged of its disk is as it was before. */
  #bringBack(host: Host): void {
    if (host.restore === null) return;
    host.restore();
    host.restore = null;
    this.witness.note(`${host.id}'s log is brought back as it was`);
  }

  /** With fewer than three one that has no vote may be needed for ever; and so may be the second such one. */
  #canDoWithout(host: Host): boolean {
    const others = this.checks.ghosts.filter(({ index }) => index !== host.index);
    return others.length > 1 && others.every(({ durable }) => durable.standing === 'voter');
  }

  #startRouter(): SimRouter {
    const prefix = this.#routers === 0 ? '' : `${this.#routers}-`;
    this.#routers += 1;
    return new SimRouter({
      schedule: this.schedule,
      ids: this.ids,
      timing: this.#timing,
      prefix,
      onChange: (change) => this.clientChecks.changed(change),
      lineTo: (index, router) =>
        new Line({
          schedule: this.schedule,
          draw: this.#lineDraw,
          delayMs: this.climate.delayMs,
          redialMs: this.#timing.heartbeatMs / 2,
          replica: this.#host(index),
          router,
        }),
    });
  }

  #newClient(seed: number, name: string): SimClient {
    const draw = new Draw(seed, `client ${name}`);
    const client = new SimClient({
      name,
      draw,
      options: this.options,
      climate: this.climate,
      ids: this.ids,
      router: () => this.#router,
      checks: this.clientChecks,
      chronicle: this.chronicle,
      digest: this.digest,
    });
    const next = (): void => {
      if (this.#areClientsIdle) return;
      client.act();
      this.schedule.after(draw.around(this.climate.thinkMs), next);
    };
    this.schedule.after(draw.around(this.#timing.electionMaxMs / 2), next);
    return client;
  }

  #timingOf(tempo: Tempo): Timing {
    return { ...timingOf(tempo), acknowledgeMs: this.climate.acknowledgeMs };
  }

  #host(index: number): Host {
    const host = this.hosts[index];
    return host ?? broken('simulator', `no host ${index}`);
  }
}
