import type { Command } from 'commander';
import type { Client } from '../../core/cluster/client.ts';
import { formatMs } from '../../core/observe/words.ts';
import { WRITE_MODES, type WriteMode } from '../../core/protocol/entry.ts';
import { type AddressOptions, parseWhole, parseWord, takesAddress, withExamples } from '../arguments.ts';
import { MODES, WordOption } from '../choices.ts';
import { withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../failure.ts';
import { follow } from '../follow.ts';

interface LoadFlags extends AddressOptions {
  readonly rate: number;
  readonly mode?: WriteMode;
}

export function addLoadCommand(program: Command, context: Context): void {
  const command = program
    .command('load')
    .description('write continuously, until stopped; a line a second says what came of it')
    .option('--rate <n>', 'writes a second', (text) => parseWhole(text, '--rate', 1, RATE_MAX), RATE)
    .addOption(
      new WordOption('--mode <mode>', 'async, quorum or sync', MODES, (text) => parseWord(text, '--mode', WRITE_MODES)),
    )
    .action(
      context.action((flags: LoadFlags) =>
        withCluster(context, { ...flags, reconnect: true }, (client) => load(context, client, flags)),
      ),
    );
  withExamples(takesAddress(command), 'lockstep load', 'lockstep load --rate 1000 --mode async');
}

const RATE = 50;
const RATE_MAX = 100_000;
const IN_FLIGHT_MAX = 1000;
const KEYS = 100;
const PACE_MS = 10;

async function load(context: Context, client: Client, flags: LoadFlags): Promise<number> {
  const meter = new Meter();
  let isConnected = false;
  let inFlight = 0;
  let issued = 0;
  let owed = 0;
  let pacedAt = performance.now();

  const issue = (): void => {
    issued++;
    inFlight++;
    const startedAt = performance.now();
    const mode = flags.mode === undefined ? {} : { mode: flags.mode };
    client.request({ op: 'write', key: `load-${issued % KEYS}`, value: `${issued}`, ...mode }, (reply) => {
      inFlight--;
      const outcome = reply.type === 'result' ? (reply.result.outcome ?? 'rejected') : 'unknown';
      meter.add(outcome, performance.now() - startedAt);
    });
  };
  const pace = setInterval(() => {
    const now = performance.now();
    owed += ((now - pacedAt) * flags.rate) / 1000;
    pacedAt = now;
    for (; owed >= 1 && isConnected && inFlight < IN_FLIGHT_MAX; owed--) issue();
    // What could not be written in its time is not made up for later in a burst.
    owed %= 1;
  }, PACE_MS);
  const report = setInterval(() => meter.report(context, flags), 1000);
  try {
    await follow(context, client, (change) => {
      if (change.type === 'connection') isConnected = change.connected;
    });
  } finally {
    clearInterval(pace);
    clearInterval(report);
    meter.total(context, flags);
  }
  return EXIT.done;
}

type Counts = Record<'ok' | 'rejected' | 'unknown', number>;

/** Counts what came of the writes, second by second. */
class Meter {
  #seconds = 0;
  #counts: Counts = { ok: 0, rejected: 0, unknown: 0 };
  readonly #totals: Counts = { ok: 0, rejected: 0, unknown: 0 };
  /** How long the answers of this second took, in ms. */
  #took: number[] = [];

  add(outcome: keyof Counts, ms: number): void {
    this.#counts[outcome]++;
    this.#totals[outcome]++;
    this.#took.push(ms);
  }

  report(context: Context, { json }: LoadFlags): void {
    this.#seconds++;
    const counts = this.#counts;
    const sorted = this.#took.sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    const most = sorted.at(-1);
    if (json) {
      const times = { medianMs: median ?? null, maxMs: most ?? null };
      context.json({ v: 1, event: 'second', second: this.#seconds, ...counts, ...times });
    } else {
      const times = median === undefined || most === undefined ? '' : `, ${formatMs(median)} (max ${formatMs(most)})`;
      context.say(`${this.#seconds} s: ${inWords(counts)}${times}`);
    }
    this.#counts = { ok: 0, rejected: 0, unknown: 0 };
    this.#took = [];
  }

  total(context: Context, { json }: LoadFlags): void {
    if (json) context.json({ v: 1, event: 'total', seconds: this.#seconds, ...this.#totals });
    else context.say(`in all: ${inWords(this.#totals)}`);
  }
}

function inWords({ ok, rejected, unknown }: Counts): string {
  return `${ok} ok, ${rejected} rejected, ${unknown} unknown`;
}
