import type { ClientRequest, LinkFault, ProcessAction } from '../../core/observe/api.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { Draw } from '../../core/sim/draw.ts';

/** What is asked of the router, and when, in ms from the start. */
export interface Step {
  readonly atMs: number;
  readonly order: Extract<ClientRequest, { op: ProcessAction | 'link' | 'heal' }>;
}

type Order = Step['order'];
type Victim = ReplicaId | 'leader';

/** A fault, and how it is ended. */
interface Episode {
  readonly begin: readonly Order[];
  readonly end: readonly Order[];
  /** It lasts from here to there, in ms. */
  readonly lasts: readonly [number, number];
}

/** Between the beginnings of two faults, on average, in ms. */
const GAP_MS = 900;
/** A fault that has not ended when the time is up is ended by whoever heals. Every seed has this share of the kinds. */
const KINDS_SHARE = 0.6;

/** The faults of one run: the same for the same seed. Each seed has kinds of its own, and several may be on at once. */
export function scheduleOf(seed: number, members: readonly ReplicaId[], lengthMs: number): readonly Step[] {
  const draw = new Draw(seed, 'nemesis');
  const chosen = KINDS.filter(() => draw.chance(KINDS_SHARE));
  const kinds = chosen.length > 0 ? chosen : KINDS;
  const steps: Step[] = [];
  for (let atMs = draw.around(GAP_MS); atMs < lengthMs; atMs += draw.around(GAP_MS)) {
    const { begin, end, lasts } = draw.oneOf(kinds)(draw, members);
    const endMs = Math.min(lengthMs, atMs + draw.between(...lasts));
    steps.push(...begin.map((order) => ({ atMs, order })), ...end.map((order) => ({ atMs: endMs, order })));
    if (draw.chance(0.05)) steps.push({ atMs: endMs, order: { op: 'heal' } });
  }
  return steps.sort((a, b) => a.atMs - b.atMs);
}

/** Of one replica at a time, mostly the leader: it is what most failures take. */
const KINDS: readonly ((draw: Draw, members: readonly ReplicaId[]) => Episode)[] = [
  (draw, members) => processFault('kill', victimOf(draw, members), 'start', [20, 3000]),
  (draw, members) => processFault('power-cut', victimOf(draw, members), 'start', [20, 3000]),
  (draw, members) => processFault('stop', victimOf(draw, members), 'start', [20, 1500]),
  (draw, members) => processFault('pause', victimOf(draw, members), 'resume', [300, 4000]),
  // Shorter than an election takes.
  (draw, members) => processFault('pause', victimOf(draw, members), 'resume', [10, 250]),
  (draw) => processFault(draw.oneOf(['kill', 'power-cut'] as const), 'all', 'start', [50, 1500]),
  (draw, members) => linkFault(victimOf(draw, members), 'all', { kind: 'cut' }, false, members),
  (draw, members) => linkFault(victimOf(draw, members), 'all', { kind: 'cut' }, true, members),
  (draw, members) => deaf(draw.oneOf(members), members),
  (draw, members) => {
    const from = draw.oneOf(members);
    const to = draw.oneOf(members.filter((id) => id !== from));
    return linkFault(from, to, { kind: 'cut' }, draw.chance(0.5), members);
  },
  (draw, members) => halves(draw, members),
  (draw, members) =>
    linkFault(victimOf(draw, members), 'all', { kind: 'delay', ms: draw.below(400) }, draw.chance(0.5), members),
  (draw, members) =>
    linkFault(victimOf(draw, members), 'all', { kind: 'drop', percent: 1 + draw.below(60) }, draw.chance(0.5), members),
];

const victimOf = (draw: Draw, members: readonly ReplicaId[]): Victim =>
  draw.chance(0.5) ? 'leader' : draw.oneOf(members);

function processFault(
  action: ProcessAction,
  target: Victim | 'all',
  ending: 'start' | 'resume',
  lasts: readonly [number, number],
): Episode {
  // Who led then may not lead any more.
  const whom = target === 'leader' ? 'all' : target;
  return { begin: [{ op: action, target }], end: [{ op: ending, target: whom }], lasts };
}

function linkFault(
  from: Victim,
  to: ReplicaId | 'all',
  fault: LinkFault,
  oneWay: boolean,
  members: readonly ReplicaId[],
): Episode {
  const whom = from === 'leader' ? members : [from];
  const end = whom.map((id): Order => ({ op: 'link', from: id, to, fault: ENDING[fault.kind] }));
  return { begin: [{ op: 'link', from, to, fault, oneWay }], end, lasts: [100, 5000] };
}

/** It speaks, and hears nobody. */
function deaf(whom: ReplicaId, members: readonly ReplicaId[]): Episode {
  const others = members.filter((id) => id !== whom);
  const linkTo = (fault: LinkFault): Order[] =>
    others.map((from) => ({ op: 'link', from, to: whom, fault, oneWay: true }));
  return { begin: linkTo({ kind: 'cut' }), end: linkTo({ kind: 'restore' }), lasts: [100, 5000] };
}

function halves(draw: Draw, members: readonly ReplicaId[]): Episode {
  const side = members.filter(() => draw.chance(0.5));
  const links = side.flatMap((from) => members.filter((to) => !side.includes(to)).map((to) => ({ from, to })));
  const all = (fault: LinkFault): Order[] => links.map(({ from, to }) => ({ op: 'link', from, to, fault }));
  return { begin: all({ kind: 'cut' }), end: all({ kind: 'restore' }), lasts: [200, 5000] };
}

const ENDING: Readonly<Record<LinkFault['kind'], LinkFault>> = {
  cut: { kind: 'restore' },
  delay: { kind: 'delay', ms: 0 },
  drop: { kind: 'drop', percent: 0 },
  restore: { kind: 'restore' },
  heal: { kind: 'heal' },
};
