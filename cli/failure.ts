/** How a command ends, as scripts see it. */
export const EXIT = { done: 0, failed: 1, usage: 2, noCluster: 3, unknown: 4 } as const;

/** Ends a command with one line. With `--json` it is an object `{code, message}`; `code` is stable. */
export class Failure extends Error {
  readonly exit: number;
  readonly code: string;

  constructor(message: string, how: { readonly exit: number; readonly code: string; readonly cause?: unknown }) {
    super(message, how.cause === undefined ? undefined : { cause: how.cause });
    this.exit = how.exit;
    this.code = how.code;
  }
}

/** Something on the command line, in the environment or in the settings that cannot be meant. */
export class UsageError extends Failure {
  constructor(message: string, how: { readonly cause?: unknown } = {}) {
    super(message, { exit: EXIT.usage, code: 'usage', ...how });
  }
}
