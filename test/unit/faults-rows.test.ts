// Every fault that real processes must bear has a test, and every test of faults is for one of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Held, ROWS } from '../faults/rows.ts';

const tests = fileURLToPath(new URL('../', import.meta.url));
const rows = Object.entries<readonly Held[]>(ROWS);

test.each(rows)('%s', (_, held) => {
  for (const [file, name] of held) {
    expect(existsSync(`${tests}${file}`), file).toBe(true);
    expect(readFileSync(`${tests}${file}`, 'utf8'), `${file} has no test of that name`).toContain(name);
  }
});

test('no test of faults is left out', () => {
  const named = new Set(rows.flatMap(([, held]) => held.map(([file]) => file)));
  const files = readdirSync(`${tests}faults`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `faults/${file.replaceAll('\\', '/')}`);
  expect(files.filter((file) => !named.has(file))).toEqual([]);
});
