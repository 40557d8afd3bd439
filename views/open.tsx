import { setTimeout } from 'node:timers/promises';
import { type Instance, render } from 'ink';
import type { Cluster } from '../core/observe/cluster.ts';
import { App, type AppProps, type LendTerminal } from './app.tsx';
import { type DrawAll, drawAllWith } from './charts/charts.ts';
import { loadCharts } from './charts/draw.ts';
import type { Commander } from './commander.ts';
import { overlayRoom } from './overlays/overlay.ts';
import { quiet } from './span.ts';
import type { DashboardEnd } from './state.ts';
import { createStore, type Store } from './store.ts';
import { stopHere } from './terminal/job-control.ts';
import { KeyInput } from './terminal/key-input.ts';
import { commandsOf, MOUSE_OFF, MOUSE_ON } from './terminal/mouse.ts';
import { COLOURLESS, THEMES } from './theme.ts';
import type { ThemeName } from './theme-names.ts';

export interface DashboardOptions {
  /** Stands behind the name in the header: where the cluster is to be reached, such as `127.0.0.1:7400`. */
  readonly title: string;
  readonly looks: DashboardLooks;
  readonly commander: Commander;
  /** Closes the dashboard, as `q` does. */
  readonly signal?: AbortSignal;
  /** Default: the process's own. */
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

interface DashboardLooks {
  readonly theme: ThemeName;
  readonly ascii: boolean;
  /** The mouse is the dashboard's from the start. */
  readonly mouse: boolean;
  /** No colour whatever the theme. */
  readonly noColor: boolean;
}

/** The charts are there after so long, in ms, whatever else there is. */
const CHARTS_MS_MAX = 1000;

/** `hung-up`: the terminal is gone. */
export type OpenEnd = DashboardEnd | 'hung-up';

/**
 * Shows the dashboard on the terminal's alternate screen until the user quits (`q`, Ctrl-C), the terminal goes away or
 * `signal` is aborted, and gives the terminal back as it was. Resolves with how the user left; `quit` if it was
 * `signal`. An error thrown while drawing closes it too, and rejects. The cluster stays open: it is the caller's to
 * close.
 *
 * Set `NODE_ENV=production` before this is imported, and `FORCE_COLOR=0` too if `noColor`: Ink looks at neither later.
 */
export async function openDashboard(cluster: Cluster, options: DashboardOptions): Promise<OpenEnd> {
  if (options.signal?.aborted) return 'quit';
  return new OpenDashboard(cluster, options).run();
}

/** A terminal that is ours: how its keys and its mouse get to the dashboard, and how it is given back. */
class OpenDashboard {
  readonly #options: DashboardOptions;
  readonly #stdout: NodeJS.WriteStream;
  readonly #store: Store;
  readonly #app: Instance;
  readonly #props: AppProps;
  #end: OpenEnd = 'quit';
  #isOver = false;
  #isMouseOn = false;
  #lend: LendTerminal | null = null;
  #charts: DrawAll | null = null;

  constructor(cluster: Cluster, options: DashboardOptions) {
    const { title, looks, commander, stdin = process.stdin, stdout = process.stdout } = options;
    this.#options = options;
    this.#stdout = stdout;
    this.#store = createStore({
      cluster,
      commander,
      mouse: looks.mouse,
      terminal: {
        quit: (end) => this.#close(end),
        suspend: () => void this.#lendUntil(stopHere),
        mouse: (on) => this.#setMouse(on),
        columns: () => overlayRoom(stdout).columns,
      },
    });
    this.#props = {
      store: this.#store,
      title,
      looks: { theme: looks.noColor ? COLOURLESS : THEMES[looks.theme], ascii: looks.ascii },
      charts: null,
      onLender: (lend) => {
        this.#lend = lend;
      },
    };
    const keys = new KeyInput({
      source: stdin,
      onMouse: (report) => {
        for (const command of commandsOf(report, this.#screen())) this.#store.command(command);
      },
      onGone: () => this.#close('hung-up'),
    });
    this.#app = render(<App {...this.#props} />, {
      stdin: keys,
      stdout,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      // Frames that the cluster causes are counted elsewhere: a key is not to wait for the one before it.
      maxFps: 60,
      // Ctrl-C is in the keymap.
      exitOnCtrlC: false,
    });
  }

  async run(): Promise<OpenEnd> {
    const { signal, looks } = this.#options;
    const close = (): void => this.#close('quit');
    // If the process ends in some other way, whoever has last words to say says them on a terminal that shows them.
    const giveBack = (): void => {
      this.#app.unmount();
      this.#setMouse(false);
    };
    signal?.addEventListener('abort', close, { once: true });
    process.on('exit', giveBack);
    // Whoever stopped it (kill -STOP) did not ask it to give the terminal back: all is set and drawn anew.
    const goOn = (): void => void this.#lendUntil(async () => {});
    process.on('SIGCONT', goOn);
    try {
      this.#setMouse(looks.mouse);
      void this.#addCharts();
      await this.#app.waitUntilExit();
      return this.#end;
    } finally {
      process.off('exit', giveBack);
      process.off('SIGCONT', goOn);
      signal?.removeEventListener('abort', close);
      this.#isOver = true;
      this.#store.close();
      this.#setMouse(false);
    }
  }

  /** What was typed after the key that quits is not obeyed. */
  #close(end: OpenEnd): void {
    if (this.#isOver) return;
    this.#end = end;
    this.#isOver = true;
    this.#store.close();
    this.#app.unmount();
  }

  /** Their library takes its time: the first frame and, for a while, the first leader do not wait for it. */
  async #addCharts(): Promise<void> {
    await Promise.race([leaderShown(this.#store), setTimeout(CHARTS_MS_MAX, null, { ref: false })]);
    await this.#app.waitUntilRenderFlush();
    if (this.#isOver) return;
    this.#charts = await loadCharts().then(drawAllWith, noChartsBecause);
    if (this.#isOver) return;
    this.#app.rerender(<App {...this.#props} charts={this.#charts} />);
  }

  #screen() {
    const { columns, rows } = this.#stdout;
    return {
      dashboard: this.#store.get(),
      size: { columns, rows },
      title: this.#options.title,
      charts: this.#charts,
    };
  }

  #setMouse(on: boolean): void {
    if (on === this.#isMouseOn) return;
    this.#isMouseOn = on;
    this.#stdout.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** The terminal is somebody else's until `over` resolves. */
  async #lendUntil(over: () => Promise<void>): Promise<void> {
    const lend = this.#lend;
    if (lend === null) return;
    this.#lend = null;
    const wasMouseOn = this.#isMouseOn;
    this.#setMouse(false);
    await lend(async () => {
      await over();
      // The first row is drawn from where the cursor is.
      this.#stdout.write('\r');
    });
    this.#lend = lend;
    if (!this.#isOver) this.#setMouse(wasMouseOn);
  }
}

const leaderShown = (store: Store): Promise<void> =>
  new Promise((resolve) => {
    const unsubscribe = store.subscribe(() => {
      if (store.get().seen.snapshot?.leader == null) return;
      unsubscribe();
      resolve();
    });
  });

const noChartsBecause = (error: unknown): DrawAll => {
  const reason = error instanceof Error ? error.message : String(error);
  return () => [[quiet(`the charts cannot be drawn: ${reason}`)]];
};
