import { describe } from '../../core/observe/describe.ts';
import { COMPACTION, type CompactionLimits } from '../../core/protocol/compaction.ts';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { type Position, parsePosition, type ReplicaId, writeId } from '../../core/protocol/position.ts';
import { READ_LEVELS } from '../../core/protocol/requests.ts';
import { TEMPOS, timingOf } from '../../core/protocol/timing.ts';
import { recoveredFrom } from '../unit/support/lab-start.ts';
import { Clients } from './clients.ts';
import { Line } from './line.ts';
import { logsPicture, statusText } from './pictures.ts';
import { Stage } from './stage.ts';
import { Teller } from './teller.ts';
import { valueNamed } from './words.ts';

/** Carries out the commands of one transcript, which test/testdata/README.md lists. */
export class Commands {
  readonly #teller = new Teller();
  #clients = new Clients();
  #stage: Stage | null = null;
  #writes = 0;
  #reads = 0;

  /** Carries out one line and returns what it printed; throws if it makes no sense. */
  run(line: string): readonly string[] {
    const [verb = '', ...rest] = line.trim().split(/\s+/);
    const words = new Line(rest);
    if (verb === 'cluster') this.#begin(words);
    const stage = this.#stage;
    if (!stage) throw new Error('first comes a line like: cluster n1 n2 n3');
    if (verb !== 'cluster') this.#perform(stage, verb, words);
    words.end();
    return this.#teller.take();
  }

  /** A new cluster; with `leader=n1` n1 leads, and all have its first entry and know it committed. */
  #begin(words: Line): void {
    this.#clients = new Clients();
    this.#writes = 0;
    this.#reads = 0;
    const ids = words.ids();
    const { leader, ...limits } = words.options(['leader', 'log', 'tail', 'part']);
    const stage = new Stage(ids, limitsOf(limits), this.#clients, this.#teller);
    this.#stage = stage;
    if (leader === undefined) return;
    stage.elect(leader);
    this.#teller.overhear(() => stage.run(2 * timingOf('normal').heartbeatMs));
  }

  #perform(stage: Stage, verb: string, words: Line): void {
    switch (verb) {
      case 'disk':
        return this.#disk(stage, words);
      case 'elect':
        return stage.elect(words.id());
      case 'tick':
      case 'run':
        return this.#pass(stage, verb, words);
      case 'deliver':
      case 'drop':
        return this.#move(stage, verb, words);
      case 'fsync':
        for (const id of words.idsOr(stage.ids)) stage.fsync(id);
        return;
      case 'settle':
        return stage.settle(words.idsOr(stage.ids));
      case 'write':
        return this.#write(stage, words);
      case 'read':
        return this.#read(stage, words);
      case 'crash':
        return this.#crash(stage, words.id());
      case 'restart':
        return stage.restart(words.id());
      case 'damage':
        return stage.damage(words.id(), words.isNext('votes'));
      case 'fill':
      case 'free':
        return stage.fill(words.id(), verb === 'fill');
      case 'pause':
        return stage.pause(words.id());
      case 'resume':
        return stage.resume(words.id());
      case 'cut':
      case 'heal':
        return this.#connect(stage, verb, words);
      case 'tempo':
        return this.#retime(stage, words);
      case 'status':
        return this.#teller.tell(...chosen(stage, words).map(statusText));
      case 'logs':
        return this.#teller.tell(...logsPicture(chosen(stage, words)));
      case 'wire':
        return this.#teller.tell(...stage.onTheWay());
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  #disk(stage: Stage, words: Line): void {
    const ids = words.ids();
    const start = startOf(words);
    for (const id of ids) stage.restart(id, start);
  }

