import type { LedgerChange } from '../../../core/observe/ledger.ts';
import { formatPosition, type Position, parsePosition, replicaId, writeId } from '../../../core/protocol/position.ts';
import type { ReadReply, WriteReply } from '../../../core/protocol/requests.ts';
import { timingOf } from '../../../core/protocol/timing.ts';
import type { ReplicaRequest } from '../../../core/routing/fleet.ts';
import type { ReadAsk } from '../../../core/routing/reads.ts';
import { RoutingTier } from '../../../core/routing/tier.ts';
import type { WriteAsk } from '../../../core/routing/writes.ts';
import { FakeClock } from './fake-clock.ts';
import { statusOf } from './replica-view.ts';

/** As often as it looks for what is due, in ms. */
const EXPIRE_MS = 20;

export const at = (text: string): Position => {
  const position = parsePosition(text);
  if (position === null) throw new Error(`no position: ${text}`);
  return position;
};

/** A routing tier of three replicas, whose lines are this test's. `heard`: all that it answered and told, in order. */
export class Tier {
  readonly clock = new FakeClock();
  readonly heard: string[] = [];
  /** What was sent to whom, as in `n1 write w1`. */
  readonly sent: string[] = [];
  readonly requests: ReplicaRequest[] = [];
  /** Whose line does not stand. */
  readonly cut = new Set<string>();
  /** Whose line takes nothing more for now. */
  readonly full = new Set<string>();
  readonly tier = new RoutingTier({
    clock: this.clock,
    members: ['n1', 'n2', 'n3'].map(replicaId),
    timing: timingOf('normal'),
    prefix: '',
    expireMs: EXPIRE_MS,
    lineTo: (id) => this.#lineTo(id),
    onChange: ({ type, write }: LedgerChange) => this.heard.push(`${write.id} ${type} ${write.fate}`),
  });

  /** Replicas say how they are, as `statusOf` takes it. */
  told(...rows: string[]): this {
    for (const row of rows) {
      const status = statusOf(row);
      this.tier.onStatus(status.id, status);
    }
    return this;
  }

  write(ask: Partial<WriteAsk> = {}): this {
    const command = { op: 'put', key: 'k', value: 'v' } as const;
    this.tier.write({ command, mode: 'quorum', session: null, token: null, ...ask }, (answer) => {
      const { id, outcome, error, position, replaces } = answer;
      this.heard.push(words(id, outcome, error?.code, position, replaces && `for ${formatPosition(replaces)}`));
    });
    return this;
  }

  read(ask: Partial<ReadAsk> = {}): this {
    const { token = null } = ask;
    this.tier.read(
      { key: 'k', level: token ? 'token' : 'any', from: 'anyone', timeoutMs: 100, ...ask, token },
      (answer) => {
        const { error, value, servedBy, position, token: carried } = answer;
        const back = carried && `carry ${formatPosition(carried)}`;
        this.heard.push(
          words('read', error?.code, value, servedBy && `by ${servedBy}`, position && 'at', position, back),
        );
      },
    );
    return this;
  }

  /** A leader answers a write: `ok 1:2`, `rejected not-leader`, `unknown 1:2 stepped-down`. */
  answers(id: string, text: string): this {
    const [outcome, ...rest] = text.split(' ');
    const base = { type: 'write', id: writeId(id), message: '', durableOn: [] };
    const more =
      outcome === 'rejected' ? { code: rest[0] } : { position: at(rest[0] ?? ''), ...(rest[1] && { code: rest[1] }) };
    this.tier.onReply(replicaId('n1'), { ...base, outcome, ...more } as WriteReply);
    return this;
  }

  /** A replica serves a read, or not: `ok v 1:2`, `failed not-here 1:2`. */
  serves(from: string, id: string, text: string): this {
    const [outcome, what, position = ''] = text.split(' ');
    const reply =
      outcome === 'ok'
        ? { outcome, value: what, position: at(position), committed: true }
        : { outcome, code: what, message: 'it is so', committed: at(position) };
    this.tier.onReply(replicaId(from), { type: 'read', id, ...reply } as ReadReply);
    return this;
  }

  /** The line to a replica breaks; it is there again at once, or stays cut. */
  lost(id: string, staysCut = false): this {
    if (staysCut) this.cut.add(id);
    this.tier.onLost(replicaId(id));
    return this;
  }

  /** The line to a replica takes nothing more. */
  fill(id: string): this {
    this.full.add(id);
    return this;
  }

  pass(ms: number): this {
    this.clock.pass(ms);
    return this;
  }

  #lineTo(id: string) {
    const { cut, full, sent, requests } = this;
    return {
      get isConnected() {
        return !cut.has(id);
      },
      send: (request: ReplicaRequest) => {
        if (cut.has(id) || full.has(id)) return false;
        requests.push(request);
        sent.push(`${id} ${nameOf(request)}`);
        return true;
      },
    };
  }
}

function nameOf(request: ReplicaRequest): string {
  switch (request.type) {
    case 'write':
      return `write ${request.write.id} in ${request.write.term}`;
    case 'read':
      return `read ${request.read.id}`;
    case 'locate':
      return `locate ${request.locate.writes.map(({ id }) => id).join(' ')} of ${request.locate.term}`;
    default:
      throw new Error(`no such request: ${request satisfies never}`);
  }
}

const words = (...all: readonly (string | Position | null | undefined)[]): string =>
  all.flatMap((word) => (word ? [typeof word === 'string' ? word : formatPosition(word)] : [])).join(' ');
