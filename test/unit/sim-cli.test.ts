import { afterEach, describe, expect, test, vi } from 'vitest';
import { progressLine } from '../../cli/sim/report.ts';
import { NOTHING, sum, tallyOf } from '../../cli/sim/tally.ts';
import { Replica } from '../../core/protocol/replica.ts';
import { simulate } from '../../core/sim/simulate.ts';
import { FakeIo, run } from './support/fake-io.ts';

afterEach(() => void vi.restoreAllMocks());

const words = (line: string): readonly string[] => line.split(' ');

describe('one seed', () => {
  test('is told as a story, and is clean', async () => {
    const { exit, io } = await run(words('sim --seed 5'));
    expect(exit).toBe(0);
    expect(io.stdout).toMatch(/^seed 5: .*\n/);
    expect(io.stdout).toMatch(/digest [0-9a-f]{16}\n.*\nno violation\n$/s);
    expect(io.stderr).toBe('');
  });

  test('with --json is one object with all of it', async () => {
    const { exit, io } = await run(
      words('sim --seed 5 --json --events 500 --replicas 3 --mode sync --without cut,rot'),
    );
    expect(exit).toBe(0);
    const { v, ...result } = io.records[0] ?? {};
    expect(v).toBe(1);
    const options = { events: 500, replicas: 3, modes: ['sync'], without: ['cut', 'rot'] } as const;
    expect(result).toEqual(JSON.parse(JSON.stringify(simulate({ seed: 5, options }))));
  });
});

describe('many seeds', () => {
  test('come to the same on one thread as on two', { timeout: 60_000 }, async () => {
    const summaries: object[] = [];
    for (const jobs of [1, 2]) {
      const { exit, io } = await run(words(`sim --seed 40 --runs 25 --events 400 --json --jobs ${jobs}`));
      expect(exit).toBe(0);
      const [{ seconds, ...summary } = {}, more] = io.records;
      expect(more).toBeUndefined();
      summaries.push(summary);
    }
    expect(summaries[0]).toEqual(summaries[1]);
    let tally = NOTHING;
    for (let seed = 40; seed < 65; seed++) tally = sum(tally, tallyOf(simulate({ seed, options: { events: 400 } })));
    const { events, ms, counts } = tally;
    expect(summaries[0]).toMatchObject({ event: 'summary', from: 40, seeds: 25, failed: [], events, counts });
    expect(ms).toBeGreaterThan(0);
  });

  test('say which they were and what they came to', async () => {
    const { exit, io } = await run(words('sim --runs 12 --events 300 --jobs 1'));
    expect(exit).toBe(0);
    expect(io.stdout).toMatch(/^seeds \d+ to \d+\n12 seeds, 0 failed; /);
    expect(io.stdout).toMatch(/\nfaults: \w/);
  });

  test('are stopped by a signal, and say how far they got', async () => {
    const io = new FakeIo();
    const { main } = await import('../../cli/main.ts');
    const exit = main(words('sim --seed 1 --runs 1000000 --jobs 1'), io);
    await io.until(() => io.isListening && io.stdout.includes('seeds 1 to'));
    io.stop('SIGINT');
    expect(await exit).toBe(130);
    expect(io.stdout).toMatch(/\n\d+ seeds, 0 failed; /);
  });
});

describe('a run that fails', () => {
  const falsify = (change: (ready: ReturnType<Replica['step']>) => ReturnType<Replica['step']>): void => {
    const { step } = Replica.prototype;
    vi.spyOn(Replica.prototype, 'step').mockImplementation(function (this: Replica, input) {
      return change(step.call(this, input));
    });
  };
  const lies = (): void =>
    falsify((ready) => ({ ...ready, replies: ready.replies.map((reply) => ({ ...reply, value: '?' })) as never }));
  const gags = (): void => falsify((ready) => ({ ...ready, send: [] }));
  const throws = (): void =>
    falsify((ready) => {
      if (ready.replies.length > 0) throw new Error('given up');
      return ready;
    });

  test.each<[string, number, () => void]>([
    ['safety (read-value)', 10, lies],
    ['liveness (progress)', 11, gags],
    ['crash (crash)', 12, throws],
  ])('by %s ends with %i, and says how to see it again', { timeout: 60_000 }, async (what, code, break_) => {
    break_();
    const { exit, io } = await run(words('sim --seed 3 --events 2000 --replicas 3'));
    expect(exit).toBe(code);
    expect(io.stdout).toContain(`seed 3: ${what} at event `);
    expect(io.stdout).toMatch(/\n {2}options: 3 replicas; /);
    expect(io.stdout).toMatch(/\n {2}smallest: \d replicas?; .*\n {2}replay: lockstep sim --seed 3 --events \d+/);
  });

  test('with --json is an object more', async () => {
    lies();
    const { exit, io } = await run(words('sim --seed 3 --events 2000 --json'));
    expect(exit).toBe(10);
    const [result, failure] = io.records;
    expect(result).toMatchObject({ v: 1, seed: 3, failure: { kind: 'safety', check: 'read-value' } });
    expect(failure).toMatchObject({ v: 1, event: 'failure', seed: 3, smallest: { failure: { check: 'read-value' } } });
  });
});

describe('wrong usage', () => {
  test.each([
    ['sim --seed x', '--seed must be a whole number'],
    ['sim --replicas 8', '--replicas must be a whole number from 1 to 7'],
    ['sim --mode all', '--mode must be async, quorum or sync'],
    ['sim --without cuts', '--without: no fault "cuts"; there are drop, '],
    ['sim now', 'too many arguments'],
  ])('%s', async (line, message) => {
    const { exit, io } = await run(words(line));
    expect(exit).toBe(2);
    expect(io.stderr).toContain(message);
  });
});

describe('the bar', () => {
  const tally = { ...NOTHING, seeds: 250 };

  test.each([
    [80, `[${'#'.repeat(10)}${'-'.repeat(30)}] 250 of 1000 seeds, 125 a second`],
    [50, '[###------------] 250 of 1000 seeds, 125 a second'],
    [20, ' 250 of 1000 seeds,'],
  ])('fits into %i columns', (columns, line) => {
    expect(progressLine(tally, 1000, 2, columns)).toBe(line);
  });

  test('says how many have failed', () => {
    const failed = { ...tally, failures: [simulate({ seed: 1, options: { events: 1 } })] };
    expect(progressLine(failed, 1000, 2, 80)).toContain(', 1 failed');
  });
});
