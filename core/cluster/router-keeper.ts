import type { RouterConfig, RouterOrder, RouterReport } from '../router/config.ts';
import { Child } from './child.ts';

/** A router that ends this soon after it started, this often in a row, does not come up at all. */
const FAILURES_MAX = 20;
const STEADY_MS = 1000;
/** The first new one is started at once, those that follow it after this, in ms: the port may be free again then. */
const RETRY_MS = 500;

type RouterChild = Child<RouterOrder, RouterReport>;

export interface RouterKeeperOptions {
  /** As the first one is to be started. */
  readonly config: RouterConfig;
  readonly outputFile: string;
  readonly onReport: (report: RouterReport) => void;
  /** A new one runs, and knows nothing yet. */
  readonly onStarted: () => void;
  readonly onLost: (message: string) => void;
}

/** Keeps a router running: one that dies is started again at once, on the port, in the mode and at the tempo it had. */
export class RouterKeeper {
  readonly #options: RouterKeeperOptions;
  #config: RouterConfig;
  #child: RouterChild | null = null;
  #failures = 0;
  #retry: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: RouterKeeperOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): void {
    const startedMs = performance.now();
    const child: RouterChild = new Child('../router/main.js', this.#config, this.#options.outputFile, (report) => {
      if (report.type === 'listening') this.#config = { ...this.#config, port: report.port };
      if (report.type === 'mode') this.#config = { ...this.#config, mode: report.mode };
      if (report.type === 'tempo') this.#config = { ...this.#config, tempo: report.tempo };
      this.#options.onReport(report);
    });
    this.#child = child;
    void child.ended.then((exit) => {
      if (!this.#stopping) this.#restart(child, exit, performance.now() - startedMs);
    });
    this.#options.onStarted();
  }

  order(order: RouterOrder): void {
    this.#child?.order(order);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#child?.signal('SIGKILL');
    await this.#child?.ended;
  }

  #restart(child: RouterChild, exit: string, livedMs: number): void {
    this.#failures = livedMs < STEADY_MS ? this.#failures + 1 : 0;
    if (this.#failures >= FAILURES_MAX) {
      const words = child.lastWords() ?? 'it said nothing';
      this.#options.onLost(`the router does not stay up (${exit}): ${words}; see ${child.outputFile}`);
      return;
    }
    this.#config = { ...this.#config, restarts: this.#config.restarts + 1 };
    if (this.#failures === 0) this.start();
    else this.#retry = setTimeout(() => this.start(), RETRY_MS);
  }
}
