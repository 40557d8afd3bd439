/** Every code an error can carry. */
export type ErrorCode =
  | 'bad-request'
  | 'unauthorized'
  | 'no-leader'
  | 'no-quorum'
  | 'follower-down'
  | 'seq-reused'
  | 'seq-too-old'
  | 'session-forgotten'
  | 'overloaded'
  | 'acknowledge-timeout'
  | 'leader-lost'
  | 'rolled-back'
  | 'not-caught-up'
  | 'no-replica'
  | 'replica-down'
  | 'control-failed'
  | 'no-supervisor';
