import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import type { Sandbox } from '../../process/sandbox.ts';

/** Whom a process runs as, if not as who runs this. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A server's process. What it prints goes to `log`. */
export class Server {
  readonly log: string;
  readonly #child: ChildProcess;

  constructor(command: readonly string[], { sandbox, log, user }: { sandbox: Sandbox; log: string; user?: User }) {
    const out = openSync(log, 'a');
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      cwd: sandbox.folder,
      env: sandbox.environment(),
      stdio: ['ignore', out, out],
      ...user,
    });
    closeSync(out);
    this.log = log;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('could not be started');
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it has ended by itself, and says with which code. */
  async exit(): Promise<number | null> {
    if (this.isRunning) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  /** `kill -9`, without waiting. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks it to end, or ends it, and waits until it has. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const grace = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(grace);
  }
}

/** Waits until `look` is true. It may throw while what it asks is not there yet. */
export async function ready(servers: readonly Server[], look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_MS;
  let problem: unknown = 'not ready';
  while (performance.now() < end) {
    const dead = servers.find((server) => !server.isRunning);
    if (dead !== undefined) throw new Error(`a server ended:\n${tail(dead.log)}`);
    try {
      if (await look()) return;
    } catch (error) {
      problem = error;
    }
    await pass(LOOK_MS);
  }
  throw new Error(`not ready after ${READY_MS} ms\n${servers.map(({ log }) => tail(log)).join('\n')}`, {
    cause: problem,
  });
}

/** Ports of the loopback that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** What a command prints, or null when it fails or there is none of that name. */
export function output(...[program = '', ...args]: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-12).join('\n');

const GRACE_MS = 5_000;
const READY_MS = 30_000;
const LOOK_MS = 20;
