import type { Input } from '../../../core/protocol/io.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { formatPosition, type Position, parsePosition } from '../../../core/protocol/position.ts';
import type { Reply } from '../../../core/protocol/requests.ts';

/** A reply in short, as stories and traces show it; `waiting` if there is none. */
export function outcomeText(reply: Reply | undefined): string {
  if (!reply) return 'waiting';
  switch (reply.type) {
    case 'write':
      if (reply.outcome === 'rejected') return `rejected ${reply.code}`;
      return `${reply.outcome} ${formatPosition(reply.position)}${reply.outcome === 'unknown' ? ` ${reply.code}` : ''}`;
    case 'read':
      if (reply.outcome === 'failed') return `failed ${reply.code} ${formatPosition(reply.committed)}`;
      return `${reply.value} at ${formatPosition(reply.position)}${reply.committed ? '' : ' uncommitted'}`;
    case 'locate':
      if (!reply.settled) return 'unsettled';
      return `found ${reply.found.map(({ id, position }) => `${id}@${formatPosition(position)}`).join(' ')}`.trimEnd();
    default:
      return reply satisfies never;
  }
}

export function inputText(input: Input): string {
  switch (input.type) {
    case 'tick':
      return `tick ${Math.round(input.elapsedMs)}`;
    case 'receive':
      return `← ${input.from} ${messageText(input.message)}`;
    case 'propose':
      return `propose ${input.writes.length > 3 ? input.writes.length : JSON.stringify(input.writes)}`;
    case 'read':
      return `read ${JSON.stringify(input.read)}`;
    case 'locate':
      return `locate ${JSON.stringify(input.locate)}`;
    case 'connection-closed':
      return `connection to ${input.peer} closed`;
    case 'persisted':
      return `persisted ${input.batch}`;
    case 'disk':
      return input.full ? 'disk full' : 'disk has room';
    case 'retime':
      return `lives by ${JSON.stringify(input.timing)}`;
    default:
      return input satisfies never;
  }
}

function messageText(message: PeerMessage): string {
  const { type, ...rest } = message;
  const fields = Object.entries(rest).map(([name, value]) => {
    if (name === 'entries') return `entries=${(value as readonly unknown[]).length}`;
    if (name === 'prev' || name === 'last') return `${name}=${formatPosition(value)}`;
    return `${name}=${JSON.stringify(value)}`;
  });
  return `${type} ${fields.join(' ')}`;
}

export function positionOf(text: string): Position {
  const position = parsePosition(text);
  if (!position) throw new Error(`no position: ${text}`);
  return position;
}
