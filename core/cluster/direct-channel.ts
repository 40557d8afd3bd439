import type { Socket } from 'node:net';
import type { WriteMode } from '../protocol/entry.ts';
import { lsn, type ReplicaId, term, writeId } from '../protocol/position.ts';
import type { ReadLevel } from '../protocol/requests.ts';
import { acknowledgedIn } from '../wire/acknowledged.ts';
import { dialTo, isTls } from '../wire/door.ts';
import { DialerHandshake, HELLO_DEADLINE_MS } from '../wire/hello.ts';
import { writeLine } from '../wire/lines.ts';
import { encodeToReplica, parseFromReplica } from '../wire/replica-channel.ts';
import { Secret } from '../wire/secret.ts';

/*
 * A replica's own port, as `lockstep bench` uses it to tell what the router costs: the one place that knows how writes
 * and reads stand there. What the text of a message is beyond its key, value and id, the wire's own encoder says.
 */

/** A replica, and what it takes to be let in. */
export interface DirectPlace {
  readonly host: string;
  readonly port: number;
  readonly replica: ReplicaId;
  readonly cluster: string;
  readonly secretFile: string;
}

/** Connects and shakes hands. Rejects with why the replica does not want it, or cannot be reached. */
export function dialDirect({ host, port, replica, cluster, secretFile }: DirectPlace): Promise<Socket> {
  const secret = Secret.load(secretFile);
  return new Promise((resolve, reject) => {
    const socket = dialTo({ host, port }, secret, () => writeLine(socket, handshake.hello));
    const hello = { cluster, from: 'client', to: replica } as const;
    const handshake = new DialerHandshake(secret, hello, isTls(socket) ? {} : { port });
    const give = (reason: string): void => {
      clearTimeout(deadline);
      socket.destroy();
      reject(new Error(`no connection to ${replica} at port ${port}: ${reason}`));
    };
    const deadline = setTimeout(give, HELLO_DEADLINE_MS, 'it takes too long');
    const onError = (error: Error): void => give(error.message);
    const onClose = (): void => give('it was closed');
    let heard = '';
    const onData = (chunk: Buffer): void => {
      heard += chunk.toString();
      const end = heard.indexOf('\n');
      if (end < 0) return;
      const step = handshake.take(heard.slice(0, end));
      if ('refused' in step) return give(step.refused);
      clearTimeout(deadline);
      socket.off('data', onData).off('error', onError).off('close', onClose);
      writeLine(socket, step.send);
      resolve(socket);
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
  });
}

/** A message's text around its id, key and value. It ends with a newline. */
export interface MessageText {
  readonly beforeId: string;
  readonly beforeKey: string;
  readonly beforeValue: string;
  readonly end: string;
}

/** `ofTerm`: of the leader that it is for. */
export function directWriteText(mode: WriteMode, ofTerm: number): MessageText {
  const command = { op: 'put', key: KEY, value: VALUE } as const;
  const write = { id: writeId(ID), term: term(ofTerm), command, mode, session: null };
  const [beforeId = '', beforeKey = '', beforeValue = '', end = ''] = parts(encodeToReplica({ type: 'write', write }), [
    ID,
    KEY,
    VALUE,
  ]);
  return { beforeId, beforeKey, beforeValue, end: `${end}\n` };
}

/** There is no value: its text ends with `end`, and `beforeValue` is empty. */
export function directReadText(level: ReadLevel): MessageText {
  const read = { id: ID, key: KEY, level, token: { term: term(0), lsn: lsn(0) } };
  const [beforeId = '', beforeKey = '', end = ''] = parts(encodeToReplica({ type: 'read', read }), [ID, KEY]);
  return { beforeId, beforeKey, beforeValue: '', end: `${end}\n` };
}

/** What a line says of the request with that id. `position` only if it is at hand without a closer look. */
export interface DirectAnswer {
  readonly id: string;
  readonly outcome: 'ok' | 'rejected' | 'unknown';
}

/** Tells `each` the answers on a line: writes that are acknowledged come together. What is no answer has none. */
export function directAnswers(line: string, each: (answer: DirectAnswer) => void): void {
  if (line.startsWith(READ)) {
    const end = line.indexOf('"', READ.length);
    if (line.startsWith(OK, end)) return each({ id: line.slice(READ.length, end), outcome: 'ok' });
  }
  const parsed = parseFromReplica(line);
  if ('invalid' in parsed) return;
  const { message } = parsed;
  if (message.type === 'acknowledged') {
    for (const { id, outcome } of acknowledgedIn(message)) each({ id, outcome });
  } else if (message.type === 'reply' && message.reply.type !== 'locate') {
    const { id, outcome } = message.reply;
    each({ id, outcome: outcome === 'failed' ? 'rejected' : outcome });
  }
}

/** How the answer to a read begins, up to the id. */
const READ = '{"type":"reply","reply":{"type":"read","id":"';
const OK = '","outcome":"ok"';

/** Stand for what changes from one message to the next. */
const [ID, KEY, VALUE] = ['@id@', '@key@', '@value@'] as const;

function parts(text: string, marks: readonly string[]): string[] {
  let rest = text;
  const found = marks.map((mark) => {
    const at = rest.indexOf(mark);
    if (at < 0) throw new Error(`no ${mark} in ${text}`);
    const before = rest.slice(0, at);
    rest = rest.slice(at + mark.length);
    return before;
  });
  return [...found, rest];
}
