// The process and pty tests, ten times over, with a process per core that only burns CPU: what flakes, flakes here.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { closingLine } from './closing-line.ts';

const rounds = 10;
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));

// A burner also ends when its parent does, however that ended.
const burn = 'for (;;) if (process.ppid !== Number(process.argv[1])) process.exit();';

const burners = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ['-e', burn, String(process.pid)], { stdio: 'ignore' }),
);
let running: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    running?.kill(signal);
    process.exit(1);
  });
}
process.once('exit', () => {
  for (const burner of burners) burner.kill('SIGKILL');
});

let [passed, failed] = [0, 0];
for (let round = 1; round <= rounds; round++) {
  const start = performance.now();
  const { code, output } = await runOnce();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = /^(\d+) passed, (\d+) failed.*$/m.exec(output);
  passed += Number(counts?.[1] ?? 0);
  const failures = Number(counts?.[2] ?? 0);
  // A run that fails without a failing test is a failure too.
  failed += code === 0 ? failures : Math.max(1, failures);
  if (code !== 0) process.stdout.write(output);
  process.stdout.write(`round ${round} of ${rounds}: ${counts?.[0] ?? 'no result'} in ${seconds} s\n`);
}
process.stdout.write(closingLine(passed, failed, 0));
process.exit(failed === 0 ? 0 : 1);

async function runOnce(): Promise<{ code: number | null; output: string }> {
  const args = [vitest, 'run', '--project', 'process', '--project', 'pty'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: out + err };
}
