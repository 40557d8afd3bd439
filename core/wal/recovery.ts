import { COMPACTION } from '../protocol/compaction.ts';
import { type Bad, Chain, corrupt, endBefore, nothingBefore } from './chain.ts';
import type { Identity } from './codec.ts';
import type { StartUpDisk } from './disk.ts';
import { segmentBase, segmentFile, snapshotFile, snapshotLsn } from './files.ts';
import type { Replay } from './replay.ts';
import { firstNeeded } from './segments.ts';
import { damaged, readSnapshot, type StoredSnapshot } from './snapshot-file.ts';
import type { Corrupt, Cut, Repair, Verdict } from './verdict.ts';

/** What a verdict is made from. Files are read one after the other, and let go of, but for the last, which is read first. */
export type StoredFiles = Pick<StartUpDisk, 'list' | 'read'>;

/**
 * The verdict on a log, from all its files.
 *
 * The segments that count begin with LSN 1, or with the last one before which a snapshot has everything. What is before
 * that one is a leftover, whose removal a crash has undone, and may have gaps.
 *
 * In them, the first record that is invalid, or not what should follow, decides. Below an offset that any readable
 * record, before it or after it, names as durable, it is damage. So it is anywhere if the record itself is intact: a
 * write that tears leaves no whole record where another belongs. Else it is a torn write, and everything from there on
 * goes, even if valid records follow: pages reach the disk in any order.
 *
 * The newest snapshot counts. One that came from the leader, and has no mark in the log yet, does not: the crash
 * came between the two, and the log is what it was before. Nor does any, damaged or not, of a log in whose place this one
 * was begun.
 */
export function recover(own: Identity, files: StoredFiles, tailBytes = COMPACTION.tailBytes): Verdict {
  const names = files.list();
  const segments = names.flatMap((name) => segmentBase(name) ?? []).sort((a, b) => a - b);
  const snapshots = names.flatMap((name) => snapshotLsn(name) ?? []).sort((a, b) => b - a);
  let durable = 0;
  let damage: Corrupt | null = null;
  for (const at of [...snapshots, null]) {
    const snapshot = at === null ? null : readSnapshot(own, at, files.read(snapshotFile(at)));
    if (snapshot?.verdict === 'foreign') return snapshot;
    if (snapshot?.verdict === 'corrupt') {
      damage ??= snapshot;
      continue;
    }
    durable = Math.max(durable, snapshot?.durable ?? 0);
    const verdict = judge(own, files, segments, snapshot, durable, tailBytes);
    if (verdict === 'void') continue;
    const isRebuilt = verdict.verdict === 'ok' && verdict.isRebuilt;
    return damage && !isRebuilt ? damage : withLeftovers(verdict, names);
  }
  throw new Error('no snapshot at all, and it does not count');
}

/** `void`: this snapshot does not count. `durable`: up to here the log was, say the snapshots. */
function judge(
  own: Identity,
  files: StoredFiles,
  segments: readonly number[],
  snapshot: StoredSnapshot | null,
  durable: number,
  tailBytes: number,
): Verdict | 'void' {
  const last = segments.at(-1);
  const lastBytes = last === undefined ? new Uint8Array() : files.read(segmentFile(last));
  const tailFrom = (last ?? 0) + lastBytes.length - tailBytes;
  let chain = new Chain(snapshot, null, durable, tailFrom);
  for (const base of segments) {
    const bytes = base === last ? lastBytes : files.read(segmentFile(base));
    const after = snapshot && endBefore(bytes);
    if (after && after.lsn <= snapshot.position.lsn) {
      chain = new Chain(snapshot, null, durable, tailFrom);
    } else if (base > chain.stop) {
      const before: Bad | null = chain.before ?? chain.bad ?? chain.endsBefore(base);
      chain = new Chain(snapshot, before, durable, tailFrom);
    }
    const foreign: string | null = chain.read(own, base, bytes);
    if (foreign !== null) return { verdict: 'foreign', message: foreign };
  }
  return conclude(chain, snapshot);
}

