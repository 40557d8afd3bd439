// Whole runs: the same from the same seed, and with what is given in place of what it draws.
import { describe, expect, test } from 'vitest';
import { FAULT_NAMES, FAULTS } from '../../core/sim/faults.ts';
import { drawOptions } from '../../core/sim/options.ts';
import { type Result, simulate } from '../../core/sim/simulate.ts';
import { storyOf } from '../../core/sim/story.ts';

/** One with many kinds of faults. */
const WILD = 7;

/** Those that are not drawn once for the whole run happen at times of their own. */
const timed = FAULT_NAMES.filter((fault) => !['drop', 'duplicate', 'late', 'drift'].includes(fault));

describe('a run', () => {
  test.each([3, 4, 5])('of seed %i is the same every time', (seed) => {
    const [one, other] = [simulate({ seed }), simulate({ seed })];
    expect(one).toEqual(other);
    expect(one.digest).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is another from another seed', () => {
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => simulate({ seed }).digest)).size).toBe(6);
  });

  test('is the same with messages that nobody can change: nobody does', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(simulate({ seed, freezes: true }).digest).toBe(simulate({ seed }).digest);
    }
  });

  test('begins as a shorter one does', () => {
    const short = textsOf(simulate({ seed: WILD, options: { events: 2000 } }));
    const healed = short.findIndex((text) => text.startsWith('all is healed'));
    expect(healed).toBeGreaterThan(5);
    expect(textsOf(simulate({ seed: WILD })).slice(0, healed)).toEqual(short.slice(0, healed));
  });
});

const textsOf = ({ notes }: Result): readonly string[] => notes.map(({ text }) => text);

describe('options', () => {
  test('that are given shift nothing else', () => {
    const drawn = drawOptions(WILD);
    expect(drawOptions(WILD, { replicas: 5, modes: ['sync'] })).toEqual({ ...drawn, replicas: 5, modes: ['sync'] });
    expect(simulate({ seed: WILD, options: drawn })).toEqual(simulate({ seed: WILD }));
  });

  test('can leave out a kind of fault: until it first happened all is as it was', () => {
    const all = simulate({ seed: WILD });
    const happened = timed.filter((fault) => all.faults[fault] !== undefined);
    expect(happened.length).toBeGreaterThan(3);
    for (const fault of happened) {
      const fewer = simulate({ seed: WILD, options: { without: [fault] } });
      expect(fewer.faults[fault]).toBeUndefined();
      expect(fewer.options.faults).toEqual({ ...all.options.faults, [fault]: 0 });
      const first = textsOf(all).findIndex((text) => text.startsWith(`fault: ${FAULTS[fault]}`));
      expect(textsOf(fewer).slice(0, first)).toEqual(textsOf(all).slice(0, first));
    }
  });

  test.each([1, 2, 4, 6, 7])('of %i replicas', (replicas) => {
    const result = simulate({ seed: 11, options: { replicas } });
    expect(result.failure).toBeNull();
    expect(result.counts['writes ok']).toBeGreaterThan(0);
  });

  test('without any fault nothing is lost, and nobody leads but the first', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { faults, counts, fates, failure } = simulate({ seed, options: { without: FAULT_NAMES, replicas: 3 } });
      expect({ failure, faults, lost: fates.lost }).toEqual({ failure: null, faults: {}, lost: 0 });
      expect(counts.leaders).toBe(1);
    }
  });
});

test('a story tells who led and why, what went wrong, and what it came to', () => {
  const story = storyOf(simulate({ seed: WILD })).join('\n');
  expect(story).toMatch(/^seed \d+: \d replicas?; /);
  expect(story).toMatch(/ s {2}n\d leads term \d+, by the votes of n\d/);
  expect(story).toMatch(/ s {2}n\d wants to lead term \d+ \(/);
  expect(story).toMatch(/ s {2}fault: /);
  expect(story).toMatch(/all is healed/);
  expect(story).toMatch(/\nwrites: \d+ ok, \d+ rejected, \d+ unknown\n/);
  expect(story).toMatch(/digest [0-9a-f]{16}\n/);
  expect(story).toMatch(/\nno violation$/);
});

test('a story tells when a fault is over, and what became of a damaged log', () => {
  const told = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const begun: string[] = [];
    for (const text of textsOf(simulate({ seed }))) {
      const over = text.startsWith('over: ') ? text.slice('over: '.length) : null;
      if (text.startsWith('fault: ')) begun.push(text.slice('fault: '.length));
      if (over !== null) expect(begun).toContain(over);
      const fault = FAULT_NAMES.find((name) => over?.startsWith(FAULTS[name]));
      if (fault !== undefined) told.add(fault);
      for (const words of ['is brought back as it was', 'begins its log anew'])
        if (text.includes(words)) told.add(words);
    }
  }
  const lasting = ['lag', 'cut', 'split', 'pause', 'slow-disk', 'disk-full', 'router-lag'];
  expect([...told].sort()).toEqual([...lasting, 'begins its log anew', 'is brought back as it was'].sort());
});
