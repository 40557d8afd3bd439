import type { LinkFault } from '../observe/api.ts';
import type { LinkSnapshot } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { LinkOrder } from '../router/config.ts';

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

  /** `named`: the links that the order is about, as they are now; `changed`: those that it made a difference to. */
  apply({ from, to, fault, oneWay = false }: LinkOrder): {
    readonly named: readonly LinkSnapshot[];
    readonly changed: readonly LinkSnapshot[];
  } {
    const others = to === 'all' ? this.#members.filter((member) => member !== from) : [to];
    const before = others.flatMap((other) =>
      oneWay ? [this.#link(from, other)] : [this.#link(from, other), this.#link(other, from)],
    );
    const named = before.map((link) => withFault(link, fault));
    const untouched = this.#links.filter((link) => !before.includes(link));
    this.#links = [...untouched, ...named.filter(isFaulty)];
    return { named, changed: named.filter((link, index) => !isSame(link, before[index])) };
  }

  heal(): void {
    this.#links = [];
  }

  #link(from: ReplicaId, to: ReplicaId): LinkSnapshot {
    const faulty = this.#links.find((link) => link.from === from && link.to === to);
    return faulty ?? { from, to, cut: false, delayMs: 0, dropPercent: 0 };
  }
}

function withFault(link: LinkSnapshot, fault: LinkFault): LinkSnapshot {
  switch (fault.kind) {
    case 'cut':
      return { ...link, cut: true };
    case 'restore':
      return { ...link, cut: false };
    case 'delay':
      return { ...link, delayMs: fault.ms };
    case 'drop':
      return { ...link, dropPercent: fault.percent };
    case 'heal':
      return { ...link, cut: false, delayMs: 0, dropPercent: 0 };
    default:
      return fault satisfies never;
  }
}

const isFaulty = ({ cut, delayMs, dropPercent }: LinkSnapshot): boolean => cut || delayMs > 0 || dropPercent > 0;

const isSame = (a: LinkSnapshot, b: LinkSnapshot | undefined): boolean =>
  a.cut === b?.cut && a.delayMs === b.delayMs && a.dropPercent === b.dropPercent;
