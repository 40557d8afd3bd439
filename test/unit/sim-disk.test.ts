import { describe, expect, test } from 'vitest';
import { lsn } from '../../core/protocol/position.ts';
import { SimDisk } from '../../core/sim/disk.ts';
import { Draw } from '../../core/sim/draw.ts';
import { Schedule } from '../../core/sim/schedule.ts';
import { segmentFile, snapshotFile } from '../../core/wal/files.ts';

const PAGE = 512;
const FIRST = segmentFile(0);

/** A disk with one segment, and a process that appends to it. */
class Machine {
  readonly schedule = new Schedule();
  readonly seen: string[] = [];
  readonly disk: SimDisk;

  constructor(seed: number) {
    this.disk = new SimDisk({
      schedule: this.schedule,
      draw: new Draw(seed, 'disk'),
      fsyncMs: 1,
      pageBytes: PAGE,
      watch: {
        appended: (_file, text) => this.seen.push(`+${text.length}`),
        synced: () => this.seen.push('synced'),
        cut: () => this.seen.push('cut'),
        askedAfterFailure: (operation) => this.seen.push(`${operation} after failure`),
      },
      tell: (process, news) => {
        if (process === this.disk.process) news();
      },
    });
    this.disk.write(FIRST, 0, new Uint8Array());
    this.disk.syncFile(FIRST);
    this.disk.syncFolder();
  }

  /** Appends; returns what went wrong. */
  append(text: string): string | null {
    return this.#ask((done) => this.disk.append(FIRST, text, done));
  }

  sync(): string | null {
    return this.#ask((done) => this.disk.sync(FIRST, done));
  }

  cut(size: number): string | null {
    return this.#ask((done) => this.disk.cut(FIRST, size, done));
  }

  create(file: string, text: string): void {
    this.#ask((done) => this.disk.create(file, text, done));
  }

  rename(from: string, to: string): void {
    this.#ask((done) => this.disk.rename(from, to, done));
  }

  discard(...files: string[]): void {
    this.#ask((done) => this.disk.discard(files, done));
  }

  get text(): string {
    return new TextDecoder().decode(this.disk.read(FIRST));
  }

  /** What the worst crash now would leave. */
  get stored(): string {
    return new TextDecoder().decode(this.disk.stored()[0]?.bytes);
  }

  #ask(ask: (done: (error: Error | null) => void) => void): string | null {
    let said: string | null | undefined;
    ask((error) => {
      said = error?.message ?? null;
    });
    while (said === undefined && this.schedule.step());
    if (said === undefined) throw new Error('never answered');
    return said;
  }
}

const seeds = Array.from({ length: 200 }, (_, index) => index);

/** Pages of one letter each: `aaa…bbb…`. */
const pages = (letters: string): string => [...letters].map((letter) => letter.repeat(PAGE)).join('');
/** Such pages by their letters again; `.` for one that was not written. */
const lettersOf = (text: string): string => (text.match(/.{1,512}/gs) ?? []).map(letterOf).join('');
const letterOf = (page: string): string => (page.startsWith('\0') ? '.' : page.charAt(PAGE / 2));

describe('when the power goes', () => {
  test('what was fsynced stays, and of the rest any pages do, in any order', () => {
    const left = new Set<string>();
    for (const seed of seeds) {
      const machine = new Machine(seed);
      machine.append(pages('ab'));
      machine.sync();
      machine.append(pages('cde'));
      machine.disk.powerWent();
      expect(machine.text.slice(0, 2 * PAGE)).toBe(pages('ab'));
      expect(machine.stored).toBe(machine.text);
      left.add(lettersOf(machine.text.slice(2 * PAGE)));
    }
    // A page may even be there before the one that was written before it.
    for (const some of ['', 'cde', 'c', '.d', '..e', 'c.e']) expect(left).toContain(some);
  });

  test('a page that was just being written may hold something else', () => {
    const garbled = seeds.filter((seed) => {
      const machine = new Machine(seed);
      machine.append(pages('ab'));
      machine.disk.powerWent();
      return /[^ab\0]/.test(machine.text);
    });
    expect(garbled.length).toBeGreaterThan(0);
    expect(garbled.length).toBeLessThan(seeds.length / 4);
  });

  test('a new segment may be there or not until it was created in full', () => {
    const left = new Set<string>();
    for (const seed of seeds) {
      const machine = new Machine(seed);
      machine.disk.create(segmentFile(100), 'new', () => {});
      machine.disk.powerWent();
      left.add(machine.disk.bases().join());
    }
    expect(left).toEqual(new Set(['0', '0,100']));
  });
});

test('a process that dies leaves what it wrote to the kernel, and of its last write a part', () => {
  const left = new Set<number>();
  for (const seed of seeds) {
    const machine = new Machine(seed);
    machine.append('written, and not fsynced; ');
    machine.disk.append(FIRST, 'under way', () => {});
    machine.disk.processDied();
    while (machine.schedule.step());
    expect(machine.text).toMatch(/^written, and not fsynced; (under way|unde|)/);
    expect(machine.stored).toBe('');
    left.add(machine.text.length - 26);
  }
  expect(left).toContain(0);
  expect(left).toContain(4);
  expect(left).toContain(9);
});

