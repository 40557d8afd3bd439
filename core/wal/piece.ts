import type { SealedPiece, SnapshotPiece } from '../protocol/snapshot.ts';
import { utf8Bytes } from './crc32.ts';
import { openLine, sealLine } from './line.ts';

export const sealPiece = (piece: SnapshotPiece): SealedPiece => {
  const line = sealLine(`{"type":"piece","piece":${JSON.stringify(piece)},`);
  return { piece, line, bytes: utf8Bytes(line) + 1 };
};
export function parsePiece(line: string): SealedPiece | null {
  const fields = openLine(line);
  return fields ? { piece: fields.piece as SnapshotPiece, line, bytes: utf8Bytes(line) + 1 } : null;
}
