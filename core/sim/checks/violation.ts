/** Something that must never be. `check` names what was violated, the same in every run; the message has the facts. */
export class Violation extends Error {
  readonly check: string;

  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}

/** Checks in the path of every step ask first and put into words only then, so that what holds costs nothing. */
export function broken(check: string, message: string): never {
  throw new Violation(check, message);
}
