import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import split2 from 'split2';
import type { Room } from './room.ts';

/** The longest line that any of our sockets takes, in bytes of UTF-8 without its newline. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

export interface LineLimits {
  /** Bytes of UTF-8, newline not counted. A line of exactly this many is taken. Looked at anew with every line. */
  readonly bytesMax: number;
  /** Shared with other sockets: what unfinished lines hold together. Without it each holds what it may. */
  readonly room?: Room;
}

/**
 * Reads NDJSON from a socket: calls `onLine` with each line, without its newline, in order and one at a time.
 *
 * 1. At most `bytesMax` bytes of an unfinished line are kept, however it is cut into packets, and the work is linear in
 *    what arrives.
 * 2. A line that is too long or is not UTF-8 is not delivered: `onRefused` is called once with the reason, then the
 *    socket is closed. The caller may still write a last line from within `onRefused`.
 * 3. Nothing is delivered after a refusal, or after the socket was destroyed, also by `onLine` itself.
 * 4. What stands before the end of the stream without a newline is half a line: it is dropped.
 * 5. The socket's errors are handled here. `close` follows each of them: whoever cares listens to that.
 */
export function readLines(
  socket: Socket,
  limits: LineLimits,
  onLine: (line: string) => void,
  onRefused: (reason: string) => void,
): void {
  const unfinished = new UnfinishedLine();
  let refused = false;

  const refuse = (reason: string): void => {
    if (refused || socket.destroyed) return;
    refused = true;
    socket.off('data', onChunk);
    onRefused(reason);
    closeAfterWrites(socket);
  };

  // Lines are taken in the mapper, in the same turn as the write, so that split2 never buffers any.
  const splitter = split2(
    '\n',
    (line: string): undefined => {
      if (refused || socket.destroyed) return;
      const { bytesMax } = limits;
      if (line.length * UTF8_BYTES_PER_UNIT_MAX > bytesMax && Buffer.byteLength(line) > bytesMax) {
        refuse(tooLong(bytesMax));
      } else {
        onLine(line);
      }
    },
    { maxLength: LINE_BYTES_MAX },
  );
  splitter.on('error', (error) => {
    // split2 catches what `onLine` throws. That is a bug there, not a fault of the connection.
    throw error;
  });

  /** Hands split2 whole lines only: on an unfinished one it looks at every byte again with every packet. */
  const deliver = (lines: Buffer): void => {
    if (isUtf8(lines)) splitter.write(lines);
    else refuse('a line is not valid UTF-8; send UTF-8, one JSON object a line');
  };

  const onChunk = (chunk: Buffer): void => {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (end > 0 && unfinished.length > 0) {
      start = chunk.indexOf(NEWLINE) + 1;
      unfinished.append(chunk.subarray(0, start));
      limits.room?.release(socket);
      deliver(unfinished.take());
    }
    if (start < end) deliver(chunk.subarray(start, end));
    if (refused || socket.destroyed) return;
    const { bytesMax } = limits;
    if (unfinished.length + chunk.length - end > bytesMax) refuse(tooLong(bytesMax));
    else if (end < chunk.length) {
      unfinished.append(chunk.subarray(end));
      limits.room?.hold(socket, unfinished.length, () => {
        unfinished.drop();
        refuse('too many long lines have begun and not ended, and this one is the oldest; send whole lines');
      });
    }
  };

  socket.on('error', () => {});
  socket.on('close', () => limits.room?.release(socket));
  socket.on('data', onChunk);
}

/**
 * Writes one line, or several. What is written in one turn goes out as one packet. False: the socket is closed, and
 * nothing was written. Bounding what waits (`socket.writableLength`) is the caller's; it is short by at most
 * `GATHERED_LENGTH_MAX`.
 *
 * @param text without its last newline, as `JSON.stringify` makes it.
 */
export function writeLine(socket: Socket, text: string): boolean {
  if (!socket.writable) return false;
  let gathered = GATHERED.get(socket);
  if (gathered === undefined) {
    gathered = { socket, text: '' };
    GATHERED.set(socket, gathered);
  }
  if (gathered.text === '') process.nextTick(flush, gathered);
  gathered.text += text;
  gathered.text += '\n';
  if (gathered.text.length > GATHERED_LENGTH_MAX) flush(gathered);
  return true;
}

/** Ends the connection behind all lines written. `soon`: once they are out it is destroyed, whatever still comes. */
export function endAfterLines(socket: Socket, soon: 'soon' | 'politely'): void {
  const gathered = GATHERED.get(socket);
  if (gathered) flush(gathered);
  if (soon === 'soon') socket.destroySoon();
  else socket.end();
}

/** What a turn writes is one string: a chunk for each line costs more than the line. */
interface Gathered {
  readonly socket: Socket;
  text: string;
}
const GATHERED = new WeakMap<Socket, Gathered>();
/** So many units of text wait at most for their turn's end. */
const GATHERED_LENGTH_MAX = 64 * 1024;

function flush(gathered: Gathered): void {
  const { socket, text } = gathered;
  gathered.text = '';
  if (text !== '' && socket.writable) socket.write(text);
}

const NEWLINE = 0x0a;
const UTF8_BYTES_PER_UNIT_MAX = 3;
/** How long a refused socket may take to send what was written before. */
const LAST_WORDS_MS = 1000;

/**
 * The start of a line whose newline has not come yet, copied out of the packets: a packet's memory is not held. It grows
 * by blocks, and is put together once: to copy it all again and again as it grows would leave more behind than it holds.
 */
class UnfinishedLine {
  length = 0;
  #blocks: Buffer[] = [];
  /** Of the last block, so much is free. */
  #free = 0;

  append(part: Buffer): void {
    let rest = part;
    while (rest.length > 0) {
      if (this.#free === 0) this.#grow(rest.length);
      const block = this.#blocks.at(-1) as Buffer;
      const taken = rest.copy(block, block.length - this.#free);
      this.#free -= taken;
      this.length += taken;
      rest = rest.subarray(taken);
    }
  }

  take(): Buffer {
    const taken = Buffer.concat(this.#blocks, this.length);
    this.drop();
    return taken;
  }

  drop(): void {
    this.#blocks = [];
    this.#free = 0;
    this.length = 0;
  }

  #grow(bytes: number): void {
    this.#free = Math.min(BLOCK_BYTES, Math.max(bytes, this.length));
    this.#blocks.push(Buffer.allocUnsafeSlow(this.#free));
  }
}

const BLOCK_BYTES = 64 * 1024;

function closeAfterWrites(socket: Socket): void {
  const gathered = GATHERED.get(socket);
  if (gathered) flush(gathered);
  if (socket.writableLength === 0) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.destroySoon();
}

function tooLong(bytesMax: number): string {
  return `a line is longer than ${bytesMax} bytes; send one JSON object a line`;
}
