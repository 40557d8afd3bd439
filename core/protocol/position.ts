/**
 * Names and numbers of replication, each a type of its own, so that a term is never passed where an LSN is meant.
 * They are parsed here, at the edge, and free inside.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Log sequence number: 1, 2, 3… one per entry. 0 stands for "before the first entry". */
export type Lsn = Branded<number, 'Lsn'>;
/** Election term: 1, 2, 3… at most one leader each. 0 stands for "before the first election". */
export type Term = Branded<number, 'Term'>;
/** Name of a replica, `n1` to `n9`. */
export type ReplicaId = Branded<string, 'ReplicaId'>;
/** Name of a write, given by whoever issued it. Unique within a cluster. */
export type WriteId = Branded<string, 'WriteId'>;

/**
 * Where an entry stands: the term in which it was written and its LSN. A bare LSN is not a position: after a failover
 * the same LSN can name another write.
 */
export interface Position {
  readonly term: Term;
  readonly lsn: Lsn;
}

/** A position as people and JSON see it: `term:lsn`, such as `2:17`. */
export type PositionText = `${number}:${number}`;

export const lsn = (value: number): Lsn => value as Lsn;
export const term = (value: number): Term => value as Term;
export const replicaId = (value: string): ReplicaId => value as ReplicaId;
export const writeId = (value: string): WriteId => value as WriteId;

/** The position before the first entry. */
export const ORIGIN: Position = { term: term(0), lsn: lsn(0) };

export const next = (value: Lsn): Lsn => lsn(value + 1);
export const previous = (value: Lsn): Lsn => lsn(value - 1);
export const minLsn = (a: Lsn, b: Lsn): Lsn => (a < b ? a : b);
export const maxLsn = (a: Lsn, b: Lsn): Lsn => (a > b ? a : b);

export const formatPosition = (position: Position): PositionText => `${position.term}:${position.lsn}`;

/**
 * The position that `text` names, or null if it names none: two whole numbers with a colon between, as in `2:17`. Only
 * in `0:0`, the origin, either may be 0.
 */
export function parsePosition(text: string): Position | null {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text);
  if (!match) return null;
  const position = { term: term(Number(match[1])), lsn: lsn(Number(match[2])) };
  return (position.term === 0) === (position.lsn === 0) ? position : null;
}

/**
 * Freshness, as votes compare it: the later last term wins, then the longer log (Ongaro & Ousterhout 2014, §5.4.1).
 * Negative if `a` is staler than `b`, 0 if they are equal, positive if it is fresher.
 */
export function compareFreshness(a: Position, b: Position): number {
  return a.term - b.term || a.lsn - b.lsn;
}
