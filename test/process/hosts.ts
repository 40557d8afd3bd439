import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { Lockstep } from './lockstep.ts';
import type { Network } from './network.ts';
import { isSettled, Running } from './running.ts';
import { Sandbox } from './sandbox.ts';

/** What a cluster file holds; an address for each replica, and the router's. */
export interface HostsFile {
  readonly cluster: string;
  readonly replicas: Readonly<Record<string, string>>;
  readonly router: string;
  readonly [field: string]: unknown;
}

/**
 * A cluster process by process, as on several hosts: `lockstep replica` for each of its file, and one `lockstep router`.
 * On Linux each has an address of its own: all of 127.0.0.0/8 is the machine's.
 */
export class Hosts implements AsyncDisposable {
  readonly sandbox = new Sandbox();
  readonly file: HostsFile;
  readonly #network: Network | null;
  readonly #replicas = new Map<string, Lockstep>();
  #router: Running | null = null;

  /** Lays out the file, `changes` in it, and starts nothing. */
  static async plan(count = 3, changes: Readonly<Record<string, unknown>> = {}): Promise<Hosts> {
    const [router = '', ...replicas] = await addresses(count + 1);
    const named = Object.fromEntries(replicas.map((address, index) => [`n${index + 1}`, address]));
    return new Hosts({ cluster: 'test', replicas: named, router, secretFile: 'secret', ...changes });
  }

  /** The same on hosts of `network`, with the router on its hub. */
  static planOn(network: Network, names: readonly string[], changes: Readonly<Record<string, unknown>> = {}): Hosts {
    const replicas = Object.fromEntries(names.map((name) => [name, `${network.address(name)}:7401`]));
    return new Hosts(
      { cluster: 'test', replicas, router: `${network.hub}:7400`, secretFile: 'secret', ...changes },
      network,
    );
  }

  /** All processes, once a leader is there that everybody follows. */
  static async start(count = 3, changes: Readonly<Record<string, unknown>> = {}): Promise<Hosts> {
    const hosts = await Hosts.plan(count, changes);
    try {
      await hosts.start();
      return hosts;
    } catch (error) {
      await hosts[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(file: HostsFile, network: Network | null = null) {
    this.file = file;
    this.#network = network;
    this.write('secret', randomBytes(32).toString('hex'), 0o600);
    this.write('cluster.json', JSON.stringify(file));
  }

  /**
   * Starts all, for the first time. All are heard by the router in the end: a majority can elect a leader without the
   * last one, and of one that was never heard nobody says that it is not heard any more.
   */
  async start(): Promise<void> {
    await Promise.all([...this.ids.map((id) => this.startReplica(id, '--init')), this.startRouter()]);
    await this.router.until((now) => isSettled(now) && now.replicas.every(({ process }) => process === 'up'));
  }

  get ids(): readonly ReplicaId[] {
    return Object.keys(this.file.replicas) as ReplicaId[];
  }

  /** The router's process, and the cluster as it sees it. */
  get router(): Running {
    if (this.#router === null) throw new Error('no router was started');
    return this.#router;
  }

  /** Writes a file where all processes run. */
  write(name: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.sandbox.folder, name), text, { mode });
  }

  /** The process of a replica, the last one that was started. */
  replica(id: string): Lockstep {
    const process = this.#replicas.get(id);
    if (!process) throw new Error(`${id} was not started`);
    return process;
  }

  /** Starts it with a folder called as it is, and waits until it listens. Another `--cluster` among `more` counts. */
  async startReplica(id: string, ...more: readonly string[]): Promise<Lockstep> {
    const args = ['replica', id, '--cluster', 'cluster.json', '--data', `data-${id}`, '--json', ...more];
    const via = this.#network?.on(id) ?? [];
    const process = new Lockstep(args, { sandbox: this.sandbox, via });
    this.#replicas.set(id, process);
    await process.until((record) => record.event === 'ready');
    return process;
  }

  async startRouter(): Promise<void> {
    const args = ['router', '--cluster', 'cluster.json', '--json'];
    const via = this.#network?.on() ?? [];
    const program = new Lockstep(args, { sandbox: this.sandbox, via });
    this.#router = await Running.watch(program, null);
  }

  /** `kill -9` of a replica's process; resolves when it is gone. */
  async kill(id: string): Promise<void> {
    const process = this.replica(id);
    process.signal('SIGKILL');
    await process.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#router?.[Symbol.asyncDispose]();
    await this.sandbox[Symbol.asyncDispose]();
  }
}

/** Addresses that nobody else has: a random net of the loopback's, or else ports that are free now. */
async function addresses(count: number): Promise<readonly string[]> {
  if (process.platform !== 'linux') return Promise.all(Array.from({ length: count }, freePort));
  const [a, b] = [1 + Math.floor(Math.random() * 250), Math.floor(Math.random() * 250)];
  return Array.from({ length: count }, (_, index) => `127.${a}.${b}.${index + 1}:7400`);
}

function freePort(): Promise<string> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}
