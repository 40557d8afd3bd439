import { compareFreshness, ORIGIN, type Position, type ReplicaId } from '../protocol/position.ts';
import { READ_LEVELS } from '../protocol/requests.ts';
import { SESSION_WINDOW } from '../protocol/sessions.ts';
import type { ReadAnswer, ReadAsk } from '../routing/reads.ts';
import type { ServeFrom } from '../routing/route.ts';
import type { WriteAnswer, WriteAsk } from '../routing/writes.ts';
import type { ClientChecks } from './checks/clients.ts';
import type { Chronicle } from './chronicle.ts';
import type { Digest } from './digest.ts';
import type { Draw } from './draw.ts';
import type { Climate, SimOptions } from './options.ts';
import type { SimRouter } from './router/router.ts';

export interface ClientParts {
  readonly name: string;
  readonly draw: Draw;
  readonly options: SimOptions;
  readonly climate: Climate;
  readonly ids: readonly ReplicaId[];
  readonly router: () => SimRouter;
  readonly checks: ClientChecks;
  readonly chronicle: Chronicle;
  readonly digest: Digest;
}

/** A client that waits for so many answers asks nothing more. */
const OPEN_MAX = 30;
/** A write is tried again so often at most. */
const RETRIES_MAX = 6;

/** A session: it writes, tries again what it does not know the outcome of, and reads with the token that it carries. */
export class SimClient {
  readonly #parts: ClientParts;
  /** What it is like, for the whole run. */
  readonly #hasSession: boolean;
  readonly #carriesToken: boolean;
  #token: Position = ORIGIN;
  /** Its token was refused: it must find out where to go on from. */
  #isLost = false;
  #seq = 0;
  #count = 0;
  readonly #again: { readonly ask: WriteAsk; readonly tries: number }[] = [];
  /** Where writes stood of which it knows no more. */
  #unknown: Position | null = null;
  readonly #open = new Set<object>();
  /** So many times it does nothing: there was nobody to take what it wrote. */
  #rests = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#hasSession = parts.draw.chance(0.7);
    this.#carriesToken = parts.draw.chance(0.7);
  }

  /** How many answers it waits for. */
  get open(): number {
    return this.#open.size;
  }

  /** It does something, unless it has too much to wait for. */
  act(): void {
    const { draw, climate, options } = this.#parts;
    if (this.open >= OPEN_MAX || this.#rests-- > 0) return;
    this.#rests = 0;
    if (this.#isLost || draw.chance(climate.reads)) this.#read();
    else if (this.#again.length > 0 && draw.chance(0.5)) this.#tryAgain();
    else for (let count = draw.below(options.batch); count >= 0 && this.#rests === 0; count--) this.#write();
  }

  /** The router is gone, and so is every answer. */
  forget(): void {
    this.#open.clear();
  }

  #write(): void {
    const { draw, options, climate, name } = this.#parts;
    this.#count += 1;
    const key = this.#key();
    const value = draw.chance(climate.longValues) ? longValue(draw, this.#count) : `${name}-${this.#count}`;
    const command = draw.chance(0.15) ? ({ op: 'delete', key } as const) : ({ op: 'put', key, value } as const);
    // Now and then it leaps, so that what it tries again is too old to be told from what was never there.
    this.#seq += draw.chance(0.01) ? SESSION_WINDOW : 1;
    const session = this.#hasSession ? { session: name, seq: this.#seq } : null;
    this.#send({ command, mode: draw.oneOf(options.modes), session, token: this.#carried() }, 0);
  }

  /** The same write, in any mode; now and then another one under its number, which is not to be taken for it. */
  #tryAgain(): void {
    const { draw, options } = this.#parts;
    const [first] = this.#again.splice(draw.below(this.#again.length), 1);
    if (first === undefined) return;
    const { ask, tries } = first;
    const mode = draw.oneOf(options.modes);
    const command = draw.chance(0.05) ? this.#another(ask.command.key) : ask.command;
    this.#send({ command, mode, session: ask.session, token: this.#carried() }, tries + 1);
  }

  #another(key: string): WriteAsk['command'] {
    const { draw } = this.#parts;
    const value = `another ${this.#count}`;
    return draw.oneOf([
      { op: 'put', key, value },
      { op: 'put', key: `another ${key}`, value },
      { op: 'delete', key },
      { op: 'delete', key: `another ${key}` },
    ]);
  }

  #send(ask: WriteAsk, tries: number): void {
    const waiting = {};
    this.#open.add(waiting);
    this.#parts.router().write(ask, (answer) => {
      if (this.#open.delete(waiting)) this.#wrote(ask, answer, tries);
    });
  }

  #wrote(ask: WriteAsk, answer: WriteAnswer, tries: number): void {
    const { checks, chronicle, digest, draw } = this.#parts;
    const { outcome, error, position } = answer;
    const code = error?.code;
    chronicle.count(`writes ${outcome}`);
    if (code !== undefined) chronicle.count(`writes ${outcome}: ${code}`);
    digest.mix(outcome.length);
    if (position) digest.mix(position.lsn);
    checks.wrote(ask, answer);
    if (outcome === 'ok' && position) this.#raise(position);
    if (code === 'no-leader') this.#rests = 1 + draw.below(3);
    if (outcome === 'unknown') this.#unknown = position ?? this.#unknown;
    if (code === 'rolled-back' || code === 'not-caught-up') this.#isLost = true;
    // Now and then the answer does not reach it.
    const isUnsure = outcome !== 'ok' || draw.chance(0.1);
    if (isUnsure && ask.session && code !== 'seq-reused' && tries < RETRIES_MAX) this.#again.push({ ask, tries });
  }

  #read(): void {
    const { draw, climate, router, ids } = this.#parts;
    const level = this.#isLost ? 'token' : draw.oneOf(READ_LEVELS);
    const anywhere: readonly ServeFrom[] = ['anyone', 'anyone', 'anyone', 'followers', 'leader', draw.oneOf(ids)];
    const other = this.#unknown !== null && draw.chance(0.2) ? this.#unknown : null;
    const token = this.#isLost ? this.#token : (other ?? (this.#carriesToken ? this.#token : null));
    const timeoutMs = draw.around(climate.acknowledgeMs / 3);
    const ask: ReadAsk = { key: this.#key(), level, token, from: draw.oneOf(anywhere), timeoutMs };
    const waiting = {};
    this.#open.add(waiting);
    router().read(ask, (answer) => {
      if (this.#open.delete(waiting)) this.#wasRead(ask, answer);
    });
  }

  #wasRead(ask: ReadAsk, answer: ReadAnswer): void {
    const { checks, chronicle, digest } = this.#parts;
    const { level, token } = ask;
    const code = answer.error?.code;
    const { term, lsn } = token ?? ORIGIN;
    const isOwn = lsn === this.#token.lsn && term === this.#token.term;
    chronicle.count(`reads ${level} ${code ?? 'served'}`);
    digest.mix(level.length);
    if (answer.position) digest.mix(answer.position.lsn);
    checks.read(ask, answer);
    if (answer.token === null) return;
    if (code === undefined && level !== 'any') {
      this.#raise(answer.token);
      if (isOwn) this.#isLost = false;
    }
    // Unless it has moved on since it asked.
    if (code !== 'rolled-back' || !isOwn) return;
    this.#token = answer.token;
    this.#isLost = false;
  }

  #raise(position: Position): void {
    if (compareFreshness(position, this.#token) > 0) this.#token = position;
  }

  #carried(): Position | null {
    return this.#carriesToken && this.#token.lsn > 0 ? this.#token : null;
  }

  #key(): string {
    const { draw, climate } = this.#parts;
    return draw.chance(0.02) ? draw.oneOf(STRANGE_KEYS) : `k${draw.below(climate.keys)}`;
  }
}

/** Keys that mean something to careless code. */
const STRANGE_KEYS = ['__proto__', 'constructor', '', 'ключ\n"', '{"type":"entry"'];

/** Longer than a page, so that a page that is torn off leaves a hole in it; and not all of it one byte a character. */
function longValue(draw: Draw, count: number): string {
  return `${count} ${draw.oneOf(['x', '7', 'ß→😀', '"\\\n'])}`.repeat(100 + draw.below(200));
}
