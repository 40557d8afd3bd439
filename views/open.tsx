import { type Instance, render } from 'ink';
import type { Cluster } from '../core/observe/cluster.ts';
import { App } from './app.tsx';
import type { DashboardEnd } from './keymap.ts';
import { createStore } from './store.ts';
import { COLOURLESS, COLOURS } from './theme.ts';

export interface DashboardOptions {
  /** Stands behind the name in the header: where the cluster is to be reached, such as `127.0.0.1:7400`. */
  readonly title: string;
  readonly noColor: boolean;
  /** Closes the dashboard, as `q` does. */
  readonly signal?: AbortSignal;
  /** Default: the process's own. */
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/**
 * Shows the dashboard on the terminal's alternate screen until the user quits (`q`, Ctrl-C) or `signal` is aborted, and
 * gives the terminal back as it was. Resolves with how the user left; `quit` if it was `signal`. An error thrown while drawing closes it too, and rejects. The cluster stays open:
 * it is the caller's to close.
 *
 * Set `NODE_ENV=production` before this is imported, and `FORCE_COLOR=0` too if `noColor`: Ink looks at neither later.
 */
export async function openDashboard(cluster: Cluster, options: DashboardOptions): Promise<DashboardEnd> {
  const { title, noColor, signal, stdin, stdout } = options;
  if (signal?.aborted) return 'quit';
  const store = createStore(cluster);
  try {
    const app = render(<App store={store} title={title} theme={noColor ? COLOURLESS : COLOURS} />, {
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      maxFps: 30,
      // Ctrl-C is in the keymap.
      exitOnCtrlC: false,
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
    });
    return await until(app, signal);
  } finally {
    store.close();
  }
}

/** Until the user quits or `signal` is aborted. */
async function until(app: Instance, signal: AbortSignal | undefined): Promise<DashboardEnd> {
  const close = (): void => app.unmount();
  signal?.addEventListener('abort', close, { once: true });
  try {
    return (await app.waitUntilExit()) === 'interrupted' ? 'interrupted' : 'quit';
  } finally {
    signal?.removeEventListener('abort', close);
  }
}
