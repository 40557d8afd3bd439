// PostgreSQL's protocol: https://www.postgresql.org/docs/15/protocol-message-formats.html
import type { Channel, Item } from './channel.ts';
import type { Operation } from './job.ts';
import { Pipe } from './pipe.ts';

const UPSERT = 'INSERT INTO kv VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value';
const SELECT = 'SELECT value FROM kv WHERE key = $1';

/** A message: its type, and its length with itself. ASCII only. */
export function message(type: string, body: string): string {
  return type + int32(body.length + 4) + body;
}

/** Runs the prepared statement once more. Values go as text. */
export function execution(...values: readonly string[]): string {
  const parameters = values.map((value) => int32(value.length) + value).join('');
  return (
    message('B', `\0s\0${int16(0)}${int16(values.length)}${parameters}${int16(0)}`) + message('E', `\0${int32(0)}`)
  );
}

/**
 * One connection, with the statement prepared. Sync ends a transaction: each unit is one. The server works on one after
 * the other, so more than one under way only saves the way there and back.
 */
export async function openPostgres(port: number, operation: Operation): Promise<Channel> {
  const writes = operation === 'write';
  const units: { rowsLeft: number; readonly done: () => void }[] = [];
  const take = (bytes: Buffer): number => {
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      receive(String.fromCharCode(bytes[at] ?? 0), bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    return at;
  };
  const receive = (type: string, body: Buffer): void => {
    const [unit] = units;
    if (type === 'E') throw new Error(`postgres: ${body.toString('latin1').replaceAll('\0', ' ')}`);
    if (unit === undefined) return;
    if (type === (writes ? 'C' : 'D')) unit.rowsLeft--;
    if (type !== 'Z') return;
    if (unit.rowsLeft !== 0) throw new Error('postgres: there is nothing under that key');
    units.shift();
    unit.done();
  };
  const pipe = await Pipe.connect(port, take);
  const say = (text: string): void => pipe.send(Buffer.from(text, 'latin1'));
  const said = `${int32(PROTOCOL)}user\0postgres\0database\0postgres\0\0`;
  // Ready twice: for the start, and for the statement.
  const ready = new Promise<void>((resolve) =>
    units.push({ rowsLeft: 0, done: () => {} }, { rowsLeft: 0, done: resolve }),
  );
  say(int32(said.length + 4) + said);
  say(message('P', `s\0${writes ? UPSERT : SELECT}\0${int16(0)}`) + SYNC);
  await ready;
  return {
    issue: (items: readonly Item[], done) => {
      units.push({ rowsLeft: items.length, done });
      say(items.map(({ key, value }) => (writes ? execution(key, value) : execution(key))).join('') + SYNC);
    },
    close: () => pipe.close(),
  };
}

function int16(value: number): string {
  return String.fromCharCode(value >> 8, value & 0xff);
}

function int32(value: number): string {
  return int16(value >>> 16) + int16(value & 0xffff);
}

const SYNC = message('S', '');
const HEADER_BYTES = 5;
const PROTOCOL = 3 << 16;
