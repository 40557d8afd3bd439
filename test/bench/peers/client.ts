import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../process/sandbox.ts';
import type { Job, Measured } from './client/job.ts';

/** Has the client's process do a job. */
export async function runClient(job: Job, sandbox: Sandbox): Promise<Measured> {
  const child = spawn(process.execPath, [MAIN, JSON.stringify(job)], {
    env: sandbox.environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: job.warmUpMs + job.measureMs + GRACE_MS,
  });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  if (child.exitCode !== 0) throw new Error(`the client failed (${child.exitCode ?? child.signalCode}):\n${stderr}`);
  return JSON.parse(stdout) as Measured;
}

const MAIN = fileURLToPath(new URL('client/main.ts', import.meta.url));
const GRACE_MS = 20_000;
