import { writeSync } from 'node:fs';
import { escapeText } from '../core/observe/escape.ts';

/** What ends a command that runs until it is stopped. `SIGPIPE`: whoever read its output is gone. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** The world as a command sees it. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Both ends are a terminal: a dashboard can be drawn. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; Infinity without one. */
  readonly columns: () => number;
  /** Those of the terminal that `err` goes to; absent if it goes to none. */
  readonly errColumns?: () => number;
  /** Tells the one line that matters to whoever started this process detached, if somebody did. */
  readonly tellParent?: (line: string) => void;
  /** Where the output of a detached process goes. */
  readonly detachedOutput?: string;
  /** Takes over these signals until the returned function is called. */
  readonly onStop: (listener: (signal: StopSignal) => void) => () => void;
  /** A signal ends a process whose command does not listen to it. Where there is no process to end, this is aborted. */
  readonly abandoned?: AbortSignal;
  /** Why this command cannot be run here, and what to do instead; null if it can. */
  readonly refusal?: (command: string) => string | null;
}

/** Says on stderr, in one line, what is wrong. */
export function complain(io: Io, text: string): void {
  io.err(`lockstep: ${escapeText(text.replaceAll(/\s+/g, ' ').trim())}\n`);
}

/** What a shell shows for a process that a signal ended. */
export const EXIT_OF_SIGNAL: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGPIPE: 141,
  SIGTERM: 143,
};

/** The process's own input, output and signals. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  const detachedOutput = env[DETACHED_VARIABLE];
  // What this process starts in turn is not detached from anybody.
  delete env[DETACHED_VARIABLE];
  let isPiped = true;
  process.once('uncaughtException', crash);
  const listeners = new Set<(signal: StopSignal) => void>();
  // A reader that went away (`| head`) is no fault of the command; what runs until it is stopped is stopped by it.
  stdout.on('error', () => {
    isPiped = false;
    for (const listener of listeners) listener('SIGPIPE');
  });
  stderr.on('error', () => {});
  return {
    out: (text) => void (isPiped && stdout.write(text)),
    err: (text) => void stderr.write(text),
    env,
    isTerminal: stdin.isTTY === true && stdout.isTTY === true,
    columns: () => (stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY),
    ...(stderr.isTTY && { errColumns: () => stderr.columns }),
    ...(detachedOutput && { detachedOutput, tellParent }),
    onStop: (listener) => {
      const onSignal = (signal: NodeJS.Signals): void => listener(signal as StopSignal);
      for (const signal of SIGNALS) process.on(signal, onSignal);
      listeners.add(listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, onSignal);
        listeners.delete(listener);
      };
    },
  };
}

/** Nothing must get here. One line, printed last, when a dashboard has given the terminal back. */
function crash(error: Error): void {
  const text = process.env.LOCKSTEP_DEBUG ? error.stack : `${error.message}; LOCKSTEP_DEBUG=1 shows where`;
  process.once('exit', () => writeSync(process.stderr.fd, `lockstep: this is a bug: ${text}\n`));
  process.exit(1);
}

function tellParent(line: string): void {
  if (process.connected) process.send?.(line, () => process.disconnect?.());
}

/** In the environment of a detached process: the file that its output goes to. */
export const DETACHED_VARIABLE = 'LOCKSTEP_DETACHED';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
