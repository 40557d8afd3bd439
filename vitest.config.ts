import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/closing-line.ts';

// `process`, `pty` and `faults` run the built program in dist: `npm test` builds it first.
export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'mutants',
          include: ['test/mutants/**/*.test.ts'],
          testTimeout: 120_000,
          maxConcurrency: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'pty',
          include: ['test/pty/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'faults',
          // The long form takes minutes, and tools that not every machine has: `npm run test:faults`.
          include: [
            'test/faults/*.test.ts',
            ...(process.env.LOCKSTEP_FAULTS === 'long' ? ['test/faults/long/*.test.ts'] : []),
          ],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
