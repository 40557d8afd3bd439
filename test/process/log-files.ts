import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The newest file of a replica's log. */
export function logFile(data: string, id: string): string {
  const file = readdirSync(join(data, id))
    .filter((name) => name.startsWith('wal-'))
    .sort()
    .at(-1);
  if (!file) throw new Error(`${id} has no log in ${data}`);
  return join(data, id, file);
}

/** Flips a bit where `text` first stands in the newest file of a replica's log. Returns the file's bytes after that. */
export function rot(data: string, id: string, text: string): Buffer {
  const file = logFile(data, id);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  if (at < 0) throw new Error(`${file} does not hold ${text}`);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  return bytes;
}
