// The folder of a replica that runs on its own: made once, on request, and never again.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FolderStart, ReplicaFolder } from '../../core/cluster/replica-folder.ts';
import { StartError } from '../../core/cluster/start-error.ts';
import { replicaId } from '../../core/protocol/position.ts';
import type { Identity } from '../../core/wal/codec.ts';

let place: string;
let data: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  data = join(place, 'deep', 'n1');
});
afterEach(() => rmSync(place, { recursive: true }));

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [
  Identity['replica'],
  Identity['replica'],
  Identity['replica'],
];
const COMMAND = 'lockstep replica n1 --cluster accounts.json --data ./n1';
const IDENTITY: Identity = { cluster: 'accounts', replica: n1, members: [n1, n2, n3] };

function refusal(start: FolderStart, identity: Partial<Identity> = {}): StartError {
  try {
    ReplicaFolder.open(data, { ...IDENTITY, ...identity }, start, COMMAND).close();
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

const made = (): void => ReplicaFolder.open(data, IDENTITY, 'init', COMMAND).close();

test('made with init for its owner alone, and found without', () => {
  made();
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(statSync(join(data, 'replica.json')).mode & 0o777).toBe(0o600);
  const folder = ReplicaFolder.open(data, IDENTITY, 'found', COMMAND);
  expect(folder.log).toBe(join(data, 'n1'));
  expect(readdirSync(folder.log)).toHaveLength(1);
  folder.close();
  expect(readdirSync(data).sort()).toEqual(['n1', 'replica.json']);
});

test('without init nothing is made', () => {
  expect(refusal('found')).toMatchObject({ code: 'data-missing', message: expect.stringContaining('--init') });
  expect(existsSync(data)).toBe(false);
  mkdirSync(data, { recursive: true });
  expect(refusal('found')).toMatchObject({ code: 'data-missing', message: expect.stringContaining('is empty') });
  expect(readdirSync(data)).toEqual([]);
});

describe('with init, what has been one is not made anew', () => {
  test('whole', () => {
    made();
    expect(refusal('init')).toMatchObject({ code: 'data-exists', message: expect.stringContaining('without --init') });
  });

  test('its log gone', () => {
    made();
    rmSync(join(data, 'n1'), { recursive: true });
    expect(refusal('init')).toMatchObject({ code: 'data-exists' });
    expect(existsSync(join(data, 'n1'))).toBe(false);
  });

  test('its name gone', () => {
    made();
    rmSync(join(data, 'replica.json'));
    expect(refusal('init')).toMatchObject({ code: 'data-foreign', message: expect.stringContaining('holds n1') });
    expect(refusal('found')).toMatchObject({ code: 'data-foreign' });
  });
});

test('a first start that was killed is taken up with init alone, and by the same replica', () => {
  made();
  renameSync(join(data, 'replica.json'), join(data, 'replica.json.new'));
  expect(refusal('found')).toMatchObject({ code: 'data-missing', message: expect.stringContaining('not finished') });
  expect(refusal('init', { replica: n2 })).toMatchObject({ code: 'data-foreign' });
  made();
  ReplicaFolder.open(data, IDENTITY, 'found', COMMAND).close();
});

test.each<[string, Partial<Identity>, string]>([
  ['another cluster', { cluster: 'orders' }, 'belongs to cluster accounts, not to orders'],
  ['another replica', { replica: n2 }, 'belongs to n1, not to n2'],
  ['another size', { members: [n1, n2] }, 'belongs to a cluster of n1, n2, n3, not of n1, n2'],
])('it is not for %s', (_, identity, words) => {
  made();
  for (const start of ['found', 'init', 'rebuild'] as const) {
    expect(refusal(start, identity)).toMatchObject({ code: 'data-foreign', message: expect.stringContaining(words) });
  }
});

test('what to type stands there in full, and can be copied', () => {
  expect(refusal('found').message).toContain(`type "${COMMAND} --init"`);
  expect(refusal('found').message).toContain(`type "${COMMAND} --rebuild"`);
  made();
  expect(refusal('init').message).toContain(`"${COMMAND}", without --init`);
});

describe('a start that failed leaves things as they were', () => {
  test('nothing, where there was nothing, however deep', () => {
    ReplicaFolder.open(data, IDENTITY, 'init', COMMAND).giveUp();
    expect(readdirSync(place)).toEqual([]);
    made();
  });

  test('an empty folder, where there was one', () => {
    mkdirSync(data, { recursive: true });
    ReplicaFolder.open(data, IDENTITY, 'init', COMMAND).giveUp();
    expect(readdirSync(data)).toEqual([]);
  });

  test('a replica that was there', () => {
    made();
    ReplicaFolder.open(data, IDENTITY, 'found', COMMAND).giveUp();
    expect(readdirSync(data).sort()).toEqual(['n1', 'replica.json']);
    expect(readdirSync(join(data, 'n1'))).toHaveLength(1);
  });

  test('not a first start of another that was not finished', () => {
    made();
    renameSync(join(data, 'replica.json'), join(data, 'replica.json.new'));
    expect(refusal('init', { replica: n2 })).toMatchObject({ code: 'data-foreign' });
    expect(readdirSync(data).sort()).toEqual(['n1', 'replica.json.new']);
  });
});

test('a file where the folder should be, or one above it, is named as such', () => {
  const file = join(place, 'deep');
  writeFileSync(file, '');
  expect(refusal('init').message).toBe(`${data} cannot be used for data: ${file} is a file, not a folder`);
  data = file;
  for (const start of ['init', 'found'] as const) {
    expect(refusal(start).message).toBe(`${file} cannot be used for data: ${file} is a file, not a folder`);
  }
});

test('somebody else’s folder is left as it is', () => {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'letter'), 'dear');
  expect(refusal('init')).toMatchObject({ code: 'data-foreign', message: expect.stringContaining('letter') });
  writeFileSync(join(data, 'cluster.json'), '{}');
  expect(refusal('init')).toMatchObject({ message: expect.stringContaining('lockstep up') });
  expect(readdirSync(data).sort()).toEqual(['cluster.json', 'letter']);
});