function conclude(chain: Chain, snapshot: StoredSnapshot | null): Verdict | 'void' {
  const { replay, bad, before, sizes } = chain;
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last) return snapshot ? corrupt(chain.endsEarly()) : { verdict: 'empty', cut: null, repairs: [] };
  if (first.base > 0) {
    // If a snapshot has what was before it, its opening was durable before that went.
    const opening = bad?.base === first.base && bad.line <= 2 ? bad : null;
    if (opening || !isCovered(replay, snapshot)) {
      return corrupt(before ?? (snapshot && opening) ?? nothingBefore(first.base));
    }
  }
  if (bad && (bad.damage || bad.base !== last.base)) return corrupt(bad);
  // A segment is not there before its identity and its hard state are.
  const isUnmade = bad !== null && bad.line <= 2;
  const end = isUnmade ? last.base : chain.end;
  if (end < chain.durable) return corrupt(bad ?? chain.endsEarly());
  if (snapshot && replay.isRebuilt && snapshot.durable < first.base) return 'void';
  if (snapshot && !replay.holdsSnapshot) {
    if (snapshot.installs && !replay.isMarked) return 'void';
    const { term, lsn } = snapshot.position;
    return damaged(snapshotFile(lsn), 2, lsn, `the position ${term}:${lsn}, which the log does not hold,`);
  }
  return sound(chain, end, snapshot, isUnmade);
}

/** Whether nothing that counts is missing before the first segment. */
function isCovered({ segments, isRebuilt }: Replay, snapshot: StoredSnapshot | null): boolean {
  const start = segments[0];
  return isRebuilt || (start !== undefined && snapshot !== null && start.after.lsn <= snapshot.position.lsn);
}

function sound(chain: Chain, end: number, snapshot: StoredSnapshot | null, isUnmade: boolean): Verdict {
  const { replay, bad, sizes } = chain;
  const last = sizes.at(-1) as Chain['sizes'][number];
  const file = segmentFile(last.base);
  const repairs: Repair[] = [];
  let cut: Cut | null = null;
  if (bad) {
    const size = end - last.base;
    cut = { file, line: bad.line, lsn: bad.lsn, offset: end, bytes: last.bytes - size };
    repairs.push(isUnmade ? { type: 'remove', file } : { type: 'truncate', file, size });
  }
  const segments = replay.segments.slice(0, isUnmade ? sizes.length - 1 : sizes.length);
  if (segments.length === 0) return { verdict: 'empty', cut, repairs };
  const { hardState, kept } = replay;
  const { durable } = chain;
  if (durable < end) {
    const bytes = chain.bytes.subarray(durable - last.base, end - last.base);
    repairs.push({ type: 'rewrite', file, at: durable - last.base, bytes });
  }
  const needed = snapshot ? segments.slice(firstNeeded(segments, snapshot.position.lsn)) : segments;
  const image = snapshot && { position: snapshot.position, pieces: snapshot.pieces };
  return {
    verdict: 'ok',
    hardState,
    snapshot: image,
    prefix: kept.prefix,
    entries: kept.entries,
    durable,
    end,
    segments: needed,
    cut,
    repairs,
    leftovers: [],
    isRebuilt: replay.isRebuilt,
  };
}

/** All other files are of no use any more. Those of an empty log are none of its own. */
function withLeftovers(verdict: Verdict, names: readonly string[]): Verdict {
  if (verdict.verdict !== 'ok') return verdict;
  const { segments, snapshot, repairs } = verdict;
  const used = new Set(segments.map(({ base }) => segmentFile(base)));
  if (snapshot) used.add(snapshotFile(snapshot.position.lsn));
  for (const repair of repairs) used.add(repair.file);
  return { ...verdict, leftovers: names.filter((name) => !used.has(name)) };
}
