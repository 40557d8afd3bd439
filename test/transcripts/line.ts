import { type ReplicaId, replicaId } from '../../core/protocol/position.ts';

/** What follows the verb of a command, taken word by word. What is missing or makes no sense is an error. */
export class Line {
  readonly #left: string[];

  constructor(words: readonly string[]) {
    this.#left = [...words];
  }

  next(what: string): string {
    const word = this.#left.shift();
    if (word === undefined) throw new Error(`${what} is missing`);
    return word;
  }

  /** Whether the next word is this one, which it then takes. */
  isNext(word: string): boolean {
    if (this.#left[0] !== word) return false;
    this.#left.shift();
    return true;
  }

  id(): ReplicaId {
    return replicaId(this.next('a replica'));
  }

  ids(): readonly ReplicaId[] {
    return [this.id(), ...this.idsOr([])];
  }

  idsOr(all: readonly ReplicaId[]): readonly ReplicaId[] {
    const ids: ReplicaId[] = [];
    while (/^n\d$/.test(this.#left[0] ?? '')) ids.push(this.id());
    return ids.length === 0 ? all : ids;
  }

  count(): number {
    const count = this.countOr(0);
    if (count === 0) throw new Error('a number is missing');
    return count;
  }

  countOr(other: number): number {
    return /^\d+$/.test(this.#left[0] ?? '') ? Number(this.#left.shift()) : other;
  }

  /** Nothing may be left over. */
  end(): void {
    if (this.#left.length > 0) throw new Error(`what is ${this.#left.join(' ')}?`);
  }

  /** All that is left, as in `mode=sync id=w1`. */
  options<Name extends string>(names: readonly Name[]): Readonly<Partial<Record<Name, string>>> {
    const options: Partial<Record<Name, string>> = {};
    for (const word of this.#left.splice(0)) {
      const [name = '', value] = word.split('=');
      const known = names.find((candidate) => candidate === name);
      if (value === undefined || known === undefined) throw new Error(`${word}: not one of ${names.join(', ')}`);
      options[known] = value;
    }
    return options;
  }
}
