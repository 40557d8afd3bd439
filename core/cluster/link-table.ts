import type { LinkOp } from '../observe/api.ts';
import type { LinkSnapshot } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';

/** The faults set on links, each direction by itself. */
export class LinkTable {
  readonly #members: readonly ReplicaId[];
  #links: readonly LinkSnapshot[] = [];

  constructor(members: readonly ReplicaId[]) {
    this.#members = members;
  }

  /** Links with a fault. */
  get faulty(): readonly LinkSnapshot[] {
    return this.#links;
  }

  /** Returns the links it changed, as they are now. */
  apply({ from, to, fault, oneWay = false }: LinkOp): readonly LinkSnapshot[] {
    const others = to === 'all' ? this.#members.filter((member) => member !== from) : [to];
    const changed = others
      .flatMap((other) => (oneWay ? [[from, other] as const] : [[from, other] as const, [other, from] as const]))
      .map(([source, target]) => {
        const before = this.#links.find((link) => link.from === source && link.to === target);
        const whole = { from: source, to: target, cut: false, delayMs: 0, dropPercent: 0 };
        switch (fault.kind) {
          case 'cut':
            return { ...(before ?? whole), cut: true };
          case 'delay':
            return { ...(before ?? whole), delayMs: fault.ms };
          case 'drop':
            return { ...(before ?? whole), dropPercent: fault.percent };
          case 'heal':
            return whole;
          default:
            return fault satisfies never;
        }
      });
    const untouched = this.#links.filter(
      (link) => !changed.some((now) => now.from === link.from && now.to === link.to),
    );
    this.#links = [...untouched, ...changed].filter((link) => link.cut || link.delayMs > 0 || link.dropPercent > 0);
    return changed;
  }

  heal(): void {
    this.#links = [];
  }
}
