// The structure that the code is held to. Each rule is tried on samples first: a rule that cannot fail holds nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  arrowViolations,
  folderViolations,
  lengthViolations,
  purityViolations,
  type SourceFile,
  testViolations,
} from './rules.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const paths = codeIn('');
const files = paths.map((path): SourceFile => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const inFolders = files.filter(({ path }) => path.includes('/'));

describe('imports follow the arrows', () => {
  test('in the project', () => {
    expect(inFolders.flatMap(arrowViolations)).toEqual([]);
  });

  test.each([
    ['core/protocol/a.ts', `import { b } from '../observe/b.ts';`],
    ['core/observe/a.ts', `import type { B } from '../routing/b.ts';`],
    ['core/wal/a.ts', `export * from '../wire/b.ts';`],
    ['core/sim/a.ts', `export { b } from '../replica/b.ts';`],
    ['core/replica/a.ts', `import '../cluster/b.ts';`],
    ['core/router/deep/a.ts', `const b = await import('../../replica/b.ts');`],
    ['views/a.tsx', `type B = import('../core/cluster/b.ts').B;`],
    ['cli/a.ts', `import { b } from '../core/replica/b.ts';`],
    ['core/a.ts', ''],
    ['core/protocol/a.ts', `import { b } from '../../test/b.ts';`],
    ['core/new/a.ts', ''],
  ])('not %s: %s', (path, text) => {
    expect(arrowViolations({ path, text })).toHaveLength(1);
  });

  test.each([
    ['core/protocol/a.ts', `import { b } from './b.ts';`],
    ['core/wal/a.ts', `import { b } from '../protocol/b.ts';`],
    ['core/router/deep/a.ts', `import { b } from '../b.ts';`],
    ['core/cluster/a.ts', `import { b } from '../replica/b.ts'; // import { c } from '../../cli/c.ts';`],
    ['cli/a.ts', `const { b } = await import('../views/b.tsx'); const text = "import { b } from '../core/wal/b.ts'";`],
    ['test/unit/a.ts', `import { b } from '../../core/replica/b.ts';`],
  ])('but %s: %s', (path, text) => {
    expect(arrowViolations({ path, text })).toEqual([]);
  });
});

describe('the pure folders stay pure', () => {
  test('in the project', () => {
    expect(inFolders.flatMap(purityViolations)).toEqual([]);
  });

  test.each([
    [`import split from 'split2';`, `imports 'split2'`],
    [`import type { Socket } from 'node:net';`, `imports 'node:net'`],
    [`const now = Date.now();`, 'uses Date'],
    [`const now = new Date();`, 'uses Date'],
    [`export let when: Date;`, 'uses Date'],
    [`const now = performance.now();`, 'uses performance'],
    [`setTimeout(() => {}, 1);`, 'uses setTimeout'],
    [`const later = { setInterval };`, 'uses setInterval'],
    [`export type Later = Promise<void>;`, 'uses Promise'],
    [`export async function f() {}`, 'is async'],
    [`const f = async () => {};`, 'is async'],
    [`class A { async f() {} }`, 'is async'],
    [`await later;`, 'awaits'],
    [`for await (const a of b) c(a);`, 'awaits'],
    [`process.exit();`, 'uses process'],
    [`const chance = Math.random();`, 'uses Math.random'],
    [`const chance = Math['random']();`, 'uses Math.random'],
    [`console.log();`, 'uses console'],
    [`const world = globalThis;`, 'uses globalThis'],
  ])('not %s', (text, violation) => {
    for (const layer of ['protocol', 'wal', 'routing', 'observe']) {
      expect(purityViolations({ path: `core/${layer}/a.ts`, text })).toEqual([`core/${layer}/a.ts:1: ${violation}`]);
    }
  });

  test.each([
    `// Date.now() and await are not for here.`,
    `const mode = 'async';`,
    `const modes = { async: 1, process: 2 }; modes.async = modes.process;`,
    `export interface Status { readonly process: 'up' | 'down'; performance: number }`,
    `export function label({ process }: { process: string }): string { return process; }`,
    `export type See = (process: string) => void;`,
    `const most = Math.max(1, 2);`,
    `import { b } from './b.ts';`,
  ])('but %s', (text) => {
    expect(purityViolations({ path: 'core/protocol/a.ts', text })).toEqual([]);
  });

  test('elsewhere the world is there', () => {
    expect(purityViolations({ path: 'core/replica/a.ts', text: `import 'node:net'; await Date.now();` })).toEqual([]);
  });
});

describe('a file fits a reader’s head', () => {
  test('in the project', () => {
    expect(files.flatMap(lengthViolations)).toEqual([]);
  });

  test('not one of 351 lines', () => {
    expect(lengthViolations({ path: 'cli/a.ts', text: 'a\n'.repeat(351) })).toHaveLength(1);
    expect(lengthViolations({ path: 'cli/a.ts', text: `${'a\n'.repeat(350)}a` })).toHaveLength(1);
    expect(lengthViolations({ path: 'cli/a.ts', text: 'a\n'.repeat(350) })).toEqual([]);
  });
});

describe('code lives in cli, core, views and test', () => {
  test('in the project', () => {
    expect(folderViolations(paths)).toEqual([]);
  });

  test('not in another folder', () => {
    expect(folderViolations(['cli/a.ts', 'lib/a.ts', 'lib/b.ts', 'c.ts'])).toEqual(['lib/: holds code']);
  });
});

describe('every test counts', () => {
  test('in the project', () => {
    expect(files.filter(({ path }) => path.startsWith('test/') || !path.includes('/')).flatMap(testViolations)).toEqual(
      [],
    );
  });

  test.each([
    `test.skip('a', () => {});`,
    `describe.only('a', () => {});`,
    `it.todo('a');`,
    `test.concurrent.skip('a', () => {});`,
    `test.only.each([1])('a', () => {});`,
    `test.fails('a', () => {});`,
    `test('a', { retry: 2 }, () => {});`,
  ])('not %s', (text) => {
    expect(testViolations({ path: 'test/unit/a.test.ts', text })).toHaveLength(1);
  });

  test.each([`stream.skip(1);`, `test.each([1])('a', () => {});`, `send({ retry: again });`])('but %s', (text) => {
    expect(testViolations({ path: 'test/unit/a.test.ts', text })).toEqual([]);
  });
});

/** The paths of the project's files of code, from the root, with slashes. */
function codeIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const isForeign = entry.name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(path);
    if (entry.isDirectory()) return isForeign ? [] : codeIn(path);
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : [];
  });
}
