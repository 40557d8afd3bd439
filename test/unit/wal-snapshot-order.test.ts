// A crash at every point of a snapshot's way to the disk, and every order in which the disk may have done what it was told.
import { describe, expect, test } from 'vitest';
import { segmentBase } from '../../core/wal/files.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, hardState, linesOf, type OpenLog, openLog } from './support/wal-log.ts';
import { brief, found, large, part, SEGMENT } from './support/wal-story.ts';

describe('whatever a crash has left of it, in any order', () => {
  /** All that may be found when the machine dies after so many steps of what `submit` asks for. */
  function allFound(submit: (wal: OpenLog['wal']) => void, steps: number): { ended: boolean; found: Set<string> } {
    const all = new Set<string>();
    let ended = false;
    // What there is to be kept depends on what is: as many answers as the most that was ever asked.
    for (let kept = 0, askedMax = 1; kept < 2 ** askedMax; kept++) {
      const disk = new MemoryDisk();
      const { wal } = openLog(disk, SEGMENT);
      for (let lsn = 1; lsn <= 3; lsn++) {
        wal.submit(batch(lsn, { hard: hardState(1, 'n3'), add: large(lsn) }));
        disk.settle();
      }
      submit(wal);
      for (let step = 0; step < steps; step++) ended = !disk.step();
      let asked = 0;
      const left = disk.crash(() => ((kept >> asked++) & 1) === 1);
      askedMax = Math.max(askedMax, asked);
      all.add(found(left));
      // Once it is open, nothing else can be found.
      const open = openLog(left, SEGMENT);
      const again = left.crash(() => false);
      expect(again.list()).toEqual(left.list());
      expect(found(again)).toBe(brief(open.recovered));
      expect(left.list().filter((file) => segmentBase(file) === null)).toHaveLength(open.recovered.snapshot ? 1 : 0);
    }
    return { ended, found: all };
  }

  /** The same after each step; the last time all is done. */
  function afterEachStep(submit: (wal: OpenLog['wal']) => void): string[][] {
    const stories: string[][] = [];
    for (let steps = 0; ; steps++) {
      const { ended, found } = allFound(submit, steps);
      if (ended) return stories;
      stories.push([...found].sort());
    }
  }

  test('a snapshot of its own: the log says the same before and after', () => {
    const hard = hardState(1, 'n3');
    const stories = afterEachStep((wal) => {
      wal.submit(part(4, '1:2', { hard, last: false, keys: ['a'] }));
      wal.submit(part(5, '1:2', { hard, index: 1, keys: ['b'] }));
    });
    const [before, after] = ['term 1 vote n3 1:1 1:2 1:3', 'term 1 vote n3 1:2=ab 1:3'];
    // Create, append, sync; rename, whose name may be durable before anybody has asked for it; then the removals.
    expect(stories).toEqual([[before], [before], [before], [after, before].sort(), [after], [after]]);
  });

  test('a second one: the log stands on the one or on the other', () => {
    const hard = hardState(1, 'n3');
    const stories = afterEachStep((wal) => {
      wal.submit(part(4, '1:1', { hard, keys: ['old'] }));
      wal.submit(part(5, '1:3', { hard, keys: ['new'] }));
    });
    const [none, old, new_] = ['1:1 1:2 1:3', '1:1=old 1:2 1:3', '1:3=new'].map((log) => `term 1 vote n3 ${log}`);
    expect(stories).toEqual([[none], [none, old], [old], [old], [new_, old].sort(), [new_], [new_]]);
  });

  test('one from the leader: it is there with its mark, and not before', () => {
    const stories = afterEachStep((wal) => {
      wal.submit(part(4, '1:1', { hard: hardState(1, 'n3'), keys: ['old'] }));
      wal.submit(part(5, '2:2', { hard: hardState(2), keys: ['new'], installs: true }));
      wal.submit(batch(6, { hard: hardState(2), add: large(3, 2) }));
    });
    const [old, installed] = ['term 1 vote n3 1:1=old 1:2 1:3', 'term 2 vote null 2:2=new'];
    const moments = stories.map((all) => all.map((each) => each.replace(/^term . vote \w+ /, '')).join(' | '));
    expect(moments.filter((each, index) => each !== moments[index - 1])).toEqual([
      '1:1 1:2 1:3',
      '1:1 1:2 1:3 | 1:1=old 1:2 1:3',
      '1:1=old 1:2 1:3',
      '1:1=old 1:2 1:3 | 2:2=new',
      '2:2=new',
      '2:2=new | 2:2=new 2:3',
      '2:2=new 2:3',
    ]);
    // The vote of the step with the snapshot may be there before it, for they share the step, and not the file.
    expect(new Set(stories.flat())).toContain(old);
    expect(new Set(stories.flat())).toContain(installed);
  });

  test('a segment whose opening tore is none: the vote is in the one before it, which must not go', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, SEGMENT);
    wal.submit(batch(1, { hard: hardState(7, 'n2'), add: large(1) }));
    disk.settle();
    wal.submit(batch(2, { hard: hardState(7, 'n2'), add: large(2) }));
    disk.settle();
    const last = disk.list().at(-1) ?? '';
    const identity = linesOf(disk.read(last))[0] ?? '';
    const torn = MemoryDisk.holding(new Map([...disk.contents(), [last, Buffer.from(identity)]]));
    const open = openLog(torn, SEGMENT);
    expect(brief(open.recovered)).toBe('term 7 vote n2 1:1');
    expect(open.report).toMatchObject({ tornBytes: identity.length, file: last });
    open.wal.submit(part(1, '1:1', { hard: hardState(7, 'n2') }));
    torn.settle();
    expect(found(torn)).toBe('term 7 vote n2 1:1=ab');
  });

  test('even if a snapshot has all that was before it', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, SEGMENT);
    const hard = hardState(7, 'n2');
    wal.submit(batch(1, { hard, add: large(1) }));
    wal.submit(part(2, '1:1', { hard }));
    disk.settle();
    wal.submit(batch(3, { hard, add: large(2) }));
    disk.settle();
    const last = disk.list().at(-1) ?? '';
    const identity = linesOf(disk.read(last))[0] ?? '';
    const torn = MemoryDisk.holding(new Map([...disk.contents(), [last, Buffer.from(identity)]]));
    expect(found(torn)).toBe('term 7 vote n2 1:1=ab');
  });
});
