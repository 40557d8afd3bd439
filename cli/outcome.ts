import type { WriteResult } from '../core/observe/api.ts';
import { escapeText } from '../core/observe/escape.ts';
import { formatMs } from '../core/observe/words.ts';
import type { WriteMode } from '../core/protocol/entry.ts';
import { EXIT } from './failure.ts';

/** What came of a write: the router's answer, or, with `LOST`, the lack of one. */
export type Outcome = Omit<WriteResult, 'writeId' | 'mode' | 'error'> & {
  readonly writeId?: string;
  readonly mode: WriteMode | null;
  readonly error?: { readonly code: string; readonly message: string };
};

export const LOST = 'connection-lost';

/** One outcome in words. The token stands alone, to be copied. */
export function describeWrite(outcome: Outcome): string[] {
  const { position, mode, durableOn, ms, replaces, token } = outcome;
  const message = escapeText(outcome.error?.message ?? 'no reason was given');
  switch (outcome.outcome) {
    case 'ok': {
      const durable = durableOn.length > 0 ? `durable on ${durableOn.join(' ')}, ` : '';
      const instead = replaces ? `; replaces ${replaces}, which was lost` : '';
      return [`ok ${position} (${mode}, ${durable}${formatMs(ms)})${instead}`, ...(token ? [`token ${token}`] : [])];
    }
    case 'rejected':
      return [`rejected, nothing was written: ${message}`];
    case 'unknown':
      return [`unknown${position ? ` ${position}` : ''}: ${message}`];
    default:
      // An answer to a bad request has no outcome: it was refused.
      outcome.outcome satisfies never;
      return [`rejected, nothing was written: ${message}`];
  }
}

/** What came of many writes. */
export class WriteTally {
  isLost = false;
  readonly #startedAt = performance.now();
  readonly #counts = { ok: 0, rejected: 0, unknown: 0 };
  #lastToken: string | null = null;
  #firstProblem: Outcome | null = null;

  add(outcome: Outcome): void {
    if (outcome.error?.code === LOST) this.isLost = true;
    this.#counts[outcome.outcome ?? 'rejected']++;
    if (outcome.outcome === 'ok') this.#lastToken = outcome.token ?? outcome.position;
    else this.#firstProblem ??= outcome;
  }

  /** The worst there was: an outcome that is unknown is worse than a refusal. */
  get exit(): number {
    if (this.#counts.unknown > 0) return EXIT.unknown;
    return this.#counts.rejected > 0 ? EXIT.failed : EXIT.done;
  }

  summary(): string[] {
    const { ok, rejected, unknown } = this.#counts;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const total = ok + rejected + unknown;
    return [
      `${total} writes in ${seconds.toFixed(1)} s: ${ok} ok, ${rejected} rejected, ${unknown} unknown`,
      ...(this.#firstProblem ? [`first: ${describeWrite(this.#firstProblem)[0]}`] : []),
      ...(this.#lastToken ? [`token ${this.#lastToken}`] : []),
    ];
  }
}
