import { key } from '../pty/terminal.ts';

/** A picture of the real program, and what is done to get there. */
export interface Scene {
  /** The file is `docs/NAME.svg`. */
  readonly name: string;
  /** Stands above the screen. */
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  /** For `lockstep`. */
  readonly args: readonly string[];
  /** Of the picture; a theme for the program itself goes into `args`. Default: dark. */
  readonly look?: 'dark' | 'light';
  /** One after the other; the picture is of the screen that the last one leaves. */
  readonly steps: readonly Step[];
}

/** What is done, in the order of the fields. */
export interface Step {
  /** Runs `lockstep RUN` against the cluster on the screen to its end, which must be a good one. */
  readonly run?: readonly string[];
  /** The same, but it goes on beside the dashboard until the picture is taken. */
  readonly beside?: readonly string[];
  /** A text is pressed letter by letter. Other keys are in a list: `[key.up, key.enter]`. */
  readonly keys?: string | readonly string[];
  /** Then waits for the screen to be so. */
  readonly until?: string | RegExp | ((screen: string) => boolean);
  /** And then, for charts to fill. */
  readonly seconds?: number;
}

/** Everyone of `n1` to `nCOUNT` has told what it is. */
const known = (count: number) => (screen: string) =>
  Array.from({ length: count }, (_, i) => new RegExp(`\\bn${i + 1}\\b.*(leader|follower)`)).every((row) =>
    row.test(screen),
  );

/** Load in async mode on a leader whose links are slow: it says ok to what nobody else has. */
const ASYNC_LOAD: readonly Step[] = [
  { until: known(3) },
  { keys: 'www', until: '3 ok' },
  { keys: 't', until: /last read +k3 = v3/ },
  { keys: 'mm', until: 'mode async' },
  { run: ['link', 'leader', 'all', 'delay=200'], until: '~200' },
  { keys: 'l', until: /█▓{8}/ },
];

export const SCENES: readonly Scene[] = [
  {
    name: 'lost',
    title: 'lockstep: a failover in async mode',
    columns: 120,
    rows: 40,
    args: ['--port', '0'],
    steps: [
      ...ASYNC_LOAD,
      { keys: 'k', until: /lost: \d+ acknowledged/ },
      { keys: 'l', until: /● n\d leads · term 2/, seconds: 1 },
    ],
  },
  {
    name: 'logs',
    title: 'lockstep: entries on their way',
    columns: 100,
    rows: 20,
    args: ['--port', '0'],
    steps: [...ASYNC_LOAD, { keys: [key.tab, 'z'], until: /on its way/, seconds: 1 }, { keys: ' ', until: /FROZEN/ }],
  },
  {
    name: 'small',
    title: 'lockstep in 80×24',
    columns: 80,
    rows: 24,
    args: ['--port', '0'],
    steps: [
      { until: known(3) },
      { keys: 'www', until: '3 ok' },
      { keys: 't', until: /last read +k3 = v3/ },
      { keys: 'k', until: /● n\d leads · term 2/ },
      { keys: 'w', until: /k4 = v4 +✓ ok/, seconds: 1 },
    ],
  },
  {
    name: 'light',
    title: 'lockstep --replicas 5 --theme light',
    columns: 160,
    rows: 50,
    args: ['--port', '0', '--replicas', '5', '--theme', 'light'],
    look: 'light',
    steps: [
      { until: known(5) },
      { keys: 'wwt', until: /last read +k2 = v2/ },
      { keys: 'l', until: /\d+ writes\/s/, seconds: 4 },
      { run: ['link', 'n1', 'n2', 'cut'], until: /✗/ },
      { run: ['link', 'n3', 'all', 'delay=100'], until: '~100' },
      { keys: 'l', seconds: 1 },
    ],
  },
];
