import { posix } from 'node:path';
import { parseSync, visitorKeys } from 'oxc-parser';

/** A file of the project: its path from the root, with slashes, and what is in it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const linesMax = 350;
const codeFolders = ['cli', 'core', 'views', 'test'];

/** What each layer may import, besides itself. `test` may import everything, and nothing may import it. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  cli: ['views', 'core/cluster', 'core/sim', 'core/observe', 'core/protocol'],
  views: ['core/observe', 'core/protocol'],
  'core/cluster': [
    'core/replica',
    'core/router',
    'core/wire',
    'core/observe',
    'core/routing',
    'core/protocol',
    'core/wal',
  ],
  'core/replica': ['core/wire', 'core/protocol', 'core/wal', 'core/routing', 'core/observe'],
  'core/router': ['core/wire', 'core/protocol', 'core/wal', 'core/routing', 'core/observe'],
  'core/wire': ['core/protocol', 'core/observe', 'core/wal', 'core/routing'],
  'core/sim': ['core/protocol', 'core/wal', 'core/routing', 'core/observe'],
  'core/routing': ['core/protocol', 'core/observe'],
  'core/observe': ['core/protocol'],
  'core/wal': ['core/protocol'],
  'core/protocol': [],
};

const pureLayers = ['core/protocol', 'core/wal', 'core/routing', 'core/observe', 'core/sim'];

/** What reaches for the world: time, chance, the machine, or a later turn. */
const impureNames = new Set(
  `Date performance setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
   Promise PromiseLike process console globalThis global require Buffer crypto fetch`.split(/\s+/),
);

/** Imports that run against the arrows, and files of code in core that are in no layer. */
export function arrowViolations(file: SourceFile): string[] {
  const layer = layerOf(file.path);
  if (layer === 'test') return [];
  const allowed = arrows[layer];
  if (allowed === undefined) return [`${file.path}: is in no layer (${layer})`];
  return imports(file).flatMap(({ specifier, at }) => {
    if (!specifier.startsWith('.')) return [];
    const target = layerOf(posix.join(posix.dirname(file.path), specifier));
    return target === layer || allowed.includes(target) ? [] : [`${at}: ${layer} may not import ${target}`];
  });
}

/** In a pure folder: packages, `node:` modules, and names and syntax that reach for the world. */
export function purityViolations(file: SourceFile): string[] {
  if (!pureLayers.includes(layerOf(file.path))) return [];
  const found = imports(file).flatMap(({ specifier, at }) =>
    specifier.startsWith('.') ? [] : [`${at}: imports '${specifier}'`],
  );
  const nodes = allNodes(file);
  const bound = new Set(nodes.flatMap(({ node }) => boundNames(node)));
  for (const { node, parent, key, at } of nodes) {
    if (node.async === true) found.push(`${at()}: is async`);
    if (node.type === 'AwaitExpression' || node.await === true) found.push(`${at()}: awaits`);
    if (node.type === 'ImportExpression') found.push(`${at()}: imports later`);
    if (node.type === 'MemberExpression' && isIdentifier(node.object, 'Math') && memberName(node) === 'random') {
      found.push(`${at()}: uses Math.random`);
    }
    if (node.type === 'Identifier' && !isPropertyName(parent, key)) {
      const name = String(node.name);
      if (impureNames.has(name) && !bound.has(name)) found.push(`${at()}: uses ${name}`);
    }
  }
  return found;
}

export function lengthViolations(file: SourceFile): string[] {
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  return lines > linesMax ? [`${file.path}: ${lines} lines, more than ${linesMax}`] : [];
}

/** `paths` are those of all files of code in the project. */
export function folderViolations(paths: readonly string[]): string[] {
  const folders = new Set(paths.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : [])));
  return [...folders].filter((folder) => !codeFolders.includes(folder)).map((folder) => `${folder}/: holds code`);
}

/** Tests that do not count: skipped, singled out, expected to fail, or tried again until they pass. */
export function testViolations(file: SourceFile): string[] {
  return allNodes(file).flatMap(({ node, at }) => {
    const name = node.type === 'MemberExpression' ? memberName(node) : undefined;
    if (name !== undefined && ['skip', 'only', 'todo', 'fails'].includes(name) && isTestFunction(node.object)) {
      return [`${at()}: .${name}`];
    }
    const isRetry = node.type === 'Property' && isIdentifier(node.key, 'retry') && isNode(node.value);
    return isRetry && typeof (node.value as Node).value === 'number' ? [`${at()}: retry`] : [];
  });
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

interface Visit {
  readonly node: Node;
  readonly parent: Node | undefined;
  /** Under which of the parent's fields it is. */
  readonly key: string;
  /** Where: `path:line`. */
  readonly at: () => string;
}

function allNodes({ path, text }: SourceFile): Visit[] {
  const { program, errors } = parseSync(path, text, { sourceType: 'module' });
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const visits: Visit[] = [];
  const walk = (node: Node, parent: Node | undefined, key: string): void => {
    visits.push({ node, parent, key, at: () => `${path}:${text.slice(0, node.start).split('\n').length}` });
    for (const child of visitorKeys[node.type] ?? []) {
      for (const below of [node[child]].flat()) if (isNode(below)) walk(below, node, child);
    }
  };
  walk(program as unknown as Node, undefined, '');
  return visits;
}

/** Every module named: by import, export from, import() and import types. */
function imports(file: SourceFile): { specifier: string; at: string }[] {
  const kinds = [
    'ImportDeclaration',
    'ExportNamedDeclaration',
    'ExportAllDeclaration',
    'ImportExpression',
    'TSImportType',
  ];
  return allNodes(file).flatMap(({ node, at }) => {
    if (!kinds.includes(node.type) || !isNode(node.source)) return [];
    return typeof node.source.value === 'string' ? [{ specifier: node.source.value, at: at() }] : [];
  });
}

function layerOf(path: string): string {
  const [top = '', folder = '', ...below] = path.split('/');
  return top === 'core' && below.length > 0 ? `core/${folder}` : top;
}

/** The names that a node brings in, so that a field or parameter called `process` is not taken for Node's. */
function boundNames(node: Node): string[] {
  const patterns = [node.params, node.type === 'CatchClause' ? node.param : undefined];
  if (/Declarat|ImportSpecifier|ImportDefault|ImportNamespace/.test(node.type)) patterns.push(node.id, node.local);
  return patterns.flat().flatMap(namesIn);
}

function namesIn(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  if (pattern.type === 'Identifier') return [String(pattern.name)];
  const { properties, elements, left, argument, value, parameter } = pattern;
  return [properties, elements, left, argument, value, parameter].flat().flatMap(namesIn);
}

/** Whether an identifier under `key` of `parent` only names a property. */
function isPropertyName(parent: Node | undefined, key: string): boolean {
  if (parent === undefined || parent.computed === true) return false;
  if (parent.type === 'MemberExpression') return key === 'property';
  return key === 'key' || (parent.type === 'TSQualifiedName' && key === 'right') || key === 'imported';
}

function isTestFunction(node: unknown): boolean {
  if (!isNode(node)) return false;
  if (node.type === 'MemberExpression') return isTestFunction(node.object);
  return ['it', 'test', 'describe', 'suite'].some((name) => isIdentifier(node, name));
}

function memberName(node: Node): string | undefined {
  if (!isNode(node.property)) return undefined;
  return String(node.computed === true ? node.property.value : node.property.name);
}

function isIdentifier(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
