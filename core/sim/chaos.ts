import { TEMPOS } from '../protocol/timing.ts';
import { Draw } from './draw.ts';
import { FAULT_NAMES, FAULTS, type Fault } from './faults.ts';
import type { Host } from './host.ts';
import { rot } from './rot.ts';
import type { World } from './world.ts';

/** Does a fault to a world. Returns to whom, in words; null: it could be done to nobody. */
type Inject = (world: World, draw: Draw) => string | null;

/** Faults of all kinds come so many times as often as the plans say: so much that a cluster just bears it. */
const OFTEN = 2.5;

/** Each kind of fault that happens now and then: how far apart at its hardest, in election timeouts, and what is done. */
const PLANS: Partial<Record<Fault, { readonly every: number; readonly inject: Inject }>> = {
  lag: { every: 3, inject: (world, draw) => onLink(world, draw, (from, to) => lag(world, draw, from, to)) },
  cut: { every: 2, inject: (world, draw) => onLink(world, draw, (from, to) => cut(world, draw, from, to)) },
  split: { every: 3, inject: split },
  close: { every: 2, inject: (world, draw) => onLink(world, draw, (from, to) => world.network.close(from, to)) },
  kill: { every: 2, inject: (world, draw) => onVictim(world, draw, (host) => host.kill()) },
  stop: { every: 5, inject: (world, draw) => onVictim(world, draw, (host) => host.stop()) },
  pause: { every: 3, inject: (world, draw) => onVictim(world, draw, (host) => pause(world, draw, host)) },
  'power-cut': { every: 3, inject: (world, draw) => onVictim(world, draw, (host) => host.cutPower()) },
  blackout: { every: 8, inject: blackout },
  'slow-disk': { every: 3, inject: (world, draw) => onVictim(world, draw, (host) => slowDisk(world, draw, host)) },
  'fsync-error': { every: 4, inject: (world, draw) => onVictim(world, draw, failSync) },
  'disk-full': { every: 5, inject: (world, draw) => onVictim(world, draw, (host) => fillDisk(world, draw, host)) },
  rot: { every: 4, inject: rot },
  jump: { every: 3, inject: (world, draw) => onVictim(world, draw, (host) => jump(world, draw, host)) },
  retime: { every: 6, inject: retime },
  'router-lag': { every: 3, inject: routerLag },
  'router-close': {
    every: 3,
    inject: (world, draw) => onVictim(world, draw, ({ index }) => lineOf(world, index)?.break()),
  },
  'router-restart': { every: 10, inject: restartRouter },
};

/** Lets faults happen to a world, each kind at its own times, until it is ended. */
export class Chaos {
  readonly #world: World;
  #isOver = false;

  constructor(world: World, seed: number) {
    this.#world = world;
    for (const fault of FAULT_NAMES) {
      const plan = PLANS[fault];
      const hardness = world.options.faults[fault];
      if (plan === undefined || hardness <= 0) continue;
      this.#next(
        fault,
        plan.inject,
        new Draw(seed, fault),
        (plan.every * world.timing.electionMaxMs) / (hardness * OFTEN),
      );
    }
  }

  end(): void {
    this.#isOver = true;
  }

  #next(fault: Fault, inject: Inject, draw: Draw, everyMs: number): void {
    const { schedule, chronicle, witness, digest } = this.#world;
    schedule.after(draw.around(everyMs), () => {
      if (this.#isOver) return;
      const victim = inject(this.#world, draw);
      if (victim !== null) {
        chronicle.fault(fault);
        digest.mixText(fault);
        witness.note(`fault: ${FAULTS[fault]} (${victim})`);
      }
      this.#next(fault, inject, draw, everyMs);
    });
  }
}

/** Half of the faults meet the leader. */
function onVictim(world: World, draw: Draw, act: (host: Host) => void): string | null {
  const anyone = draw.oneOf(world.hosts);
  const victim = (draw.chance(0.5) ? world.leader : null) ?? anyone;
  if (!victim.isAlive) return null;
  act(victim);
  return victim.id;
}

function onLink(world: World, draw: Draw, act: (from: number, to: number) => void): string | null {
  const [from, to] = [draw.below(world.hosts.length), draw.below(world.hosts.length)];
  if (from === to) return null;
  act(from, to);
  return linkName(world, from, to);
}

