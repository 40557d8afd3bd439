import type { Cluster } from '../../core/observe/cluster.ts';
import type { Commander } from '../commander.ts';
import { commandOf, KEYMAP } from '../keymap.ts';
import type { PanelName } from '../panel-names.ts';
import { type Action, type Dashboard, type DashboardEnd, focusOf, INITIAL } from '../state.ts';
import { createStore, type Store } from '../store.ts';
import { stopHere } from '../terminal/job-control.ts';
import { listenToKeys } from './keypresses.ts';
import { type News, NewsDesk } from './news.ts';
import { PlainOutput } from './output.ts';
import { Teller } from './told.ts';

export interface PlainOptions {
  readonly commander: Commander;
  /** Ends it, as `q` does. */
  readonly signal: AbortSignal;
  /** A terminal, for keys. */
  readonly stdin: NodeJS.ReadStream;
  readonly write: (text: string) => void;
  /** The line that tells this. */
  readonly lineOf: (news: News) => string;
}

/** These show something, or show it otherwise: without a screen they have nothing to do. */
const FOR_SCREENS = ['z', 'M'];
/** In these, arrows scroll: what nobody sees would be one more step to leave by Escape. */
const SCROLLED: readonly PanelName[] = ['session', 'guarantees', 'events'];

/**
 * The dashboard without a screen, for a terminal that is read aloud, or cannot be drawn on: a line for whatever changes,
 * and for what comes of each key. Text is only ever added, and no escape code is written.
 *
 * Resolves as the dashboard does: with how the user left. `hung-up`: the terminal is gone.
 */
export async function openPlain(cluster: Cluster, options: PlainOptions): Promise<DashboardEnd | 'hung-up'> {
  const { commander, signal, stdin, write, lineOf } = options;
  const over = Promise.withResolvers<DashboardEnd | 'hung-up'>();
  const output = new PlainOutput(write);
  const desk = new NewsDesk();
  const teller = new Teller();
  let now: Dashboard = INITIAL;
  let isClosing = false;
  const quit = (): void => over.resolve('quit');
  const hangUp = (): void => over.resolve('hung-up');
  const store = createStore({
    cluster,
    commander,
    mouse: false,
    terminal: {
      quit: (end) => {
        store.close();
        over.resolve(end);
      },
      suspend: () => void suspend(stdin).then(() => output.say('going on')),
      mouse: () => {},
      columns: () => Number.POSITIVE_INFINITY,
    },
    onAction: (action, before, after) => {
      now = after;
      for (const news of newsOf(desk, action)) if (isWanted(news, after)) output.news(lineOf(news), after);
      output.answer(teller.tell(action, before, after), action, before, after);
      if (!isSaid(after) || isClosing) return;
      // Once, though more may come before: a step back too many would end a filter or a freeze.
      isClosing = true;
      queueMicrotask(() => {
        isClosing = false;
        store.command({ type: 'back' });
      });
    },
  });
  signal.addEventListener('abort', quit, { once: true });
  stdin.on('end', hangUp).on('error', hangUp);
  const endKeys = listenToKeys(stdin, {
    onKey: (key) => press(key, store, output, now),
    onPaste: (text) => paste(text, store, output),
    isAsking: () => output.isAsking,
  });
  setKeys(stdin, true);
  output.say('keys work here: ? tells them, q quits');
  try {
    if (signal.aborted) quit();
    return await over.promise;
  } finally {
    store.close();
    endKeys();
    setKeys(stdin, false);
    stdin.off('end', hangUp);
    signal.removeEventListener('abort', quit);
    output.close();
  }
}

/** The same for nobody: what changes, until `signal` is aborted. */
export async function tellNews(cluster: Cluster, onNews: (news: News) => void, signal: AbortSignal): Promise<void> {
  const desk = new NewsDesk();
  const tell = (all: readonly News[]): void => {
    for (const news of all) onNews(news);
  };
  const unsubscribe = cluster.subscribe((change) => tell(desk.take(change, Date.now())));
  const clock = setInterval(() => tell(desk.second(Date.now())), 1000);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  clearInterval(clock);
  unsubscribe();
}

function press(key: string, store: Store, output: PlainOutput, now: Dashboard): void {
  if (output.isAsking) return store.press(key);
  if (FOR_SCREENS.includes(key)) return output.say(`${key} is for a dashboard with a screen`);
  if (commandOf(key)?.type === 'move' && SCROLLED.includes(focusOf(now))) {
    return output.say(`${focusOf(now)}: there is nothing to scroll without a screen`);
  }
  if (key !== '?') return store.press(key);
  const bound = KEYMAP.filter(({ keys }) => !keys.some((one) => FOR_SCREENS.includes(one)));
  output.say(...bound.map(({ label, help }) => `${label}: ${help}`));
}

/** Taken as keys, a paragraph would kill leaders. */
function paste(text: string, store: Store, output: PlainOutput): void {
  if (output.isAsking) store.paste(text);
  else output.say('so much at once is not taken for keys');
}

function newsOf(desk: NewsDesk, action: Action): readonly News[] {
  if (action.type === 'change') return desk.take(action.change, Date.now());
  return action.type === 'second' ? desk.second(Date.now()) : [];
}

/** A filter is for events, here as on the screen. */
const isWanted = (news: News, { filter }: Dashboard): boolean =>
  news.event !== 'happened' || news.text.toLowerCase().includes(filter.toLowerCase());

/** What is laid over a screen until Escape is told in lines, and then closed. */
function isSaid({ overlay }: Dashboard): boolean {
  switch (overlay?.type) {
    case 'entry':
      return overlay.entry !== null || overlay.message !== null;
    case 'output':
      return overlay.exit !== null;
    default:
      return false;
  }
}

function setKeys(stdin: NodeJS.ReadStream, on: boolean): void {
  stdin.setRawMode(on);
  if (on) stdin.ref().resume();
  else stdin.pause().unref();
}

async function suspend(stdin: NodeJS.ReadStream): Promise<void> {
  setKeys(stdin, false);
  await stopHere();
  setKeys(stdin, true);
}
