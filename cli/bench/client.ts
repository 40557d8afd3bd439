import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import type { Counted, LoadOrder, LoadPlan, LoadReport } from './load-plan.ts';

/** One client process, loading a cluster. */
export class LoadClient {
  readonly #child: ChildProcess;
  readonly #failed = Promise.withResolvers<never>();
  readonly #waiting: { readonly type: LoadReport['type']; readonly resolve: (report: LoadReport) => void }[] = [];
  readonly #ended: Promise<void>;

  /** Resolves once its requests go out. */
  static async start(plan: LoadPlan): Promise<LoadClient> {
    const client = new LoadClient(plan);
    try {
      await client.#hear('started');
      return client;
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  private constructor(plan: LoadPlan) {
    // As source or built: the client is what this file is.
    const file = new URL(`client-process${extname(import.meta.url)}`, import.meta.url);
    this.#child = fork(file, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    this.#failed.promise.catch(() => {});
    this.#child.on('message', (report: LoadReport) => this.#take(report));
    this.#child.on('error', (error) => this.#failed.reject(error));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#failed.reject(new Error(`a client process ended: ${signal ?? `exit code ${code}`}`));
        resolve();
      });
    });
  }

  /** What it sees while `meanwhile` goes on. */
  async count(meanwhile: () => Promise<unknown>): Promise<Counted> {
    await this.begin();
    await Promise.race([meanwhile(), this.#failed.promise]);
    return this.counted();
  }

  async begin(): Promise<void> {
    this.#order({ type: 'begin' });
    await this.#hear('begun');
  }

  async counted(): Promise<Counted> {
    this.#order({ type: 'end' });
    return (await this.#hear('counted')).counted;
  }

  /** The moment, in ns of the monotonic clock, at which it sees the first write that a later term acknowledges. */
  async acknowledgedAfter(term: number): Promise<bigint> {
    this.#order({ type: 'await-term', after: term });
    return BigInt((await this.#hear('acknowledged')).atNs);
  }

  /** Asks nothing more; resolves with how many requests nobody answered. */
  async stop(): Promise<number> {
    this.#order({ type: 'stop' });
    const { unanswered } = await this.#hear('stopped');
    await this.#ended;
    return unanswered;
  }

  /** Ends it, however far it is. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    if (this.#child.pid !== undefined) await this.#ended;
  }

  #order(order: LoadOrder): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #hear<Type extends LoadReport['type']>(type: Type): Promise<Extract<LoadReport, { type: Type }>> {
    const heard = new Promise<LoadReport>((resolve) => {
      this.#waiting.push({ type, resolve });
    });
    return Promise.race([heard, this.#failed.promise]) as Promise<Extract<LoadReport, { type: Type }>>;
  }

  #take(report: LoadReport): void {
    if (report.type === 'failed') this.#failed.reject(new Error(report.message));
    const at = this.#waiting.findIndex(({ type }) => type === report.type);
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(report);
  }
}
