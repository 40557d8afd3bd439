/** Why a cluster did not start. The message says what to do. */
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
  | 'data-unwritable'
  | 'data-in-use'
  | 'data-foreign'
  | 'replica-refused'
  | 'no-leader'
  | 'cannot-start';