test('a damaged replica.json is named', () => {
  made();
  writeFileSync(join(data, 'replica.json'), '{"v":1}');
  expect(refusal('found')).toMatchObject({ code: 'data-foreign', message: expect.stringContaining('replica.json') });
});

describe('rebuild', () => {
  const rebuilt = (): ReplicaFolder => ReplicaFolder.open(data, IDENTITY, 'rebuild', COMMAND);

  test('where nothing is left: a folder without a log, which only another rebuild gets over', () => {
    const folder = rebuilt();
    folder.close();
    expect(existsSync(folder.log)).toBe(false);
    expect(refusal('init')).toMatchObject({ code: 'data-exists' });
    ReplicaFolder.open(data, IDENTITY, 'found', COMMAND).close();
  });

  test('where there is a log, it is left as it is', () => {
    made();
    const folder = rebuilt();
    folder.close();
    expect(readdirSync(folder.log)).toHaveLength(1);
  });

  test('not of a first start that was not finished: it has no vote to forget', () => {
    made();
    renameSync(join(data, 'replica.json'), join(data, 'replica.json.new'));
    expect(refusal('rebuild')).toMatchObject({ code: 'data-missing' });
  });
});

test('a folder that others can look into is closed to them', () => {
  made();
  for (const path of [data, join(data, 'n1')]) chmodSync(path, 0o755);
  ReplicaFolder.open(data, IDENTITY, 'found', COMMAND).close();
  for (const path of [data, join(data, 'n1')]) expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('nothing in it is used through a link', () => {
  made();
  renameSync(join(data, 'n1'), join(place, 'elsewhere'));
  symlinkSync(join(place, 'elsewhere'), join(data, 'n1'));
  expect(refusal('found')).toMatchObject({ code: 'data-foreign', message: expect.stringContaining('symbolic link') });
});

test('one user at a time', () => {
  made();
  const folder = ReplicaFolder.open(data, IDENTITY, 'found', COMMAND);
  expect(refusal('found')).toMatchObject({ code: 'data-in-use', message: expect.stringContaining(`${process.pid}`) });
  folder.close();
  ReplicaFolder.open(data, IDENTITY, 'found', COMMAND).close();
});

test('a place where nothing can be made is named', () => {
  writeFileSync(join(place, 'deep'), '');
  expect(refusal('init')).toMatchObject({ code: 'data-unwritable', message: expect.stringContaining(data) });
});
