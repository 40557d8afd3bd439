import { useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useSyncExternalStore } from 'react';
import { actionOf } from './keymap.ts';
import { keysOf } from './keystrokes.ts';
import { Screen } from './screen.tsx';
import type { Store } from './store.ts';
import { type Theme, ThemeProvider } from './theme.ts';

export interface AppProps {
  readonly store: Store;
  readonly title: string;
  readonly theme: Theme;
}

/** Joins the state, the window and the keys; everything below it is a picture. */
export function App({ store, title, theme }: AppProps): ReactElement {
  const dashboard = useSyncExternalStore(store.subscribe, store.get);
  const size = useWindowSize();
  const { exit } = useApp();

  useInput((input, key) => {
    for (const name of keysOf(input, key)) {
      const action = actionOf(name);
      if (action === null) continue;
      if (action.type === 'quit') return exit(action.end);
      store.press(action);
    }
  });
  // Pasted text is not typed: taken as keys, a paragraph would kill leaders.
  usePaste(() => {});

  return (
    <ThemeProvider value={theme}>
      <Screen dashboard={dashboard} size={size} title={title} />
    </ThemeProvider>
  );
}
