import { Box, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { DrawAll } from './charts/charts.ts';
import { keysOf } from './keystrokes.ts';
import { Line } from './line.tsx';
import { type Looks, painter } from './paint.ts';
import { screenPicture } from './screen.ts';
import type { Store } from './store.ts';

/** Gives the terminal to somebody else while `meanwhile` runs, then takes it back and draws everything anew. */
export type LendTerminal = (meanwhile: () => Promise<void>) => Promise<void>;

export interface AppProps {
  readonly store: Store;
  readonly title: string;
  readonly looks: Looks;
  /** null until the library of charts is there. */
  readonly charts: DrawAll | null;
  /** Told once, when it is there. */
  readonly onLender: (lend: LendTerminal) => void;
}

/** Joins the state, the window and the keys; everything below it is a picture. */
export function App({ store, title, looks, charts, onLender }: AppProps): ReactElement {
  const dashboard = useSyncExternalStore(store.subscribe, store.get);
  const size = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => store.resize(size), [store, size]);
  useEffect(() => onLender(suspendTerminal), [onLender, suspendTerminal]);

  useInput((input, key) => {
    for (const name of keysOf(input, key)) store.press(name);
  });
  usePaste((text) => store.paste(text));

  const paint = useMemo(() => painter(looks), [looks]);
  const rows = screenPicture({ dashboard, size, title, charts });
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      {rows.map((row, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is where it is
        <Line key={y} text={paint(row)} />
      ))}
    </Box>
  );
}