const linkName = (world: World, from: number, to: number): string => `${world.ids[from]} to ${world.ids[to]}`;

/** In election timeouts, as they are now. */
function lasting(world: World, draw: Draw, timeouts: number): number {
  return draw.around(timeouts * world.timing.electionMaxMs);
}

/** Later it is over, and that is told as it was told that it began. `end`: whether it lasted until then. */
function overAfter(world: World, ms: number, fault: Fault, victim: string, end: () => boolean): void {
  world.schedule.after(ms, () => {
    if (end()) world.witness.note(`over: ${FAULTS[fault]} (${victim})`);
  });
}

function lag(world: World, draw: Draw, from: number, to: number): void {
  world.network.lag(from, to, lasting(world, draw, 0.5));
  const ms = lasting(world, draw, 2);
  overAfter(world, ms, 'lag', linkName(world, from, to), () => world.network.unlag(from, to));
}

function cut(world: World, draw: Draw, from: number, to: number): void {
  world.network.cut(from, to);
  const ms = lasting(world, draw, 2);
  overAfter(world, ms, 'cut', linkName(world, from, to), () => world.network.uncut(from, to));
}

/** Half of the splits cut off the leader: without entries that nobody else has there is nothing to roll back. */
function split(world: World, draw: Draw): string | null {
  const everyone = world.hosts.map(({ index }) => index);
  const leader = draw.chance(0.5) ? world.leader : null;
  const here = leader ? [leader.index] : everyone.filter(() => draw.chance(0.4));
  const there = everyone.filter((index) => !here.includes(index));
  if (here.length === 0 || there.length === 0) return null;
  const ms = lasting(world, draw, 2);
  const pairs = here.flatMap((a) => there.flatMap((b) => [[a, b] as const, [b, a] as const]));
  for (const [from, to] of pairs) world.network.cut(from, to);
  const victims = here.map((index) => world.ids[index]).join(' ');
  overAfter(world, ms, 'split', victims, () => pairs.filter(([from, to]) => world.network.uncut(from, to)).length > 0);
  return victims;
}

function pause(world: World, draw: Draw, host: Host): void {
  host.pause();
  overAfter(world, lasting(world, draw, 0.8), 'pause', host.id, () => {
    const wasPaused = host.isPaused;
    host.resume();
    return wasPaused;
  });
}

function blackout(world: World): string {
  for (const host of world.hosts) host.cutPower();
  return 'all';
}

function slowDisk(world: World, draw: Draw, host: Host): void {
  host.disk.slowMs = lasting(world, draw, 0.2);
  overAfter(world, lasting(world, draw, 2), 'slow-disk', host.id, () => {
    const wasSlow = host.disk.slowMs > 0;
    host.disk.slowMs = 0;
    return wasSlow;
  });
}

function failSync(host: Host): void {
  host.disk.failsNextSync = true;
}

function fillDisk(world: World, draw: Draw, host: Host): void {
  host.disk.isFull = true;
  overAfter(world, lasting(world, draw, 1), 'disk-full', host.id, () => {
    const wasFull = host.disk.isFull;
    host.disk.isFull = false;
    return wasFull;
  });
}

function jump(world: World, draw: Draw, host: Host): void {
  host.clock.jump(lasting(world, draw, 1));
}

/** Most of the time all hear of it at once. */
function retime(world: World, draw: Draw): string {
  const tempo = draw.oneOf(TEMPOS);
  world.retime(tempo, draw.chance(0.7) ? world.hosts : world.hosts.filter(() => draw.chance(0.5)));
  return tempo;
}

function routerLag(world: World, draw: Draw): string | null {
  return onVictim(world, draw, ({ id, index }) => {
    const line = lineOf(world, index);
    if (line === undefined) return;
    line.lagMs = lasting(world, draw, 0.7);
    overAfter(world, lasting(world, draw, 2), 'router-lag', id, () => {
      const wasSlow = line.lagMs > 0 && line === lineOf(world, index);
      line.lagMs = 0;
      return wasSlow;
    });
  });
}

function restartRouter(world: World): string {
  world.restartRouter();
  return 'and its ledger';
}

const lineOf = (world: World, index: number) => world.router.lines[index];
