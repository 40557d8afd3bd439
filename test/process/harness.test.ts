// The tools that the process tests stand on, tried on programs that are known.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { until } from './deadline.ts';
import { type Json, Lockstep } from './lockstep.ts';
import { descendants, isLive, killAll } from './pids.ts';
import { Sandbox } from './sandbox.ts';

const parentOfOne = `
  require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  console.log('ready');
  setInterval(() => {}, 1e6);
`;

describe('a sandbox', () => {
  test('knows its processes, orphans too, and ends them', async () => {
    const sandbox = new Sandbox();
    const parent = spawn(process.execPath, ['-e', parentOfOne], {
      env: sandbox.environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(parent.stdout, 'data');
    const pid = Number(parent.pid);
    const [child = 0] = descendants(pid);
    // A process that has only just been started may not show its environment yet.
    await vi.waitFor(() => expect(sandbox.processes()).toEqual([pid, child].sort((a, b) => a - b)));

    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(isLive(pid)).toBe(false);
    expect(sandbox.processes()).toEqual([child]);

    await sandbox[Symbol.asyncDispose]();
    expect(isLive(child)).toBe(false);
    expect(existsSync(sandbox.folder)).toBe(false);
  });

  test('shows nothing of the environment it was made in', async () => {
    await using sandbox = new Sandbox();
    vi.stubEnv('LOCKSTEP_ADDR', 'elsewhere:1');
    expect(sandbox.environment()).not.toHaveProperty('LOCKSTEP_ADDR');
    vi.unstubAllEnvs();
  });
});

describe('killAll', () => {
  test('says which process does not end', async () => {
    // Nothing has this pid: one more than the largest.
    await expect(killAll(() => [2 ** 22 + 1], 20)).rejects.toThrow(`still alive after kill -9: ${2 ** 22 + 1}`);
  });
});

describe('a running lockstep', () => {
  // Stands in for the program: node runs this and never comes to the entry.
  const standIn = (script: string): Lockstep => new Lockstep([], { nodeArgs: ['-e', script] });

  test('is waited for by its records, from any of them on', async () => {
    await using program = standIn(`
      process.once('SIGUSR2', () => { console.log('{"event":"leader","id":"n2"}'); process.exit(4); });
      console.log('{"event":"ready"}\\nplain\\n{"event":"leader","id":"n1"}');
      setInterval(() => {}, 1e6);
    `);
    const isLeader = ({ event }: Json): boolean => event === 'leader';
    expect(await program.until(isLeader)).toEqual({ event: 'leader', id: 'n1' });
    expect(program.otherLines).toEqual(['plain']);

    const from = program.mark();
    program.signal('SIGUSR2');
    expect(await program.until(isLeader, { from })).toEqual({ event: 'leader', id: 'n2' });
    expect(await program.exit()).toEqual({ code: 4, signal: null });
  });

  test('tells what it printed when a wait fails', async () => {
    await using program = standIn(
      `console.log('{"event":"ready"}'); console.error('alas'); setInterval(() => {}, 1e6)`,
    );
    await program.until(({ event }) => event === 'ready');
    await expect(program.until(() => false, { deadlineMs: 20 })).rejects.toThrow('{"event":"ready"}');
    await expect(program.exit(20)).rejects.toThrow('lockstep has not ended');
  });

  test('that ends ends the wait', async () => {
    await using program = standIn(`console.error('alas')`);
    await expect(program.until(() => false)).rejects.toThrow(/ended before it printed that[\s\S]*alas/);
  });

  test('is gone with its sandbox', async () => {
    const program = standIn(`console.log('{}'); setInterval(() => {}, 1e6)`);
    await program.until(() => true);
    await program[Symbol.asyncDispose]();
    expect(isLive(program.pid)).toBe(false);
  });
});

describe('until', () => {
  const never = (): (() => void) => () => {};

  test('gives what is there already', async () => {
    expect(await until(() => 7, never, String)).toBe(7);
  });

  test('looks again when told of a change', async () => {
    let value: number | undefined;
    let changed = (): void => {};
    const waiting = until(
      () => value,
      (listener) => {
        changed = listener;
        return () => {};
      },
      String,
    );
    value = 8;
    changed();
    expect(await waiting).toBe(8);
  });

  test('complains after its deadline, at once when it can never be', async () => {
    await expect(
      until(
        () => undefined,
        never,
        () => 'not there',
        5,
      ),
    ).rejects.toThrow('not there\n(after 5 ms)');
    const look = (): undefined => {
      throw new Error('never');
    };
    await expect(until(look, never, String)).rejects.toThrow('never');
  });
});
