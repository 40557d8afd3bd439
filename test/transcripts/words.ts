import type { Entry, HardState } from '../../core/protocol/entry.ts';
import type { PersistBatch } from '../../core/protocol/io.ts';
import type { PeerMessage, Rejoin } from '../../core/protocol/messages.ts';
import { formatPosition, type PositionText } from '../../core/protocol/position.ts';
import type { ReadReply, WriteReply } from '../../core/protocol/requests.ts';
import type { SealedPiece, SnapshotPart, SnapshotPiece } from '../../core/protocol/snapshot.ts';
import type { Link } from '../unit/support/lab-network.ts';

// What replicas say to each other, to their disks and to clients, in short and always the same words.

const KIB = 1024;

/** What goes from one to another. */
export const arrow = ({ from, to }: Link, words: string): string => `${from} -> ${to} ${words}`;

/** A message with the term that it carries, as in `term 1: vote? log ends at 1:2`. */
export const messageText = (message: PeerMessage): string => `term ${message.term}: ${contentOf(message)}`;

function contentOf(message: PeerMessage): string {
  switch (message.type) {
    case 'vote-request':
      return `${message.phase}? log ends at ${formatPosition(message.last)}`;
    case 'vote-reply': {
      const { phase, granted, reason, forTerm } = message;
      return `${phase} for term ${forTerm}: ${granted ? 'yes' : `no, ${reason}`}`;
    }
    case 'append': {
      const entries = message.entries.map(entryText).join(', ') || 'nothing';
      return `append ${entries}, after ${formatPosition(message.prev)}; committed ${message.committedLsn}`;
    }
    case 'append-accepted':
      return `accepted to ${message.matchedLsn}, durable to ${message.durableLsn}${message.counts ? '' : ', does not count'}`;
    case 'append-refused': {
      const terms = message.lineage.map((branch) => `${branch.term}:${branch.firstLsn}`).join(' ');
      return `refused; log ends at ${formatPosition(message.last)}, its terms begin at ${terms || '0:0'}`;
    }
    case 'heartbeat':
      return `heartbeat ${message.round}, sent to ${message.sentLsn}; committed ${message.committedLsn}${rejoinText(message.rejoin)}`;
    case 'heartbeat-reply':
      return `heartbeat ${message.round} answered, has to ${message.matchedLsn}, durable to ${message.durableLsn}${message.counts ? '' : ', does not count'}`;
    case 'snapshot': {
      const { position, transfer, index, last, pieces } = message;
      const part = `part ${index}${last ? ', the last' : ''}`;
      return `snapshot ${transfer} to ${formatPosition(position)}, ${part}: ${piecesText(pieces)}`;
    }
    case 'snapshot-reply':
      return `snapshot ${message.transfer}: next is part ${message.next}`;
    default:
      throw new Error(`no such message: ${JSON.stringify(message satisfies never)}`);
  }
}

const rejoinText = (rejoin: Rejoin | null): string => (rejoin ? `; you count again once you have ${rejoin.upTo}` : '');

/** What a batch brings to a disk that held `before`. */
export function batchText({ hardState, truncateFrom, entries, snapshot }: PersistBatch, before: HardState): string {
  const { term, votedFor, standing } = hardState;
  const changed = term !== before.term || votedFor !== before.votedFor;
  const parts = [
    ...(changed ? [`term ${term}${votedFor === null ? '' : `, vote for ${votedFor}`}`] : []),
    ...(truncateFrom === null ? [] : [`without ${truncateFrom} and later`]),
    ...entries.map(entryText),
    ...(standing === before.standing ? [] : [`it is ${standing === 'voter' ? 'a voter again' : standing}`]),
    ...(snapshot === null ? [] : [partText(snapshot)]),
  ];
  return parts.join(', ') || 'nothing new';
}

function partText({ position, index, last, pieces }: SnapshotPart): string {
  return `snapshot to ${formatPosition(position)}, part ${index}${last ? ', the last' : ''}: ${piecesText(pieces)}`;
}

function piecesText(pieces: readonly SealedPiece[]): string {
  return pieces.map(({ piece }) => pieceText(piece)).join(', ') || 'nothing';
}

function pieceText(piece: SnapshotPiece): string {
  switch (piece.type) {
    case 'branches':
      return `terms begin at ${piece.branches.map((branch) => `${branch.term}:${branch.firstLsn}`).join(' ')}`;
    case 'key':
      return `${piece.key}=${shortValue(piece.value)}`;
    case 'session':
      return `session ${piece.session}: ${piece.writes.map(([seq, lsn]) => `${seq} at ${lsn}`).join(', ')}`;
    case 'forgotten':
      return `sessions forgotten at ${piece.lsn}`;
    default:
      throw new Error(`no such piece: ${JSON.stringify(piece satisfies never)}`);
  }
}

/** An entry as in `1:2 x=1`. */
function entryText({ command, ...position }: Entry): string {
  const at = formatPosition(position);
  if (command.op === 'noop') return `${at} no-op`;
  return command.op === 'put' ? `${at} ${command.key}=${shortValue(command.value)}` : `${at} delete ${command.key}`;
}

/** The outcome of a write. `replaces`: where the lost write stood that it tries again. */
export function writeText(reply: WriteReply, replaces: PositionText | null): string {
  if (reply.outcome === 'rejected') return `${reply.id}: rejected, ${reply.code}: ${reply.message}`;
  const durable = reply.durableOn.join(', ') || 'nobody';
  const where = `${reply.outcome} at ${formatPosition(reply.position)}, durable on ${durable}`;
  if (reply.outcome === 'unknown') return `${reply.id}: ${where}: ${reply.message}`;
  return `${reply.id}: ${where}${replaces === null ? '' : `; it replaces ${replaces}`}`;
}

export function readText(reply: ReadReply, key: string): string {
  if (reply.outcome === 'failed') {
    const { id, code, message, committed } = reply;
    return `${id}: failed, ${code}: ${message}; committed here: ${formatPosition(committed)}`;
  }
  const { id, value, position, committed } = reply;
  const found = value === null ? `no ${key}` : `${key}=${shortValue(value)}`;
  return `${id}: ${found}, as of ${formatPosition(position)}, ${committed ? 'committed' : 'not known to be committed'}`;
}

/** The value that a command names: `300KiB` is so many letters. */
export function valueNamed(text: string): string {
  const kibibytes = /^(\d+)KiB$/.exec(text)?.[1];
  return kibibytes === undefined ? text : 'v'.repeat(Number(kibibytes) * KIB);
}

const shortValue = (value: string): string => (value.length < KIB ? value : `${value.length / KIB}KiB`);
