import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { markFolder } from '../core/cluster/folder-lock.ts';
import { escapeText } from '../core/observe/escape.ts';
import type { Context } from './context.ts';
import { EXIT, Failure } from './failure.ts';
import { complain, DETACHED_VARIABLE, EXIT_OF_SIGNAL, type StopSignal } from './io.ts';
import { listenForStop } from './stop.ts';

/**
 * Starts this program again with `words`, in a session of its own, and waits until it says over its channel that it is
 * ready, or why not. Resolves with the exit code.
 */
export async function runDetached(context: Context, words: readonly string[], json: boolean): Promise<number> {
  const output = join(mkdtempSync(join(tmpdir(), 'lockstep-up-')), 'output');
  const child = spawnDetached(words, output);
  if (child.pid !== undefined) markFolder(dirname(output), child.pid);
  const stop = listenForStop(context.io);
  const told = Promise.withResolvers<string>();
  child.once('message', (line) => told.resolve(String(line)));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), READY_MS_MAX);
  try {
    const first = await Promise.race([told.promise, ended, stop.first, late.promise]);
    if (typeof first === 'string' && first.startsWith('{')) {
      const message = JSON.parse(first) as Told;
      if (message.event === 'ready') {
        printReady(context, json, message, first, child.pid, output);
        const down = message.down ?? [];
        if (!json) for (const replica of down) complain(context.io, describeDown(replica));
        return down.length > 0 ? EXIT.failed : EXIT.done;
      }
      removeOutput(output);
      const { code = 'cannot-start', message: text = 'it did not say why' } = message.error ?? {};
      throw new Failure(text, { exit: await ended, code });
    }
    child.kill('SIGTERM');
    if (typeof first === 'string' && first !== 'late') return EXIT_OF_SIGNAL[first as StopSignal];
    const how = first === 'late' ? `did not get ready within ${READY_MS_MAX / 1000} s` : `ended with code ${first}`;
    throw new Failure(`the cluster ${how}; its output is in ${output}`, { exit: EXIT.failed, code: 'cannot-start' });
  } finally {
    clearTimeout(timer);
    stop.release();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** What a detached cluster leaves behind when it ended in good order is nothing. */
export function removeOutput(output: string): void {
  rmSync(dirname(output), { recursive: true, force: true });
}

/** More than a cluster gives itself to get a leader. */
const READY_MS_MAX = 30_000;

interface Told {
  readonly event?: string;
  readonly addr?: string;
  readonly replicas?: readonly string[];
  readonly down?: readonly Down[];
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** A replica that did not start. */
interface Down {
  readonly id: string;
  readonly reason: string;
  readonly advice: string;
}

const describeDown = ({ id, reason, advice }: Down): string =>
  `${id} did not start, and the others go on without it: ${reason.replace(/\.$/, '')}; ${advice}`;

function spawnDetached(words: readonly string[], output: string): ReturnType<typeof spawn> {
  const file = openSync(output, 'a', 0o600);
  try {
    return spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
      detached: true,
      stdio: ['ignore', file, file, 'ipc'],
      env: { ...process.env, [DETACHED_VARIABLE]: output },
    });
  } finally {
    closeSync(file);
  }
}

function printReady(
  context: Context,
  json: boolean,
  { addr, replicas }: Told,
  line: string,
  pid: number | undefined,
  output: string,
): void {
  if (json) {
    context.io.out(`${line}\n`);
    return;
  }
  context.say(
    `ready at ${addr}: ${replicas?.join(' ')}, in process ${pid}; what happens is written to ${escapeText(output)}`,
    `stop it with:  lockstep down --addr ${addr}`,
  );
}
