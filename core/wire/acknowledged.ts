import {
  type Lsn,
  lsn,
  type ReplicaId,
  replicaId,
  type Term,
  term,
  type WriteId,
  writeId,
} from '../protocol/position.ts';
import type { WriteAcknowledged } from '../protocol/requests.ts';
import { quoted } from '../wal/line.ts';
import { LineScan } from '../wal/line-scan.ts';

/** Writes that were acknowledged one after the other, of which all but their ids and LSNs is the same. */
export interface Acknowledged {
  readonly type: 'acknowledged';
  readonly term: Term;
  readonly durableOn: readonly ReplicaId[];
  /** Id, LSN, id, LSN, and so on. */
  readonly writes: readonly (WriteId | Lsn)[];
}

/** The answers that a message stands for, in their order. */
export function* acknowledgedIn({ term, durableOn, writes }: Acknowledged): Generator<WriteAcknowledged> {
  for (let i = 0; i < writes.length; i += 2) {
    const position = { term, lsn: writes[i + 1] as Lsn };
    yield { type: 'write', id: writes[i] as WriteId, outcome: 'ok', position, durableOn };
  }
}

export function encodeAcknowledged({ type, term, durableOn, writes }: Acknowledged): string {
  let line = `{"type":"${type}","term":${term},"durableOn":${JSON.stringify(durableOn)},"writes":[`;
  for (let i = 0; i < writes.length; i += 2) {
    line += `${i > 0 ? ',' : ''}${quoted(writes[i] as WriteId)},${writes[i + 1]}`;
  }
  return `${line}]}`;
}

/** The message, if `line` is one as `encodeAcknowledged` makes it; else null. */
export function readAcknowledged(line: string): Acknowledged | null {
  if (!line.startsWith(BEGINNING)) return null;
  const scan = new LineScan(line, BEGINNING.length);
  const ofTerm = scan.number();
  if (ofTerm === null || !scan.takes(',"durableOn":[')) return null;
  const durableOn: ReplicaId[] = [];
  while (scan.takes(durableOn.length > 0 ? ',"' : '"')) {
    const member = scan.text();
    if (member === null) return null;
    durableOn.push(replicaId(member));
  }
  if (!scan.takes('],"writes":[')) return null;
  const writes: (WriteId | Lsn)[] = [];
  while (scan.takes(writes.length > 0 ? ',"' : '"')) {
    const id = scan.text();
    const at = id !== null && scan.takes(',') ? scan.number() : null;
    if (id === null || at === null) return null;
    writes.push(writeId(id), lsn(at));
  }
  return scan.takes(']}') && scan.left === 0 ? { type: 'acknowledged', term: term(ofTerm), durableOn, writes } : null;
}

const BEGINNING = '{"type":"acknowledged","term":';