  #pass(stage: Stage, verb: 'tick' | 'run', words: Line): void {
    if (verb === 'run') return stage.run(words.count());
    const ids = words.idsOr(stage.ids.filter((id) => stage.isUp(id)));
    stage.tick(ids, words.count());
  }

  #move(stage: Stage, verb: 'deliver' | 'drop', words: Line): void {
    if (verb === 'deliver' && words.isNext('all')) return stage.deliverAll();
    const [from, to] = [words.id(), words.id()];
    stage[verb](from, to, words.countOr(Number.POSITIVE_INFINITY));
  }

  #connect(stage: Stage, verb: 'cut' | 'heal', words: Line): void {
    if (verb === 'heal') return stage.heal();
    const id = words.id();
    stage.cut(id, words.idsOr(stage.ids.filter((other) => other !== id)));
  }

  #write(stage: Stage, words: Line): void {
    const at = words.id();
    const [key = '', value = ''] = words.next('key=value').split('=');
    const { mode, id, session, seq, token } = words.options(['mode', 'id', 'session', 'seq', 'token']);
    this.#writes++;
    const write = {
      id: writeId(id ?? `w${this.#writes}`),
      term: stage.status(at).term,
      command: { op: 'put', key, value: valueNamed(value) } as const,
      mode: oneOf(WRITE_MODES, mode ?? 'quorum'),
      session: session === undefined ? null : { session, seq: Number(seq ?? 1) },
      ...(token === undefined ? {} : { token: positionOf(token) }),
    };
    this.#clients.wrote(at, write);
    const appended = stage.step(at, { type: 'propose', writes: [write] });
    if (!this.#clients.isWaiting(write.id)) return;
    const { position } = stage.status(at);
    if (appended > 0) this.#teller.tell(`${write.id} waits: ${at} has appended it at ${position.term}:${position.lsn}`);
    else this.#teller.tell(`${write.id} waits: ${at} has it in its log`);
  }

  #read(stage: Stage, words: Line): void {
    const at = words.id();
    const key = words.next('a key');
    const { level, id, token } = words.options(['level', 'id', 'token']);
    this.#reads++;
    const read = {
      id: id ?? `r${this.#reads}`,
      key,
      level: oneOf(READ_LEVELS, level ?? 'any'),
      token: positionOf(token ?? '0:0'),
    };
    this.#clients.asked(read);
    stage.step(at, { type: 'read', read });
  }

  #crash(stage: Stage, id: ReplicaId): void {
    stage.crash(id);
    this.#teller.tell(...this.#clients.gone(id));
  }

  #retime(stage: Stage, words: Line): void {
    const tempo = oneOf(TEMPOS, words.next('a tempo'));
    const ids = words.idsOr(stage.ids);
    this.#teller.tell(describe({ n: 0, at: 0, what: { type: 'tempo', tempo } }));
    stage.retime(timingOf(tempo), ids);
  }
}

/** In bytes. Whoever keeps little log keeps no tail, and takes snapshots piece by piece. */
function limitsOf({ log, tail, part }: { log?: string; tail?: string; part?: string }): CompactionLimits {
  if (log === undefined) return COMPACTION;
  return { logBytes: Number(log), tailBytes: Number(tail ?? 0), partBytes: Number(part ?? 0) };
}

function startOf(words: Line): ReturnType<typeof recoveredFrom> {
  const log: number[] = [];
  for (let inTerm = words.countOr(0); inTerm > 0; inTerm = words.countOr(0)) log.push(inTerm);
  const { term, committed } = words.options(['term', 'committed']);
  const terms = term === undefined ? {} : { term: Number(term) };
  return recoveredFrom({ log, ...terms, committed: Number(committed ?? 0) });
}

function chosen(stage: Stage, words: Line): ReturnType<Stage['sitters']> {
  const ids = words.idsOr(stage.ids);
  return stage.sitters().filter(({ id }) => ids.includes(id));
}

function positionOf(text: string): Position {
  const position = parsePosition(text);
  if (!position) throw new Error(`no position: ${text}`);
  return position;
}

function oneOf<Item extends string>(items: readonly Item[], text: string): Item {
  const item = items.find((candidate) => candidate === text);
  if (item === undefined) throw new Error(`${text}: not one of ${items.join(', ')}`);
  return item;
}
