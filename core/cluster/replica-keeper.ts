import type { Happening, ProcessChange } from '../observe/events.ts';
import type { ProcessState } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { ReplicaConfig, ReplicaOrder, ReplicaReport } from '../replica/config.ts';
import type { Address } from '../wire/dialer.ts';
import { Child } from './child.ts';

/** A replica that was asked to end has this long to do so; then it is killed. In ms. */
const END_MS = 2000;

export interface ReplicaKeeperOptions {
  /** As it is to be started the first time. */
  readonly config: ReplicaConfig;
  readonly outputFile: string;
  /** Its process state or address is another one. */
  readonly onChanged: () => void;
  readonly onReport: (report: ReplicaReport) => void;
  readonly onHappened: (what: Happening) => void;
}

/** How a start went. `rebuildable`: its log is damaged or missing, and can be begun anew from the others'. */
export type Started = { readonly ok: true; readonly rebuilt: boolean } | StartFailure;

export interface StartFailure {
  readonly ok: false;
  readonly reason: string;
  readonly rebuildable: boolean;
}

/** One replica's process: it is started when told, and stays down when it ends. */
export class ReplicaKeeper {
  readonly id: ReplicaId;
  readonly #options: ReplicaKeeperOptions;
  #config: ReplicaConfig;
  #child: Child<ReplicaOrder, ReplicaReport> | null = null;
  #paused = false;
  #address: Address | null = null;
  /** Its end was asked for, and is no news. */
  #ending = false;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: ReplicaKeeperOptions) {
    this.id = options.config.id;
    this.#options = options;
    this.#config = options.config;
  }

  get state(): ProcessState {
    return !this.#child ? 'down' : this.#paused ? 'paused' : 'up';
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Resolves when no end that was asked for is under way. */
  async settled(): Promise<void> {
    if (this.#ending) await this.#ended;
  }

  get address(): Address | null {
    return this.#address;
  }

  order(order: ReplicaOrder): void {
    this.#child?.order(order);
  }

  /** It lives at another tempo: now, once it is resumed, or when it is started. */
  retime(tempo: Tempo): void {
    this.#config = { ...this.#config, tempo };
    this.order({ type: 'tempo', tempo });
  }

  /**
   * Resolves once it listens, or not. It must be down.
   *
   * @param rebuild whether a log that is damaged or missing is begun anew.
   */
  start(rebuild = false): Promise<Started> {
    const { outputFile, onChanged, onReport } = this.#options;
    const config = { ...this.#config, rebuild };
    let reason: string | null = null;
    let rebuildable = false;
    return new Promise((resolve) => {
      const child = new Child<ReplicaOrder, ReplicaReport>('../replica/main.js', config, outputFile, (report) => {
        if (report.type === 'listening') {
          this.#address = { host: config.host, port: report.port };
          onChanged();
          resolve({ ok: true, rebuilt: report.rebuilt });
        } else {
          reason = report.message;
          const isGone = report.type === 'refused' && (report.code === 'corrupt' || report.code === 'missing');
          rebuildable = isGone && config.members.length > 1;
        }
        onReport(report);
      });
      this.#child = child;
      void child.ended.then((exit) => {
        const ending = this.#ending;
        this.#child = null;
        this.#paused = false;
        this.#address = null;
        this.#ending = false;
        onChanged();
        const words = reason ?? child.lastWords() ?? exit;
        const died = { type: 'died', id: this.id, exit, reason: words, output: outputFile, rebuildable } as const;
        if (!ending) this.#options.onHappened(died);
        resolve({ ok: false, reason: words, rebuildable });
      });
      onChanged();
      this.#tell('started');
    });
  }

  pause(): void {
    this.#tell('paused');
    this.#child?.signal('SIGSTOP');
    this.#paused = true;
  }

  resume(): void {
    this.#tell('resumed');
    this.#child?.signal('SIGCONT');
    this.#paused = false;
  }

  /** Ends it so; resolves with how it did, for what does not obey is killed. */
  async end(how: 'killed' | 'stopped' | 'power-cut'): Promise<ProcessChange> {
    const child = this.#child;
    if (!child) return how;
    this.#ending = true;
    this.#ended = child.ended;
    this.#tell(how);
    if (how === 'killed') child.signal('SIGKILL');
    else child.order({ type: how === 'stopped' ? 'stop' : 'power-cut' });
    let change: ProcessChange = how;
    const deadline = setTimeout(() => {
      change = 'killed';
      this.#tell('killed');
      child.signal('SIGKILL');
    }, END_MS);
    await child.ended;
    clearTimeout(deadline);
    return change;
  }

  /** Before it is done: what comes of it must not be told first. */
  #tell(change: ProcessChange): void {
    this.#options.onHappened({ type: 'process', id: this.id, change, pid: this.pid });
  }
}
