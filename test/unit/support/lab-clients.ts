import { WRITE_MODES, type WriteMode } from '../../../core/protocol/entry.ts';
import { formatPosition, type ReplicaId } from '../../../core/protocol/position.ts';
import { type Random, seededRandom } from '../../../core/protocol/random.ts';
import { READ_LEVELS } from '../../../core/protocol/requests.ts';
import type { Lab, WriteOptions } from './lab.ts';
import { oneOf, pick } from './lab-draw.ts';

type Write = WriteOptions & { readonly mode: WriteMode };

interface Client {
  token: string;
  seq: number;
  /** The read it sent last that raises its token; null: none yet. */
  read: string | null;
  /** What it wrote last in its session, to be tried again. */
  last: Write | null;
}

interface Sent {
  readonly id: string;
  readonly term: number;
  readonly session?: string;
  readonly seq?: number;
}

const CLIENTS = 3;
const KEYS = 3;

/** Clients that write, retry, read with their tokens and ask after lost writes, at random. */
export class LabClients {
  readonly #lab: Lab;
  readonly #random: Random;
  readonly #modes: readonly WriteMode[];
  readonly #clients: readonly Client[];
  readonly #sent: Sent[] = [];

  constructor(lab: Lab, seed: number) {
    this.#lab = lab;
    this.#random = seededRandom(seed);
    this.#modes = this.#chance(0.5) ? WRITE_MODES : [WRITE_MODES[pick(this.#random, 3)] as WriteMode];
    this.#clients = Array.from({ length: CLIENTS }, () => ({ token: '0:0', seq: 0, read: null, last: null }));
  }

  /** A few writes, as a rule to a leader, which may be a deposed one that does not know it yet. */
  write(): void {
    const at = this.#someLeader();
    if (!at) return;
    const writes = Array.from({ length: 1 + pick(this.#random, 3) }, () => this.#nextWrite(at));
    const ids = this.#lab.writeAll(writes);
    for (const [index, id] of ids.entries()) {
      const { session, seq, term = this.#lab.status(at).term } = writes[index] as Write;
      this.#sent.push({ id, term, ...(session === undefined || seq === undefined ? {} : { session, seq }) });
    }
  }

  /** A read anywhere: with its own token, which its last read raised, or with that of some write. */
  read(): void {
    const client = oneOf(this.#random, this.#clients) as Client;
    const level = oneOf(this.#random, READ_LEVELS) ?? 'any';
    this.#raiseToken(client);
    const at = level === 'linearizable' ? this.#someLeader() : this.#someone();
    if (!at) return;
    const token = this.#chance(0.5) ? client.token : this.#someToken();
    const id = this.#lab.read(level, { at, key: this.#key(), token });
    if (level !== 'any') client.read = id;
  }

  /** Asks what became of the writes that some term's leader was sent. */
  locate(): void {
    const at = this.#someLeader();
    const sent = oneOf(this.#random, this.#sent);
    if (!at || !sent) return;
    const writes = this.#sent.filter((write) => write.term === sent.term).slice(-20);
    this.#lab.locate(at, sent.term, writes);
  }

  #nextWrite(at: ReplicaId): Write {
    const index = pick(this.#random, CLIENTS);
    const client = this.#clients[index] as Client;
    this.#raiseToken(client);
    const mode = oneOf(this.#random, this.#modes) ?? 'quorum';
    const chance = this.#random.between(0, 1);
    if (client.last && chance < 0.22) return { ...client.last, at, mode };
    if (client.last && chance < 0.25) return { ...client.last, at, mode, value: 'another' };
    const token = this.#chance(0.3) ? { token: client.token } : {};
    const content = {
      at,
      mode,
      key: this.#key(),
      value: `v${this.#sent.length}`,
      deletes: this.#chance(0.15),
      ...token,
    };
    if (chance < 0.3) return { ...content, term: Math.max(1, this.#lab.status(at).term - 1) };
    if (chance < 0.6) return content;
    client.seq++;
    client.last = { ...content, session: `s${index}`, seq: client.seq };
    return client.last;
  }

  #raiseToken(client: Client): void {
    const reply = client.read === null ? undefined : this.#lab.replies.get(client.read);
    if (reply?.type !== 'read') return;
    if (reply.outcome === 'ok') client.token = formatPosition(reply.position);
    else if (reply.code === 'rolled-back') client.token = formatPosition(reply.committed);
  }

  /** The position of some write, acknowledged or not; it may be rolled back since. */
  #someToken(): string {
    const sent = oneOf(this.#random, this.#sent.slice(-20));
    const reply = sent && this.#lab.replies.get(sent.id);
    return reply?.type === 'write' && reply.outcome !== 'rejected' ? formatPosition(reply.position) : '0:0';
  }

  #someLeader(): ReplicaId | undefined {
    const leaders = this.#lab.ids.filter((id) => this.#lab.isRunning(id) && this.#lab.status(id).role === 'leader');
    return this.#chance(0.95) ? (oneOf(this.#random, leaders) ?? this.#someone()) : this.#someone();
  }

  #someone(): ReplicaId | undefined {
    return oneOf(
      this.#random,
      this.#lab.ids.filter((id) => this.#lab.isRunning(id)),
    );
  }

  #key(): string {
    return `k${pick(this.#random, KEYS)}`;
  }

  #chance(of: number): boolean {
    return this.#random.between(0, 1) < of;
  }
}