describe('an fsync that fails', () => {
  const failed = (seed: number): Machine => {
    const machine = new Machine(seed);
    machine.append(pages('a'));
    machine.sync();
    machine.append(pages('bcd'));
    machine.disk.failsNextSync = true;
    expect(machine.sync()).toContain('EIO');
    return machine;
  };

  test('leaves its pages to be read, and the next one does not write them', () => {
    const left = new Set<string>();
    for (const seed of seeds) {
      const machine = failed(seed);
      expect(lettersOf(machine.text)).toBe('abcd');
      expect(machine.sync()).toBeNull();
      expect(machine.seen.at(-2)).toBe('sync after failure');
      left.add(lettersOf(machine.stored));
    }
    expect(left).toContain('a...');
    expect([...left].every((letters) => letters.startsWith('a'))).toBe(true);
  });

  test('is made good by writing them again', () => {
    for (const seed of seeds) {
      const machine = failed(seed);
      machine.disk.processDied();
      machine.disk.write(FIRST, PAGE, machine.disk.read(FIRST).subarray(PAGE));
      machine.disk.syncFile(FIRST);
      expect(lettersOf(machine.stored)).toBe('abcd');
    }
  });
});

test('a full disk takes a part, and says so', () => {
  const machine = new Machine(1);
  machine.append('before ');
  machine.disk.isFull = true;
  expect(machine.append('after')).toContain('ENOSPC');
  expect('before after').toContain(machine.text);
  expect(machine.text).not.toBe('before after');
});

test('what was cut off does not come back', () => {
  for (const seed of seeds) {
    const machine = new Machine(seed);
    machine.append('before ');
    machine.sync();
    machine.append('too much');
    expect(machine.cut(7)).toBeNull();
    expect(machine.seen.at(-1)).toBe('cut');
    machine.append('after');
    machine.sync();
    machine.disk.powerWent();
    expect(machine.text).toBe('before after');
  }
});

describe('a file that is renamed', () => {
  test('has its new name for certain when that is done, and until then the one, the other, both or none', () => {
    const left = new Set<string>();
    for (const seed of seeds) {
      const machine = new Machine(seed);
      machine.create('snapshot.part', 'whole');
      machine.disk.rename('snapshot.part', snapshotFile(lsn(7)), () => {});
      machine.disk.powerWent();
      left.add(machine.disk.list().join());
      const again = new Machine(seed);
      again.create('snapshot.part', 'whole');
      again.rename('snapshot.part', snapshotFile(lsn(7)));
      again.disk.powerWent();
      expect(again.disk.list()).toEqual([snapshotFile(lsn(7)), FIRST]);
    }
    const [old, renamed] = ['snapshot.part', snapshotFile(lsn(7))];
    expect(left).toContain([old, FIRST].join());
    expect(left).toContain([renamed, FIRST].join());
    expect(left).toContain([renamed, old, FIRST].sort().join());
  });

  test('takes the place of one that has that name', () => {
    const machine = new Machine(1);
    machine.create(snapshotFile(lsn(7)), 'old');
    machine.create('snapshot.part', 'new');
    machine.rename('snapshot.part', snapshotFile(lsn(7)));
    expect(new TextDecoder().decode(machine.disk.read(snapshotFile(lsn(7))))).toBe('new');
  });
});

test('files that are removed are gone, and any of them may be back after a power cut', () => {
  const left = new Set<string>();
  for (const seed of seeds) {
    const machine = new Machine(seed);
    for (const base of [100, 200]) machine.create(segmentFile(base), 'segment');
    machine.discard(segmentFile(100), segmentFile(200), segmentFile(300));
    expect(machine.disk.bases()).toEqual([0]);
    machine.disk.powerWent();
    left.add(machine.disk.bases().join());
  }
  expect(left).toEqual(new Set(['0', '0,100', '0,200', '0,100,200']));
});

test('a full disk waits, and is not one that failed', () => {
  const machine = new Machine(1);
  machine.disk.isFull = true;
  machine.append('after');
  machine.cut(0);
  machine.disk.isFull = false;
  machine.append('again');
  expect(machine.seen.filter((news) => news.includes('failure'))).toEqual([]);
});

test('what rots is seen by whoever reads it, survives a crash, and can be brought back', () => {
  const machine = new Machine(1);
  machine.append('durable');
  machine.sync();
  machine.append(' and not yet');
  const { file } = machine.disk.placeOf(2);
  const restore = file.rot(2, 4, () => 0x78);
  expect(machine.text).toBe('duxxble and not yet');
  expect(machine.stored).toBe('duxxble');
  machine.disk.powerWent();
  expect(machine.text.slice(0, 7)).toBe('duxxble');
  restore();
  expect(machine.text.slice(0, 7)).toBe('durable');
});

test('the watch hears of every append and fsync as it happens, and not before', () => {
  const machine = new Machine(1);
  machine.disk.append(FIRST, 'abc', () => {});
  expect(machine.seen).toEqual([]);
  while (machine.schedule.step());
  expect(machine.seen).toEqual(['+3']);
  machine.sync();
  expect(machine.seen).toEqual(['+3', 'synced']);
});

test('one operation at a time', () => {
  const machine = new Machine(1);
  machine.disk.append(FIRST, 'abc', () => {});
  expect(() => machine.disk.sync(FIRST, () => {})).toThrow('sync while append is under way');
});
