/** What the mouse did, at a place counted from 0. */
export interface MouseReport {
  readonly does: 'click' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

const ESC = '\x1b';
/**
 * A button pressed or released, as a terminal in mode 1006 tells it: `ESC [ < button ; column ; row M`, or `m`; or, from
 * one that does not know that mode, `ESC [ M` and three characters, each 32 and more.
 */
const REPORT = new RegExp(`${ESC}\\[(?:<(\\d{1,4});(\\d{1,5});(\\d{1,5})([Mm])|M([^\\x00-\\x1f]{3}))`, 'g');
/** What a report, and nothing but a report, can begin with; and what can become that. */
const BEGINNING = new RegExp(`${ESC}(?:\\[(?:<[\\d;]{0,18}|M[^\\x00-\\x1f]{0,2})?)?$`);

/**
 * Parts the reports of the mouse from keys.
 *
 * 1. Reports are found however they are cut into chunks; what is no report comes out as it came in, in its place.
 * 2. What may still become a report is kept back until more comes. It may be the key Escape instead: whoever asks
 *    gets it back with `release`. The unmistakable beginning of a report is not given back.
 */
export class MouseReports {
  #kept = '';

  /** Whether something is kept back that may be a key. */
  get mayKeepKeys(): boolean {
    return this.#kept !== '' && !/[<M]/.test(this.#kept);
  }

  /** Keys and reports in `chunk`, in order; reports of what means nothing here are left out. */
  part(chunk: string): readonly (string | MouseReport)[] {
    const text = this.#kept + chunk;
    const parts: (string | MouseReport)[] = [];
    let end = 0;
    for (const found of text.matchAll(REPORT)) {
      parts.push(text.slice(end, found.index));
      const report = meaningOf(found);
      if (report !== null) parts.push(report);
      end = found.index + found[0].length;
    }
    const rest = text.slice(end);
    const keptFrom = BEGINNING.exec(rest)?.index ?? rest.length;
    this.#kept = rest.slice(keptFrom);
    parts.push(rest.slice(0, keptFrom));
    return parts.filter((part) => part !== '');
  }

  /** Gives back what was kept and may be a key. */
  release(): string {
    if (!this.mayKeepKeys) return '';
    const kept = this.#kept;
    this.#kept = '';
    return kept;
  }
}

/** Added to a button's number: shift, Alt, Ctrl. */
const MODIFIERS = 4 + 8 + 16;
const LEFT = 0;
const WHEEL_UP = 64;
const WHEEL_DOWN = 65;

function meaningOf([, button, column, row, end, old]: RegExpExecArray): MouseReport | null {
  if (old !== undefined) {
    const [pressed = 0, x = 0, y = 0] = [...old].map((character) => character.charCodeAt(0) - OLD_BASE);
    // Further than this it cannot tell, and what it sends is no text.
    return x > OLD_MAX || y > OLD_MAX ? null : doing(pressed, { x: x - 1, y: y - 1 });
  }
  return end === 'M' ? doing(Number(button), { x: Number(column) - 1, y: Number(row) - 1 }) : null;
}

const OLD_BASE = 32;
const OLD_MAX = 94;

function doing(button: number, place: Pick<MouseReport, 'x' | 'y'>): MouseReport | null {
  switch (button & ~MODIFIERS) {
    case LEFT:
      return { does: 'click', ...place };
    case WHEEL_UP:
      return { does: 'wheel-up', ...place };
    case WHEEL_DOWN:
      return { does: 'wheel-down', ...place };
    default:
      return null;
  }
}
