import { COMPACTION, type CompactionLimits } from '../../../core/protocol/compaction.ts';
import type { ReplicaId } from '../../../core/protocol/position.ts';
import { type Random, seededRandom } from '../../../core/protocol/random.ts';
import type { Reply } from '../../../core/protocol/requests.ts';
import { TEMPOS } from '../../../core/protocol/timing.ts';
import { Lab } from './lab.ts';
import { LabClients } from './lab-clients.ts';
import { drawWeighted, oneOf, pick } from './lab-draw.ts';

const ACTIONS = 1200;
/** After all faults are healed a sync write must be acknowledged within this much time. */
const HEALED_MS_MAX = 10_000;
const SIZES = [1, 2, 3, 3, 3, 3, 4, 5, 5];
/** How much log is kept: all of it, a little, next to nothing. */
const LIMITS: readonly CompactionLimits[] = [
  COMPACTION,
  { logBytes: 1500, tailBytes: 800, partBytes: 300 },
  { logBytes: 400, tailBytes: 0, partBytes: 0 },
];

/** How often each thing happens. A fault has at most this weight; the others have it in every run. */
const WEIGHTS = {
  deliver: 60,
  sync: 40,
  tick: 16,
  write: 12,
  read: 8,
  locate: 1,
  restart: 1.5,
  resume: 1,
  heal: 0.8,
  drop: 2,
  duplicate: 2,
  reorder: 8,
  split: 2,
  cut: 0.7,
  close: 0.7,
  kill: 1,
  pause: 0.7,
  gap: 0.3,
  retime: 0.3,
  lose: 0.8,
  fill: 0.3,
  free: 0.5,
};
type Action = keyof typeof WEIGHTS;
type ClientAction = 'write' | 'read' | 'locate';
type MoveAction = 'deliver' | 'reorder' | 'drop' | 'duplicate';
type ConnectAction = 'split' | 'cut' | 'close' | 'heal';
type LinkAction = MoveAction | ConnectAction;
const FAULTS: readonly string[] = [
  'drop',
  'duplicate',
  'reorder',
  'split',
  'cut',
  'close',
  'kill',
  'pause',
  'gap',
  'retime',
  'lose',
  'fill',
];

/** How often each kind of thing came to pass, over many runs: what never does is not tested. */
export type Sights = Map<string, number>;

/** One run of a cluster under random faults, the same for the same seed; throws when a check fails. */
export function runChaos(seed: number, sights: Sights): void {
  new Chaos(seed).run(sights);
}

class Chaos {
  readonly #lab: Lab;
  readonly #clients: LabClients;
  readonly #weights: Record<Action, number>;
  // One generator for each subsystem, so that a draw more in one does not shift the others.
  readonly #schedule: Random;
  readonly #network: Random;
  readonly #disks: Random;
  readonly #clocks: Random;

  constructor(seed: number) {
    const seedOf = (subsystem: number) => seed * 7919 + subsystem;
    // Which faults there are and how hard is drawn for each run (swarm testing): calm and wild ones find different bugs.
    const swarm = seededRandom(seedOf(0));
    const limits = oneOf(seededRandom(seedOf(9)), LIMITS) ?? COMPACTION;
    this.#lab = new Lab({ size: oneOf(swarm, SIZES) ?? 3, seed, limits });
    this.#weights = { ...WEIGHTS };
    for (const [action, weight] of Object.entries(WEIGHTS)) {
      if (!FAULTS.includes(action)) continue;
      this.#weights[action as Action] = swarm.between(0, 1) < 0.4 ? 0 : swarm.between(0, weight);
    }
    this.#schedule = seededRandom(seedOf(1));
    this.#network = seededRandom(seedOf(2));
    this.#disks = seededRandom(seedOf(3));
    this.#clocks = seededRandom(seedOf(4));
    this.#clients = new LabClients(this.#lab, seedOf(5));
  }

