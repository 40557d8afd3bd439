// A cluster's folder: its owner's alone, and nothing in it is opened through a link.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DataFolder } from '../../core/cluster/data-folder.ts';
import { StartError } from '../../core/cluster/start-error.ts';

let place: string;
let data: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  data = join(place, 'data');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(place, { recursive: true });
});

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
const secretOf = (folder: DataFolder): string => readFileSync(folder.secretFile, 'utf8');

/** Opens it, and closes it again. */
function use<T>(look: (folder: DataFolder) => T): T {
  const folder = DataFolder.open(data, null);
  try {
    return look(folder);
  } finally {
    folder.close();
  }
}

test('a new one has a secret, which stays the same', () => {
  const first = use((folder) => ({ secret: secretOf(folder), cluster: folder.cluster }));
  expect(first.secret).toMatch(/^[0-9a-f]{64}\n$/);
  expect(use((folder) => ({ secret: secretOf(folder), cluster: folder.cluster }))).toEqual(first);
  expect(readdirSync(data).sort()).toEqual(['cluster.json', 'n1', 'n2', 'n3', 'secret']);
});

test('one from before there were secrets gets one', () => {
  use(() => {});
  rmSync(join(data, 'secret'));
  expect(use(secretOf)).toMatch(/^[0-9a-f]{64}\n$/);
});

test('a start that was killed after its secret was made is taken up with that secret', () => {
  const { cluster, secret } = use((folder) => ({ cluster: folder.cluster, secret: secretOf(folder) }));
  renameSync(join(data, 'cluster.json'), join(data, 'cluster.json.new'));
  writeFileSync(join(data, 'secret.new'), 'half');
  expect(use((folder) => ({ cluster: folder.cluster, secret: secretOf(folder) }))).toEqual({ cluster, secret });
});

test('all of it is its owner’s alone, be it that the owner made it for others to see', () => {
  mkdirSync(data);
  chmodSync(data, 0o777);
  use(() => {});
  chmodSync(join(data, 'n1'), 0o755);
  chmodSync(data, 0o755);
  use(() => {
    for (const folder of [data, join(data, 'n1'), join(data, 'n2')]) expect(mode(folder), folder).toBe('700');
    for (const file of ['cluster.json', 'secret', 'lock.json']) expect(mode(join(data, file)), file).toBe('600');
  });
});

test('a temporary one too, and it goes with its secret', () => {
  vi.stubEnv('TMPDIR', place);
  const folder = DataFolder.open(null, 1);
  expect(mode(folder.path)).toBe('700');
  expect(mode(folder.secretFile)).toBe('600');
  folder.close();
  expect(readdirSync(place)).toEqual([]);
  vi.unstubAllEnvs();
});

test.each<[string, () => void, RegExp]>([
  ['another user’s', () => ownedByAnother(), /\/data belongs to another user: give a folder of your own$/],
  ['somebody else’s files', () => foreign(), /is no lockstep data folder.*holds letter/],
  ['a secret that is a link', () => link('secret'), /\/secret is a symbolic link: remove it, or give another --data$/],
  ['a log folder that is a link', () => link('n2'), /\/n2 is a symbolic link: remove it/],
  ['a log folder that is a file', () => file('n2'), /\/n2 is no folder: remove it/],
  ['an output that is a link', () => link('n1.out'), /\/n1\.out is a symbolic link: remove it/],
  ['an output that leads nowhere', () => dangling('router.out'), /\/router\.out is a symbolic link: remove it/],
  ['an output that is a folder', () => folder('n3.out'), /\/n3\.out is no regular file: remove it/],
  [
    'a cluster.json that is a link',
    () => link('cluster.json'),
    /cluster\.json is a symbolic link: put the file itself/,
  ],
  [
    'a cluster.json that leads nowhere',
    () => dangling('cluster.json'),
    /cluster\.json is a symbolic link: put the file/,
  ],
  [
    'a lock that is a link',
    () => link('lock.json'),
    /in use, or its lock\.json is damaged: if no lockstep runs on it, /,
  ],
  ['a secret that others can read', () => chmodSync(join(data, 'secret'), 0o644), /\(mode 0644\): chmod 600 it$/],
])('refused in one line: %s', (_what, spoil, says) => {
  use(() => {});
  spoil();
  const before = readdirSync(data).sort();
  const open = () => DataFolder.open(data, null);
  expect(open).toThrow(StartError);
  expect(open).toThrow(says);
  expect(open).toThrow(/^[^\n]*$/);
  // Nothing was written through a link, and the folder is free again.
  expect(readdirSync(place).filter((name) => name !== 'data' && !name.startsWith('elsewhere'))).toEqual([]);
  expect(readdirSync(data).sort()).toEqual(before);
});

test('what is being written is not written through a link that somebody has put there', () => {
  use(() => {});
  const victim = join(place, 'victim');
  writeFileSync(victim, 'untouched');
  for (const name of ['cluster.json.tmp', 'cluster.json.new', 'secret.new']) {
    symlinkSync(victim, join(data, name));
    expect(() => use(() => {}), name).toThrow(/is a symbolic link/);
    rmSync(join(data, name));
  }
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
});

test('the folder itself may be reached by a link', () => {
  use(() => {});
  renameSync(data, join(place, 'real'));
  symlinkSync(join(place, 'real'), data);
  expect(use(({ replicas }) => replicas)).toHaveLength(3);
});

/** Puts a link in the place of what is there, to a copy of that elsewhere. */
function link(name: string): void {
  const path = join(data, name);
  const elsewhere = join(place, `elsewhere-${name}`);
  if (lstatSync(path, { throwIfNoEntry: false })) renameSync(path, elsewhere);
  else writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, path);
}

function dangling(name: string): void {
  rmSync(join(data, name), { force: true });
  symlinkSync(join(place, 'nowhere'), join(data, name));
}

function file(name: string): void {
  rmSync(join(data, name), { recursive: true });
  writeFileSync(join(data, name), '');
}

function folder(name: string): void {
  mkdirSync(join(data, name));
}

function foreign(): void {
  rmSync(data, { recursive: true });
  mkdirSync(data);
  writeFileSync(join(data, 'letter'), 'dear');
}

function ownedByAnother(): void {
  const { uid } = statSync(data);
  vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
}
