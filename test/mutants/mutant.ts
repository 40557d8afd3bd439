import type { GivenOptions } from '../../core/sim/options.ts';

/** A fault of the protocol, made on purpose: the simulator must find it. */
export interface Mutant {
  /** Its place in the list of faults, and what it does wrong. */
  readonly number: number;
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What must find it: each of these. At least one. */
  readonly seeds?: Seeds;
  readonly script?: Script;
}

/** A change of one source file, made as it is loaded. */
export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Seeds 1, 2, 3… until one fails. */
export interface Seeds {
  /** So many at most. */
  readonly budget: number;
  /** What makes it likely. Absent: whatever the seeds draw. */
  readonly weather?: Weather;
  /**
   * The checks of which one must find it first: any other means that the mutant does something else as well. Or words of
   * an assertion of the code's own, which may come before any check.
   */
  readonly by: readonly string[];
}

/** What is put in place of what the seeds draw. */
export interface Weather {
  readonly name: string;
  readonly options: GivenOptions;
}

/** A story of test/testdata that must tell something else. */
export interface Script {
  /** Its file, without `.txt`. */
  readonly name: string;
  /** What it then prints, in one of its lines, or why it cannot go on. */
  readonly tells: string;
}