  run(sights: Sights): void {
    for (let done = 0; done < ACTIONS; done++) this.#act(drawWeighted(this.#schedule, this.#weights));
    this.#heal();
    this.#progress();
    const see = (sight: string) => sights.set(sight, (sights.get(sight) ?? 0) + 1);
    for (const id of this.#lab.ids) for (const { type } of this.#lab.eventsOf(id)) see(type);
    for (const reply of this.#lab.replies.values()) see(kindOf(reply));
  }

  #act(action: Action): void {
    switch (action) {
      case 'write':
      case 'read':
      case 'locate':
        this.#clients[action]();
        return;
      case 'deliver':
      case 'reorder':
      case 'drop':
      case 'duplicate':
        this.#move(action);
        return;
      case 'split':
      case 'cut':
      case 'close':
      case 'heal':
        this.#connect(action);
        return;
      default:
        this.#drive(action);
    }
  }

  /** Something happens to what is on its way. */
  #move(action: MoveAction): void {
    const lab = this.#lab;
    const busy = lab.network.links.filter(({ to, queue }) => queue.length > 0 && lab.isRunning(to));
    const link = oneOf(this.#network, busy);
    if (!link) return;
    const { from, to, queue } = link;
    const index = pick(this.#network, queue.length);
    switch (action) {
      case 'deliver':
        for (let left = 1 + pick(this.#network, 6); left > 0 && queue.length > 0; left--) lab.deliver(from, to);
        return;
      case 'reorder':
        lab.deliver(from, to, index);
        return;
      case 'drop':
        lab.network.take(link, index);
        return;
      case 'duplicate':
        queue.splice(pick(this.#network, queue.length + 1), 0, ...queue.slice(index, index + 1));
        return;
      default:
        action satisfies never;
    }
  }

  #connect(action: ConnectAction): void {
    const lab = this.#lab;
    const [a, b] = [oneOf(this.#network, lab.ids), oneOf(this.#network, lab.ids)] as [ReplicaId, ReplicaId];
    switch (action) {
      case 'split': {
        // Half of the splits cut off a leader: without entries that nobody else has there is nothing to roll back.
        const leader = this.#network.between(0, 1) < 0.5 ? lab.leader() : null;
        const side = leader ? [leader] : lab.ids.filter(() => this.#network.between(0, 1) < 0.4);
        for (const here of side) for (const there of lab.ids) if (!side.includes(there)) lab.cut(here, there);
        return;
      }
      case 'cut':
        if (a !== b) lab.network.cut(a, b);
        return;
      case 'close':
        if (a !== b) lab.close(a, b);
        return;
      case 'heal':
        lab.heal();
        return;
      default:
        action satisfies never;
    }
  }

  /** Something happens to a replica, its disk or its clock; half of the faults meet a leader. */
  #drive(action: Exclude<Action, ClientAction | LinkAction>): void {
    const lab = this.#lab;
    const running = lab.ids.filter((id) => lab.isRunning(id));
    const one = oneOf(this.#schedule, running);
    const victim = (this.#schedule.between(0, 1) < 0.5 ? lab.leader() : null) ?? one;
    const stopped = oneOf(
      this.#schedule,
      lab.ids.filter((id) => (action === 'resume' ? lab.isUp(id) && !lab.isRunning(id) : !lab.isUp(id))),
    );
    const elapsedMs = this.#clocks.between(5, 180);
    switch (action) {
      case 'sync':
        if (one) lab.sync(one, 1 + pick(this.#disks, 4));
        return;
      case 'tick':
        if (this.#clocks.between(0, 1) < 0.8) lab.pass(elapsedMs);
        else if (one) lab.tick(one, elapsedMs);
        return;
      case 'gap':
        if (victim) lab.tick(victim, this.#clocks.between(300, 3000));
        return;
      case 'retime': {
        // Most of the time all hear of it at once, but for those that are paused.
        const hearers = this.#clocks.between(0, 1) < 0.7 ? running : running.slice(0, 1 + pick(this.#clocks, 2));
        lab.retime(oneOf(this.#clocks, TEMPOS) ?? 'normal', hearers);
        return;
      }
      case 'kill':
        if (victim) lab.kill(victim, pick(this.#disks, 4), pick(this.#disks, 4));
        return;
      case 'pause':
        if (victim) lab.pause(victim);
        return;
      case 'restart':
        if (stopped) lab.restart(stopped);
        return;
      case 'lose':
        // Two voters of three can lead; with fewer replicas one that has no vote may be needed for ever.
        if (stopped && lab.ids.length > 2 && lab.ids.every((id) => id === stopped || lab.mayVote(id))) {
          lab.lose(stopped, this.#disks.between(0, 1), this.#disks.between(0, 1) < 0.2);
        }
        return;
      case 'fill':
        if (victim) lab.fill(victim);
        return;
      case 'free':
        for (const id of lab.ids) lab.free(id);
        return;
      case 'resume':
        if (stopped) lab.resume(stopped);
        return;
      default:
        action satisfies never;
    }
  }

  #heal(): void {
    const lab = this.#lab;
    lab.heal();
    for (const id of lab.ids) {
      lab.free(id);
      if (!lab.isUp(id)) lab.restart(id);
      else if (!lab.isRunning(id)) lab.resume(id);
    }
    lab.retime('normal');
  }

  /** With all faults gone the cluster takes a sync write, and its replicas become alike and owe no answers. */
  #progress(): void {
    const lab = this.#lab;
    let write: string | null = null;
    for (let ms = 0; !(write !== null && lab.outcome(write).startsWith('ok')); ms += 50) {
      if (ms > HEALED_MS_MAX) throw new Error(`no sync write ${HEALED_MS_MAX} ms after all was healed\n${lab.story()}`);
      lab.pass(50);
      lab.settle();
      if (lab.leader() !== null && (write === null || lab.outcome(write) !== 'waiting')) write = lab.write('sync');
      lab.settle();
    }
    lab.run(lab.timing.acknowledgeMs + lab.timing.heartbeatMs);
    const logs = new Set(lab.ids.map((id) => lab.log(id)));
    const open = lab.ids.flatMap((id) => lab.checks.clients.openAt(id));
    const isAllCommitted = lab.ids.every((id) => lab.status(id).committedLsn === lab.status(id).position.lsn);
    if (logs.size === 1 && open.length === 0 && isAllCommitted) return;
    throw new Error(`healed, but the replicas differ or owe answers (${open})\n${lab.story()}`);
  }
}

/** `write ok`, `read failed rolled-back`… */
function kindOf(reply: Reply): string {
  if (reply.type === 'locate') {
    return `locate ${reply.settled ? (reply.found.length > 0 ? 'found' : 'gone') : 'unsettled'}`;
  }
  return [reply.type, reply.outcome, 'code' in reply ? reply.code : ''].join(' ').trimEnd();
}
