import type { WriteMode } from '../../core/protocol/entry.ts';
import type { Case, LoadCase, TimesCase } from './cases.ts';
import type { BenchCluster, RunningPlace } from './cluster.ts';
import { type Floor, measureFloor } from './floor.ts';
import type { Path } from './load-plan.ts';
import type { CaseResult } from './result.ts';
import { type LoadSettings, runLoad } from './run-load.ts';
import { Stage } from './stage.ts';

/** What the command line says of all cases. */
export interface BenchSettings extends Omit<LoadSettings, 'path' | 'mode' | 'onRound'> {
  readonly times: number;
  readonly entries: number;
  readonly pauseSeconds: number;
  readonly paths: readonly Path[];
  readonly modes: readonly WriteMode[];
  /** A cluster that runs already; null: of its own. */
  readonly place: RunningPlace | null;
}

export interface BenchEvents {
  readonly onFloor: (floor: Floor) => void;
  readonly onResult: (result: CaseResult) => void;
  /** What is done now, and the share of all that is done. */
  readonly onProgress: (words: string, share: number) => void;
}

/** A case, in one of the ways in which it is run. */
type Step =
  | { readonly what: LoadCase; readonly path: Path; readonly mode: WriteMode }
  | { readonly what: TimesCase; readonly path: null; readonly mode: WriteMode };

/** What goes on under load is looked at for at least so long. */
const WATCHED_SECONDS_MIN = 20;

/** One run of the benchmark: its cases one after the other, on clusters of its own, of which one runs at a time. */
export class Bench {
  readonly #settings: BenchSettings;
  readonly #events: BenchEvents;
  readonly #stage = new Stage();
  /** `fixed`: so many replicas, and no other cluster takes its place. */
  #cluster: { readonly replicas: number; readonly running: BenchCluster; readonly fixed?: number } | null = null;

  constructor(settings: BenchSettings, events: BenchEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  async run(cases: readonly Case[]): Promise<void> {
    const steps = cases.flatMap((each) => this.#stepsOf(each));
    const { place } = this.#settings;
    try {
      if (place) await this.#attach(place);
      const { folder } = this.#cluster?.running ?? (await this.#clusterOf(this.#settings.replicas));
      this.#events.onProgress('the floor', 0);
      this.#events.onFloor(await measureFloor(folder));
      for (const [index, step] of steps.entries()) await this.#runStep(step, index, steps.length);
    } finally {
      await this.#stage.clear();
    }
  }

  /** Ends what runs: `run` rejects then with `StoppedError`, or with what that led to. */
  stop(): Promise<void> {
    return this.#stage.stop();
  }

  #stepsOf(what: Case): Step[] {
    const { paths, modes } = this.#settings;
    if (what.kind === 'times')
      return [{ what, path: null, mode: modes.includes('quorum') ? 'quorum' : (modes[0] ?? 'quorum') }];
    return what.modes
      .filter((mode) => modes.includes(mode))
      .flatMap((mode) => what.paths.filter((path) => paths.includes(path)).map((path) => ({ what, path, mode })));
  }

  async #runStep({ what, path, mode }: Step, index: number, count: number): Promise<void> {
    const { seconds, rounds } = this.#settings;
    const words = path === null ? what.name : `${what.name} ${path} ${mode}`;
    const onProgress = (share: number): void => this.#events.onProgress(words, (index + share) / count);
    onProgress(0);
    if (path === null) {
      // A machine with few cores has none to spare for a cluster that has nothing to do.
      await this.#endCluster();
      const watched = Math.max(WATCHED_SECONDS_MIN, seconds * rounds);
      this.#events.onResult(
        await what.run({ ...this.#settings, stage: this.#stage, mode, seconds: watched, onProgress }),
      );
      return this.#stage.clear();
    }
    const replicas = what.replicas ?? this.#cluster?.fixed ?? this.#settings.replicas;
    const cluster = await this.#clusterOf(replicas);
    let done = 0;
    const onRound = (): void => onProgress(++done / rounds);
    const valueBytes = what.valueBytes ?? this.#settings.valueBytes;
    const how = { ...this.#settings, path, mode, replicas, valueBytes, onRound };
    this.#events.onResult(await runLoad(this.#stage, cluster, what, how));
  }

  async #attach(place: RunningPlace): Promise<void> {
    const running = await this.#stage.running(place);
    const replicas = (await running.status()).replicas.length;
    this.#cluster = { replicas, running, fixed: replicas };
  }

  async #clusterOf(replicas: number): Promise<BenchCluster> {
    if (this.#cluster?.replicas === replicas) return this.#cluster.running;
    await this.#endCluster();
    const running = await this.#stage.cluster({ replicas });
    this.#cluster = { replicas, running };
    return running;
  }

  async #endCluster(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = null;
    if (cluster) await this.#stage.end(cluster.running);
  }
}
