// `npm run test:faults`: the fault suite at full length; with `--nemesis`, only random faults, for as long as is asked.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { TEMPOS } from '../../core/protocol/timing.ts';
import { runNemesis } from './nemesis.ts';
import type { Report } from './recording.ts';

const { values } = parseArgs({
  options: {
    nemesis: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '1' },
    replicas: { type: 'string', default: '3' },
    mode: { type: 'string', default: 'quorum' },
    tempo: { type: 'string', default: 'normal' },
    sessions: { type: 'string', default: '12' },
    keys: { type: 'string', default: '6' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
    large: { type: 'string', default: '0.01' },
    router: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

process.exitCode = values.nemesis ? await nemesis() : suite();

function suite(): number {
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const env = { ...process.env, LOCKSTEP_FAULTS: 'long' };
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'faults'], { stdio: 'inherit', env });
  return status ?? 1;
}

async function nemesis(): Promise<number> {
  const seed = numberOf('seed', 0, 2 ** 32 - 1);
  const report = await runNemesis({
    seed,
    replicas: numberOf('replicas', 3, 9),
    mode: wordOf('mode', WRITE_MODES),
    tempo: wordOf('tempo', TEMPOS),
    lengthMs: numberOf('minutes', 0.01, 24 * 60) * 60_000,
    sessions: numberOf('sessions', 1, 200),
    keys: numberOf('keys', 1, 1000),
    large: numberOf('large', 0, 1),
    router: values.router,
    say: (line) => {
      if (!values.quiet || line.startsWith('seed')) process.stdout.write(`${line}\n`);
    },
  });
  for (const [what, count] of Object.entries(report.counts)) process.stdout.write(`${what}: ${count}\n`);
  for (const violation of report.violations.slice(0, 20)) process.stdout.write(`violation: ${violation}\n`);
  if (report.violations.length === 0) {
    process.stdout.write('nothing that was promised was broken\n');
    return 0;
  }
  process.stdout.write(
    `${report.violations.length} violations, seed ${seed}; all that was asked: ${keep(report, seed)}\n`,
  );
  return 1;
}

function keep({ operations, committed }: Report, seed: number): string {
  const path = join(tmpdir(), `lockstep-nemesis-${seed}.ndjson`);
  const lines = [...operations, ...committed.entries()].map((each) => JSON.stringify(each));
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function numberOf(
  name: 'minutes' | 'replicas' | 'sessions' | 'keys' | 'large' | 'seed',
  low: number,
  high: number,
): number {
  const value = Number(values[name]);
  if (value >= low && value <= high) return value;
  throw new Error(`--${name} takes ${low} to ${high}, not ${values[name]}`);
}

function wordOf<Word extends string>(name: 'mode' | 'tempo', words: readonly Word[]): Word {
  const word = words.find((each) => each === values[name]);
  if (word === undefined) throw new Error(`--${name} takes ${words.join(', ')}, not ${values[name]}`);
  return word;
}
