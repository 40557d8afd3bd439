import type { WriteMode } from '../../core/protocol/entry.ts';
import { CASES, type Case, type LoadCase } from './cases.ts';
import { BenchCluster } from './cluster.ts';
import { type Floor, measureFloor } from './floor.ts';
import type { Path } from './load-plan.ts';
import type { CaseResult } from './result.ts';
import { runLoad } from './run-load.ts';

/** What the command line says of all cases. */
export interface BenchSettings {
  readonly replicas: number;
  readonly valueBytes: number;
  readonly clients: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly rate: number;
  readonly paths: readonly Path[];
  readonly modes: readonly WriteMode[];
}

export interface BenchEvents {
  readonly onFloor: (floor: Floor) => void;
  readonly onResult: (result: CaseResult) => void;
  /** What is done now, and the share of all that is done. */
  readonly onProgress: (words: string, share: number) => void;
}

/** A case, in one of the ways in which it is run. */
interface Step {
  readonly load: LoadCase;
  readonly path: Path;
  readonly mode: WriteMode;
}

/** One run of the benchmark: its cases one after the other, on clusters of its own, of which one runs at a time. */
export class Bench {
  readonly #settings: BenchSettings;
  readonly #events: BenchEvents;
  #cluster: { readonly replicas: number; readonly running: BenchCluster } | null = null;
  #isStopped = false;

  constructor(settings: BenchSettings, events: BenchEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  async run(cases: readonly Case[]): Promise<void> {
    const steps = cases.flatMap((each) => this.#stepsOf(each));
    try {
      const { folder } = await this.#clusterOf(this.#settings.replicas);
      this.#events.onProgress('the floor', 0);
      this.#events.onFloor(await measureFloor(folder));
      for (const [index, step] of steps.entries()) {
        if (this.#isStopped) return;
        await this.#runStep(step, index, steps.length);
      }
    } finally {
      await this.stop();
    }
  }

  /** Ends what runs. What is under way fails then. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#cluster?.running.stop();
    this.#cluster = null;
  }

  #stepsOf(load: LoadCase): Step[] {
    const { paths, modes } = this.#settings;
    return load.modes
      .filter((mode) => modes.includes(mode))
      .flatMap((mode) => load.paths.filter((path) => paths.includes(path)).map((path) => ({ load, path, mode })));
  }

  async #runStep({ load, path, mode }: Step, index: number, count: number): Promise<void> {
    const { rounds } = this.#settings;
    const replicas = load.replicas ?? this.#settings.replicas;
    const cluster = await this.#clusterOf(replicas);
    let done = 0;
    const tell = (): void => this.#events.onProgress(`${load.name} ${path} ${mode}`, (index + done / rounds) / count);
    tell();
    const onRound = (): void => {
      done++;
      tell();
    };
    const valueBytes = load.valueBytes ?? this.#settings.valueBytes;
    const how = { ...this.#settings, path, mode, replicas, valueBytes, onRound };
    this.#events.onResult(await runLoad(cluster, load, how));
  }

  async #clusterOf(replicas: number): Promise<BenchCluster> {
    if (this.#cluster?.replicas === replicas) return this.#cluster.running;
    await this.#cluster?.running.stop();
    this.#cluster = null;
    const running = await BenchCluster.start({ replicas });
    this.#cluster = { replicas, running };
    return running;
  }
}

export const caseOf = (name: string): Case | undefined => CASES.find((each) => each.name === name);
