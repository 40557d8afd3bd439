/** Why a cluster, or one process of it, did not start. The message says what to do. */
export class StartError extends Error {
  readonly code: StartErrorCode;

  constructor(message: string, options: ErrorOptions & { readonly code: StartErrorCode }) {
    super(message, options);
    this.name = 'StartError';
    this.code = options.code;
  }
}

export type StartErrorCode =
  | 'port-in-use'
  /** The address is another host's. */
  | 'not-here'
  | 'data-unwritable'
  | 'data-in-use'
  | 'data-foreign'
  /** There is no data, and nobody said that there is to be new. */
  | 'data-missing'
  /** New data is asked for where there is some. */
  | 'data-exists'
  | 'replica-refused'
  /** A log cannot be begun anew: the others need this replica's vote, or nobody knows. */
  | 'no-rebuild'
  | 'no-leader'
  | 'cannot-start';
