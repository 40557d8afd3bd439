import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '../../core/cluster/client.ts';
import { rounded, spreadOf, type TimesResult } from './result.ts';
import type { TimesSettings } from './times.ts';

/** As a user's shell would start it: from the start of `lockstep up` to its first line, and to the first acknowledged write. */
export async function measureStartUp(settings: TimesSettings): Promise<TimesResult> {
  const { replicas, mode, times, onProgress } = settings;
  const ready: number[] = [];
  const written: number[] = [];
  while (ready.length < times) {
    const once = await startOnce(settings);
    ready.push(once.readyMs);
    written.push(once.firstWriteMs);
    onProgress(ready.length / times);
  }
  const measures = { readyMs: rounded(spreadOf(ready), 1), firstWriteMs: rounded(spreadOf(written), 1) };
  const note = 'from the start of a `lockstep up` until it says it is ready, and until a write is acknowledged';
  return { case: 'start-up', mode, replicas, times, measures, note };
}

async function startOnce({ stage, replicas, mode }: TimesSettings): Promise<{ readyMs: number; firstWriteMs: number }> {
  stage.check();
  const startMs = performance.now();
  const program = fileURLToPath(new URL(`../lockstep${extname(import.meta.url)}`, import.meta.url));
  const args = [program, 'up', '--json', '--port', '0', '--replicas', `${replicas}`, '--mode', mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kept = stage.onEnd(() => endOf(child));
  try {
    const { port, secretFile } = await readyLine(child);
    const readyMs = performance.now() - startMs;
    const client = await Client.connect({ host: '127.0.0.1', port, secretFile });
    const { outcome } = await client.ask({ op: 'write', key: 'first', value: '1' });
    const firstWriteMs = performance.now() - startMs;
    client.close();
    if (outcome !== 'ok') throw new Error(`the first write is ${outcome}`);
    return { readyMs, firstWriteMs };
  } finally {
    await endOf(child);
    kept();
  }
}

function readyLine(child: ChildProcess): Promise<{ port: number; secretFile: string }> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('lockstep up ended before it was ready')));
    child.once('error', reject);
    if (child.stdout === null) return reject(new Error('no output'));
    createInterface({ input: child.stdout }).once('line', (line) => {
      const { event, port, secretFile } = JSON.parse(line) as { event?: string; port: number; secretFile: string };
      if (event === 'ready') resolve({ port, secretFile });
      else reject(new Error(`lockstep up says ${line}`));
    });
  });
}

/** In good order, so that it removes its folder. */
function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGTERM');
  return ended;
}
