import type { Position, ReplicaId } from '../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';

/** What a picture needs of a replica. */
export interface Sitter {
  readonly id: ReplicaId;
  readonly process: 'up' | 'down' | 'paused';
  /** null: it is down. */
  readonly status: ReplicaStatus | null;
  readonly log: readonly Position[];
  readonly durableLsn: number;
  readonly committedLsn: number;
  /** Up to here the log is in a snapshot on its disk. */
  readonly snapshotLsn: number;
}

/**
 * The logs as the figures of the Raft paper draw them, a box with its term for each entry: `[1]` it knows to be
 * committed, `(1)` is on its disk, ` 1 ` is not yet; `{1}` is committed, though not on this disk yet; `<1>` is in a
 * snapshot on its disk.
 */
export function logsPicture(sitters: readonly Sitter[]): readonly string[] {
  const longest = Math.max(...sitters.map(({ log }) => log.length));
  if (longest === 0) return sitters.map(({ id }) => `${id} is empty`);
  const ruler = Array.from({ length: longest }, (_, index) => cell(index + 1, '  ')).join('');
  return [`   ${ruler}`, ...sitters.map((sitter) => `${sitter.id} ${boxes(sitter)}`)].map((line) => line.trimEnd());
}

function boxes({ log, durableLsn, committedLsn, snapshotLsn }: Sitter): string {
  const frame = ({ lsn }: Position): string => {
    if (lsn <= snapshotLsn) return '<>';
    if (lsn <= committedLsn) return lsn <= durableLsn ? '[]' : '{}';
    return lsn <= durableLsn ? '()' : '  ';
  };
  return log.map((position) => cell(position.term, frame(position))).join('');
}

/** Four columns: numbers have two digits at most. */
const cell = (value: number, frame: string): string => `${frame[0]}${value}${frame[1]}`.padEnd(4).slice(0, 4);

/** What a replica is at the moment, in one line. */
export function statusText({ id, process, status }: Sitter): string {
  if (status === null) return `${id} is down`;
  const { role, term, leader } = status;
  const paused = process === 'paused' ? ', paused' : '';
  switch (role) {
    case 'leader':
      return `${id} leads term ${term}${status.inContact ? '' : ', out of contact'}${paused}${lagText(status)}`;
    case 'candidate':
      return `${id} is a candidate, in term ${term}${paused}`;
    case 'follower':
      return `${id} follows ${leader ?? 'nobody'}, in term ${term}${paused}`;
    default:
      throw new Error(`no such role: ${role satisfies never}`);
  }
}

/** Who is behind, as far as the leader knows. */
function lagText({ followers }: ReplicaStatus): string {
  const behind = followers.flatMap(({ id, lag }) => {
    if (lag === null) return [`${id} has not answered yet`];
    return lag.entries === 0 ? [] : [`${id} is ${lag.entries} behind`];
  });
  return behind.length === 0 ? '' : `; ${behind.join(', ')}`;
}
