import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replayCommand } from '../../cli/sim/report.ts';
import { Replica } from '../../core/protocol/replica.ts';
import { FAULT_NAMES, type Fault } from '../../core/sim/faults.ts';
import { drawOptions, type SimOptions } from '../../core/sim/options.ts';
import { shrink } from '../../core/sim/shrink.ts';
import { type Result, simulate } from '../../core/sim/simulate.ts';

/** Whoever is in its second term or later reads wrongly: that takes a leader that is gone, and a read. */
beforeEach(() => {
  const { step } = Replica.prototype;
  vi.spyOn(Replica.prototype, 'step').mockImplementation(function (this: Replica, input) {
    const ready = step.call(this, input);
    if (input.type !== 'read' || this.status().term < 2) return ready;
    return { ...ready, replies: ready.replies.map((reply) => ({ ...reply, value: 'wrong' })) as never };
  });
});
afterEach(() => void vi.restoreAllMocks());

const hard = ({ faults }: SimOptions): readonly Fault[] => FAULT_NAMES.filter((fault) => faults[fault] > 0);

function firstFailure(): Result {
  for (let seed = 1; ; seed++) {
    const result = simulate({ seed });
    if (result.failure) return result;
  }
}

test('a run that fails shrinks to one that needs less, and fails in the same way', () => {
  const failed = firstFailure();
  const smallest = shrink(failed);
  expect(smallest.failure).toMatchObject({ kind: 'safety', check: 'read-value' });
  expect(smallest.seed).toBe(failed.seed);
  expect(smallest.options.events).toBeLessThan(failed.options.events);
  expect(hard(smallest.options).length).toBeLessThanOrEqual(2);
  expect(hard(smallest.options).length).toBeLessThan(hard(failed.options).length);
  expect(smallest.options.clients).toBe(1);
  // It is what its options say.
  expect(simulate({ seed: smallest.seed, options: smallest.options })).toEqual(smallest);
});

test('as many runs are tried as are allowed', () => {
  const failed = firstFailure();
  const step = vi.mocked(Replica.prototype.step);
  step.mockClear();
  shrink(failed, 0);
  const withoutTries = step.mock.calls.length;
  shrink(failed, 3);
  expect(step.mock.calls.length).toBeGreaterThan(2 * withoutTries);
});

test('the command to replay it has all that is not as the seed draws it', () => {
  const smallest = shrink(firstFailure());
  const flags = new Map(
    replayCommand(smallest)
      .slice('lockstep sim --'.length)
      .split(' --')
      .map((flag) => flag.split(' ') as [string, string]),
  );
  const number = (name: string): number | undefined => (flags.has(name) ? Number(flags.get(name)) : undefined);
  const drawn = drawOptions(Number(flags.get('seed')));
  const options: SimOptions = drawOptions(Number(flags.get('seed')), {
    events: number('events') ?? drawn.events,
    replicas: number('replicas') ?? drawn.replicas,
    clients: number('clients') ?? drawn.clients,
    batch: number('batch') ?? drawn.batch,
    network: (flags.get('network') as SimOptions['network']) ?? drawn.network,
    modes: flags.has('mode') ? [flags.get('mode') as never] : drawn.modes,
    without: (flags.get('without')?.split(',') ?? []) as readonly Fault[],
  });
  expect(options).toEqual(smallest.options);
});
