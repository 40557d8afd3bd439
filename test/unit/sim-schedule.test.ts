import { expect, test } from 'vitest';
import { Draw } from '../../core/sim/draw.ts';
import { Schedule } from '../../core/sim/schedule.ts';

test('what is due first happens first, and of two due together the one that was asked for first', () => {
  const schedule = new Schedule();
  const happened: string[] = [];
  schedule.after(5, () => happened.push('c'));
  schedule.after(2, () => happened.push('a'));
  schedule.after(5, () => happened.push('d'));
  schedule.after(2, () => {
    happened.push(`b at ${schedule.nowMs}`);
    schedule.after(3, () => happened.push('e'));
  });
  while (schedule.step());
  expect(happened).toEqual(['a', 'b at 2', 'c', 'd', 'e']);
  expect(schedule.nowMs).toBe(5);
});

test('nothing happens before now', () => {
  const schedule = new Schedule();
  const times: number[] = [];
  schedule.after(10, () => schedule.at(3, () => times.push(schedule.nowMs)));
  while (schedule.step());
  expect(times).toEqual([10]);
});

test('a thousand events come in order', () => {
  const draw = new Draw(1, 'test');
  const schedule = new Schedule();
  const asked: { atMs: number; number: number }[] = [];
  const happened: typeof asked = [];
  const ask = (number: number): void => {
    // Whole numbers, so that many are due together.
    const event = { atMs: schedule.nowMs + draw.below(20), number };
    asked.push(event);
    schedule.at(event.atMs, () => {
      happened.push(event);
      if (number < 800) ask(number + 1000);
    });
  };
  for (let number = 0; number < 1000; number++) ask(number);
  while (schedule.step());
  expect(happened).toEqual(asked.toSorted((a, b) => a.atMs - b.atMs || asked.indexOf(a) - asked.indexOf(b)));
  expect(happened).toHaveLength(1800);
});
