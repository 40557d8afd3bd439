// Redis' protocol: https://redis.io/docs/latest/develop/reference/protocol-spec
import type { Channel, Item } from './channel.ts';
import type { Operation } from './job.ts';
import { Pipe } from './pipe.ts';

/** A command as an array of bulk strings. ASCII only: lengths are in bytes. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** Where the reply that starts at `at` ends, or null when it is not all there yet. Throws what an error reply says. */
export function replyEnd(bytes: Buffer, at: number): number | null {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd === -1) return null;
  const after = lineEnd + 2;
  switch (bytes[at]) {
    case PLUS:
    case COLON:
      return after;
    case DOLLAR: {
      const length = number(bytes, at);
      if (length < 0) throw new Error('there is nothing under that key');
      const end = after + length + 2;
      return end <= bytes.length ? end : null;
    }
    case STAR: {
      let end: number | null = after;
      for (let left = number(bytes, at); left > 0 && end !== null; left--) end = replyEnd(bytes, end);
      return end;
    }
    default:
      throw new Error(`redis: ${bytes.toString('latin1', at, lineEnd)}`);
  }
}

/** How many replicas a reply to WAIT or WAITAOF counts: of the latter the last number is theirs, the first the master's. */
export function acknowledgedBy(bytes: Buffer, at: number, end: number): number {
  return number(bytes, bytes.lastIndexOf(':', end - 1) >= at ? bytes.lastIndexOf(':', end - 1) : at);
}

/** One connection. Writes are pairs: SETs, and a WAIT (or WAITAOF) for all of them. */
export async function openRedis(port: number, operation: Operation, wait: 'WAIT' | 'WAITAOF'): Promise<Channel> {
  const writes = operation === 'write';
  const waiting = wait === 'WAIT' ? command('WAIT', '1', WAIT_MS) : command('WAITAOF', '1', '1', WAIT_MS);
  const units: { left: number; readonly done: () => void }[] = [];
  const pipe = await Pipe.connect(port, (bytes) => {
    let taken = 0;
    for (let end = next(bytes, taken); end !== null; end = next(bytes, taken)) {
      const [unit] = units;
      if (unit === undefined) throw new Error('redis: a reply to nothing');
      unit.left--;
      if (unit.left === 0) {
        if (writes && acknowledgedBy(bytes, taken, end) < 1) throw new Error(`redis: no replica within ${WAIT_MS} ms`);
        units.shift();
        unit.done();
      }
      taken = end;
    }
    return taken;
  });
  return {
    issue: (items: readonly Item[], done) => {
      const each = items.map(({ key, value }) => (writes ? command('SET', key, value) : command('GET', key)));
      if (writes) each.push(waiting);
      units.push({ left: each.length, done });
      pipe.send(Buffer.from(each.join(''), 'latin1'));
    },
    close: () => pipe.close(),
  };
}

const next = (bytes: Buffer, at: number): number | null => (at < bytes.length ? replyEnd(bytes, at) : null);

/** The number after the type's byte. */
const number = (bytes: Buffer, at: number): number => Number.parseInt(bytes.toString('latin1', at + 1, at + 21), 10);

const PLUS = 0x2b;
const COLON = 0x3a;
const DOLLAR = 0x24;
const STAR = 0x2a;
const WAIT_MS = '10000';
