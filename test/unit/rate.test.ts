import { expect, test } from 'vitest';
import { WriteRate } from '../../core/observe/rate.ts';

const NOTHING = { acknowledged: 0, p50Ms: null, p99Ms: null };

test('what a second brought is told from its end on, for one second', () => {
  const rate = new WriteRate();
  expect(rate.read(5000)).toEqual(NOTHING);
  for (let n = 1; n <= 100; n++) rate.add(2, 5100 + n);
  expect(rate.read(5999)).toEqual(NOTHING);
  const told = rate.read(6000);
  expect(told.acknowledged).toBe(100);
  rate.add(2, 6100);
  expect(rate.read(6999)).toBe(told);
  expect(rate.read(7000)).toMatchObject({ acknowledged: 1 });
  expect(rate.read(8000)).toEqual(NOTHING);
});

test('a second that nobody read is not told later, whoever comes first', () => {
  const rate = new WriteRate();
  rate.add(2, 5100);
  expect(rate.read(7000)).toEqual(NOTHING);
  rate.add(2, 7100);
  rate.add(3, 9500);
  expect(rate.read(9600)).toEqual(NOTHING);
  expect(rate.read(10_000)).toMatchObject({ acknowledged: 1 });
});

test.each([0.004, 0.07, 1, 3.3, 45, 812, 10_200, 59_000])('latencies around %d ms are at most 5 %% off', (around) => {
  const rate = new WriteRate();
  // All different, in no order, within a factor of 1.9.
  const latencies = Array.from({ length: 1000 }, (_, n) => (around * (100 + ((n * 389) % 1000) / 11)) / 190);
  for (const ms of latencies) rate.add(ms, 5000);
  latencies.sort((a, b) => a - b);
  const { acknowledged, p50Ms, p99Ms } = rate.read(6000);
  expect(acknowledged).toBe(1000);
  const off = (told: number | null, exact = Number.NaN) => Math.abs((told ?? Number.NaN) / exact - 1);
  expect(off(p50Ms, latencies[499])).toBeLessThanOrEqual(0.05);
  expect(off(p99Ms, latencies[989])).toBeLessThanOrEqual(0.05);
});

test('the slowest of a hundred is not in the 99th percentile, the slowest two are', () => {
  const rate = new WriteRate();
  for (let n = 0; n < 99; n++) rate.add(1, 5000);
  rate.add(1000, 5000);
  expect(rate.read(6000).p99Ms).toBeLessThan(2);
  for (let n = 0; n < 98; n++) rate.add(1, 6000);
  for (let n = 0; n < 2; n++) rate.add(1000, 6000);
  const { p50Ms, p99Ms } = rate.read(7000);
  expect(p50Ms).toBeLessThan(2);
  expect(p99Ms).toBeGreaterThan(900);
});

test('what is faster or slower than can be told apart counts as the fastest and the slowest', () => {
  const rate = new WriteRate();
  rate.add(0, 5000);
  rate.add(1e9, 5000);
  const { acknowledged, p50Ms, p99Ms } = rate.read(6000);
  expect(acknowledged).toBe(2);
  expect(p50Ms).toBeCloseTo(0.001, 3);
  expect(p99Ms).toBeGreaterThan(55_000);
});
