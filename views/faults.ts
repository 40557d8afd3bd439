import type { ControlResult } from '../core/observe/api.ts';
import type { LinkSnapshot } from '../core/observe/snapshot.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import type { Control, Seen } from './state.ts';

/** A fault that a key has set, and how to take it back. */
export interface Fault {
  /** As the footer names it: `n1 cut off`. */
  readonly name: string;
  /** What is faulty: of one thing only the last fault is remembered. */
  readonly subject: string;
  readonly undo: readonly Control[];
}

/** So many faults can be undone, the last ones. */
const FAULTS_KEPT = 50;

/** The faults after a control request was done. `fault`: what it set, for link faults; other faults are told by the answer. */
export function faultsAfter(
  faults: readonly Fault[],
  control: Control,
  fault: Fault | null,
  { replicas = [] }: ControlResult,
): readonly Fault[] {
  switch (control.op) {
    case 'kill':
    case 'stop':
    case 'power-cut':
      return remember(faults, replicas.map(downOf));
    case 'pause':
      return remember(faults, replicas.map(pausedOf));
    case 'start':
    case 'resume':
      return faults.filter(({ subject }) => !replicas.some((id) => subject === processOf(id)));
    case 'link':
      if (fault !== null) return remember(faults, [fault]);
      // One direction of one link mends no replica.
      if (control.oneWay) return faults;
      return faults.filter(({ subject }) => subject !== linkSubject(control.from as ReplicaId, control.fault.kind));
    case 'heal':
      return [];
    case 'mode':
    case 'tempo':
      return faults;
    default:
      throw new Error(`no such control: ${JSON.stringify(control satisfies never)}`);
  }
}

/** Cutting all links of a replica, and how they were before. */
export const cutOf = (id: ReplicaId, seen: Seen): Fault => ({
  name: `${id} cut off`,
  subject: linkSubject(id, 'cut'),
  undo: linksOf(id, seen)
    .filter(({ cut }) => !cut)
    .map(({ from, to }) => ({ op: 'link', from, to, fault: { kind: 'restore' }, oneWay: true })),
});

/** Delaying all links of a replica, and how they were before. */
export const delayOf = (id: ReplicaId, seen: Seen): Fault => ({
  name: `${id} delayed`,
  subject: linkSubject(id, 'delay'),
  undo: linksOf(id, seen).map(({ from, to, delayMs }) => ({
    op: 'link',
    from,
    to,
    fault: { kind: 'delay', ms: delayMs },
    oneWay: true,
  })),
});

/** Every link to and from a replica, the whole ones too. */
export function linksOf(id: ReplicaId, { snapshot }: Seen): readonly LinkSnapshot[] {
  if (snapshot === null) return [];
  const others = snapshot.replicas.map((replica) => replica.id).filter((other) => other !== id);
  const whole = { cut: false, delayMs: 0, dropPercent: 0 };
  return others.flatMap((other) =>
    [
      { from: id, to: other, ...whole },
      { from: other, to: id, ...whole },
    ].map((link) => snapshot.links.find(({ from, to }) => from === link.from && to === link.to) ?? link),
  );
}

const downOf = (id: ReplicaId): Fault => ({
  name: `${id} down`,
  subject: processOf(id),
  undo: [{ op: 'start', target: id }],
});
const pausedOf = (id: ReplicaId): Fault => ({
  name: `${id} paused`,
  subject: processOf(id),
  undo: [{ op: 'resume', target: id }],
});

const processOf = (id: ReplicaId): string => `process ${id}`;
const linkSubject = (id: ReplicaId, kind: string): string => `${kind === 'restore' ? 'cut' : kind} ${id}`;

/** The newest first. */
function remember(faults: readonly Fault[], set: readonly Fault[]): readonly Fault[] {
  const others = faults.filter(({ subject }) => !set.some((fault) => fault.subject === subject));
  return [...set, ...others].slice(0, FAULTS_KEPT);
}
