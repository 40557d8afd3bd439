/** What the mouse did, at a place counted from 0. */
export interface MouseReport {
  readonly does: 'click' | 'wheel-up' | 'wheel-down';
  readonly x: number;
  readonly y: number;
}

/** A button pressed or released, as a terminal in mode 1006 tells it: `ESC [ < button ; column ; row M`, or `m`. */
const REPORT = new RegExp(`${'\x1b'}\\[<(\\d{1,4});(\\d{1,5});(\\d{1,5})([Mm])`, 'g');
/** What a report, and nothing but a report, can begin with; and what can become that. */
const BEGINNING = new RegExp(`${'\x1b'}(?:\\[(?:<[\\d;]{0,18})?)?$`);

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
    return this.#kept !== '' && !this.#kept.includes('<');
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

function meaningOf([, button, column, row, end]: RegExpExecArray): MouseReport | null {
  const place = { x: Number(column) - 1, y: Number(row) - 1 };
  switch (Number(button) & ~MODIFIERS) {
    case LEFT:
      return end === 'M' ? { does: 'click', ...place } : null;
    case WHEEL_UP:
      return { does: 'wheel-up', ...place };
    case WHEEL_DOWN:
      return { does: 'wheel-down', ...place };
    default:
      return null;
  }
}
