import type { Fault } from './faults.ts';

/** Something worth telling of a run. */
export interface Note {
  /** Virtual time, in ms. */
  readonly atMs: number;
  readonly text: string;
}

/** So many notes are kept: a run that has more of them is too long to be read. */
const NOTES_MAX = 2000;

/** What a run is remembered by: what happened when, and how often things happened. */
export class Chronicle {
  readonly notes: Note[] = [];
  readonly counts = new Map<string, number>();
  readonly faults = new Map<Fault, number>();

  note(atMs: number, text: string): void {
    if (this.notes.length < NOTES_MAX) this.notes.push({ atMs, text });
  }

  /** `what`: the same words for the same thing. */
  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  fault(fault: Fault): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }
}
