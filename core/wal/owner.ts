import { type Identity, WAL_VERSION, type WalRecord } from './codec.ts';

/** Whose log the first record of `file` says it is, if not ours, and what to do; null if it is ours or unreadable. */
export function foreignness(own: Identity, record: WalRecord | null, file: string): string | null {
  if (record?.type === 'other-version') {
    const { version } = record;
    return `${file} is of format version ${version}, this lockstep reads ${WAL_VERSION}. Use the one that wrote it.`;
  }
  if (record?.type !== 'identity') return null;
  if (record.cluster !== own.cluster) {
    return `${file} belongs to cluster ${record.cluster}, not to ${own.cluster}. Each cluster needs its own folder.`;
  }
  if (record.replica !== own.replica) {
    return `${file} belongs to replica ${record.replica}, not to ${own.replica}. Put the folders back in their places.`;
  }
  const [theirs, ours] = [members(record), members(own)];
  if (theirs === ours) return null;
  return `${file} belongs to a cluster of ${theirs}, not of ${ours}. Start it with the replicas it was created with.`;
}

const members = (identity: Identity): string => [...identity.members].sort().join(', ');
