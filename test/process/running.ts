import { EventEmitter } from 'node:events';
import { Client } from '../../core/cluster/client.ts';
import type { ControlResult, ProcessAction, Target, WriteOptions, WriteResult } from '../../core/observe/api.ts';
import type { ClusterEvent, Happening } from '../../core/observe/events.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { until } from './deadline.ts';
import { type Exit, type Json, Lockstep, type Options, run } from './lockstep.ts';
import { Sandbox } from './sandbox.ts';

/** A real cluster: `lockstep up` in its own process, watched by a client as a user's program would. */
export class Running implements AsyncDisposable {
  readonly program: Lockstep;
  readonly client: Client;
  readonly addr: string;
  /** Everything that happened, oldest first. */
  readonly events: ClusterEvent[] = [];
  #snapshot: ClusterSnapshot | null = null;
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0);
  readonly #ownSandbox: Sandbox | null;

  /** Starts `lockstep up --port 0 --json ARGS`, and waits until a leader can take writes. */
  static async up(args: readonly string[] = [], sandbox?: Sandbox, options?: Options): Promise<Running> {
    const place = sandbox ?? new Sandbox();
    const program = new Lockstep(['up', '--port', '0', '--json', ...args], { ...options, sandbox: place });
    try {
      return await Running.watch(program, sandbox ? null : place);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      if (!sandbox) await place[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Watches the cluster that `program` says, with `--json`, is ready. `ownSandbox` ends with it. */
  static async watch(program: Lockstep, ownSandbox: Sandbox | null): Promise<Running> {
    const ready = await program.until((record) => record.event === 'ready');
    const { addr, port, secretFile } = ready;
    const host = addr.slice(0, addr.lastIndexOf(':'));
    const client = await Client.connect({ host, port, secretFile, reconnect: true });
    return new Running(program, client, ready, ownSandbox);
  }

  private constructor(program: Lockstep, client: Client, ready: Json, ownSandbox: Sandbox | null) {
    this.program = program;
    this.client = client;
    this.addr = ready.addr as string;
    this.#ownSandbox = ownSandbox;
    client.subscribe((change) => {
      if (change.type === 'snapshot') this.#snapshot = change.snapshot;
      if (change.type === 'event') this.events.push(change.event);
      this.#changes.emit('change');
    });
  }

  get sandbox(): Sandbox {
    return this.program.sandbox;
  }

  /** Runs another lockstep against this cluster, with `--json`. */
  async cli(
    ...args: readonly string[]
  ): Promise<Exit & { readonly stderr: string; readonly record: Json; readonly records: readonly Json[] }> {
    const done = await run([...args, '--json', '--addr', this.addr], { sandbox: this.sandbox });
    return { ...done, record: done.records[0] ?? {} };
  }

  write(key: string, value: string, options: WriteOptions = {}): Promise<WriteResult> {
    return this.client.ask({ op: 'write', key, value, ...options });
  }

  /** Writes until one is acknowledged: whenever there is a leader, once. */
  async writeUntilOk(key: string, value: string, options: WriteOptions = {}): Promise<WriteResult> {
    for (;;) {
      await this.until(({ leader }) => leader !== null);
      const result = await this.write(key, value, options);
      if (result.outcome === 'ok') return result;
      // Nothing was done, and the picture that said there is a leader may be old: a fresh one is asked for.
      this.#snapshot = await this.client.ask({ op: 'status' });
    }
  }

  async act(action: ProcessAction, target: Target): Promise<void> {
    const result: ControlResult = await this.client.ask({ op: action, target });
    if (!result.ok) throw new Error(`${action} ${target}: ${result.error?.message}`);
  }

  async setMode(mode: WriteMode): Promise<void> {
    await this.client.ask({ op: 'mode', mode });
  }

  /** Cuts a replica from all others, both ways. */
  async cut(from: ReplicaId): Promise<void> {
    await this.client.ask({ op: 'link', from, to: 'all', fault: { kind: 'cut' } });
  }

  /** The first snapshot that is `wanted`, from the latest on. */
  until(wanted: (snapshot: ClusterSnapshot) => boolean, deadlineMs?: number): Promise<ClusterSnapshot> {
    const look = () => (this.#snapshot && wanted(this.#snapshot) ? this.#snapshot : undefined);
    return until(
      look,
      (changed) => this.#listen(changed),
      () => this.#told('no such snapshot'),
      deadlineMs,
    );
  }

  /** The first event of a kind, from number `from` of `events` on, that is `wanted`. */
  happened<Type extends Happening['type']>(
    type: Type,
    wanted: (what: Extract<Happening, { type: Type }>) => boolean = () => true,
    from = 0,
  ): Promise<Extract<Happening, { type: Type }>> {
    const look = () => this.all(type, from).find(wanted);
    return until(
      look,
      (changed) => this.#listen(changed),
      () => this.#told(`no such event: ${type}`),
    );
  }

  /** All events of a kind so far, from number `from` of `events` on. */
  all<Type extends Happening['type']>(type: Type, from = 0): Extract<Happening, { type: Type }>[] {
    const isWanted = (what: Happening): what is Extract<Happening, { type: Type }> => what.type === type;
    return this.events
      .slice(from)
      .map((event) => event.what)
      .filter(isWanted);
  }

  /** The leader, once there is one that all who are up follow. */
  async leader(): Promise<ReplicaId> {
    const { leader } = await this.until(isSettled);
    if (leader === null) throw new Error('no leader');
    return leader;
  }

  async followers(): Promise<readonly ReplicaId[]> {
    const leader = await this.leader();
    return (await this.until(isSettled)).replicas.map(({ id }) => id).filter((id) => id !== leader);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.program[Symbol.asyncDispose]();
    await this.#ownSandbox?.[Symbol.asyncDispose]();
  }

  #listen(changed: () => void): () => void {
    this.#changes.on('change', changed);
    return () => this.#changes.off('change', changed);
  }

  #told(complaint: string): string {
    const events = this.events.slice(-30).map((event) => JSON.stringify(event));
    return [complaint, JSON.stringify(this.#snapshot), ...events, this.program.stderr].join('\n');
  }
}

/** Somebody leads, everyone whose process is up knows the same term, and nothing lags. */
export function isSettled({ leader, term, replicas }: ClusterSnapshot): boolean {
  const up = replicas.filter((replica) => replica.process === 'up');
  const front = replicas.find((replica) => replica.id === leader);
  return front !== undefined && up.every((replica) => replica.term === term && isLevel(replica, front));
}

function isLevel(replica: ReplicaSnapshot, leader: ReplicaSnapshot): boolean {
  return (
    replica.position === leader.position &&
    replica.durableLsn === leader.lsn &&
    replica.committedLsn === leader.lsn &&
    replica.lag?.entries === 0
  );
}

export function replica({ replicas }: ClusterSnapshot, id: ReplicaId): ReplicaSnapshot {
  const found = replicas.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no ${id} in the snapshot`);
  return found;
}
