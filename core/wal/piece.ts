import type { Branch } from '../protocol/lineage.ts';
import { lsn, term } from '../protocol/position.ts';
import { SESSION_WINDOW } from '../protocol/sessions.ts';
import {
  BRANCHES_MAX,
  type SealedPiece,
  type SealPiece,
  type SessionWrite,
  type SnapshotPiece,
} from '../protocol/snapshot.ts';
import { fits, isCount, isName, isSeq, KEY_BYTES_MAX, VALUE_BYTES_MAX } from './codec.ts';
import { utf8Bytes } from './crc32.ts';
import { scanKeyLine } from './key-line.ts';
import { type Fields, fieldsOf, isSealed, quoted, SEAL_BYTES, sealLine } from './line.ts';

/** Encodes a piece, once. As with entries, what it seals `parsePiece` takes, and the rest throws a RangeError here. */
export const sealPiece: SealPiece = (piece) => {
  if (!isSound(piece)) throw new RangeError(`piece of a snapshot out of bounds: ${describe(piece)}`);
  const head = headOf(piece);
  return { piece, line: sealLine(head), bytes: utf8Bytes(head) + SEAL_BYTES + 1 };
};

/** The piece that `line` (without its newline) encodes, or null if it encodes none. Never throws; keeps the line. */
export function parsePiece(line: string): SealedPiece | null {
  if (!isSealed(line)) return null;
  const sealed = scanKeyLine(line) ?? readAny(line);
  return sealed && isSound(sealed.piece) ? sealed : null;
}

function readAny(line: string): SealedPiece | null {
  const fields = fieldsOf(line);
  const piece = fields && toPiece(fields);
  return piece && { piece, line, bytes: utf8Bytes(line) + 1 };
}

function headOf(piece: SnapshotPiece): string {
  switch (piece.type) {
    case 'branches': {
      const branches = piece.branches.map(({ term, firstLsn }) => `{"term":${term},"firstLsn":${firstLsn}}`);
      return `{"type":"branches","branches":[${branches}],`;
    }
    case 'key':
      return `{"type":"key","key":${quoted(piece.key)},"value":${quoted(piece.value)},"lsn":${piece.lsn},`;
    case 'session': {
      const { session, floorSeq, lastLsn, writes } = piece;
      const numbers = `"floorSeq":${floorSeq},"lastLsn":${lastLsn}`;
      return `{"type":"session","session":${quoted(session)},${numbers},"writes":${JSON.stringify(writes)},`;
    }
    case 'forgotten':
      return `{"type":"forgotten","lsn":${piece.lsn},`;
    default:
      return piece satisfies never;
  }
}

/** Every field is picked and its type looked at; what the numbers and names may be is `isSound`'s to say. */
function toPiece(fields: Fields): SnapshotPiece | null {
  const { type, branches, key, value, session, floorSeq, writes } = fields;
  const [at, lastLsn] = [number(fields.lsn), number(fields.lastLsn)];
  switch (type) {
    case 'branches': {
      if (!Array.isArray(branches)) return null;
      const all = branches.map(toBranch);
      return all.every((branch) => branch !== null) ? { type, branches: all } : null;
    }
    case 'key':
      return typeof key === 'string' && typeof value === 'string' ? { type, key, value, lsn: lsn(at) } : null;
    case 'session':
      if (typeof session !== 'string' || typeof floorSeq !== 'number') return null;
      if (!Array.isArray(writes) || !writes.every(isWrite)) return null;
      return { type, session, floorSeq, lastLsn: lsn(lastLsn), writes };
    case 'forgotten':
      return { type, lsn: lsn(at) };
    default:
      return null;
  }
}

/** What is none is in no bounds. */
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

function toBranch(value: unknown): Branch | null {
  if (typeof value !== 'object' || value === null) return null;
  const { term: of, firstLsn } = value as Fields;
  return typeof of === 'number' && typeof firstLsn === 'number' ? { term: term(of), firstLsn: lsn(firstLsn) } : null;
}

const isWrite = (value: unknown): value is SessionWrite =>
  Array.isArray(value) && value.length === 3 && isSeq(value[0]) && isCount(value[1], 1) && isFingerprint(value[2]);

const isFingerprint = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** What both ends demand of a piece, beyond the types of its fields. */
function isSound(piece: SnapshotPiece): boolean {
  switch (piece.type) {
    case 'branches':
      return (
        piece.branches.length <= BRANCHES_MAX &&
        piece.branches.every(({ term, firstLsn }) => isCount(term, 1) && isCount(firstLsn, 1))
      );
    case 'key':
      return fits(piece.key, KEY_BYTES_MAX) && fits(piece.value, VALUE_BYTES_MAX) && isCount(piece.lsn, 1);
    case 'session': {
      const { session, floorSeq, lastLsn, writes } = piece;
      const isCounted = (floorSeq === 0 || isSeq(floorSeq)) && isCount(lastLsn, 1);
      return isName(session) && isCounted && writes.length <= SESSION_WINDOW && writes.every(isWrite);
    }
    case 'forgotten':
      return isCount(piece.lsn, 1);
    default:
      return piece satisfies never;
  }
}

/** Its facts without its contents. */
function describe(piece: SnapshotPiece): string {
  switch (piece.type) {
    case 'branches':
      return `${piece.branches.length} branches`;
    case 'key':
      return `key of ${utf8Bytes(piece.key)} bytes, value of ${utf8Bytes(piece.value)} bytes, LSN ${piece.lsn}`;
    case 'session': {
      const { session, floorSeq, lastLsn, writes } = piece;
      return `session of ${utf8Bytes(session)} bytes, ${writes.length} writes above ${floorSeq}, to LSN ${lastLsn}`;
    }
    case 'forgotten':
      return `sessions forgotten at ${piece.lsn}`;
    default:
      return piece satisfies never;
  }
}
