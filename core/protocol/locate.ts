import type { Core } from './core.ts';
import { type Lsn, lsn, maxLsn, next, type WriteId } from './position.ts';
import type { LocateRequest } from './requests.ts';

/**
 * Says which writes that a leader of `term` was sent are in this leader's log. Those that are not never will be: if the
 * term is an earlier one, this leader has committed in a later, which excludes every entry of the earlier that is not
 * here; if it is this leader's own, they were sent before this question, and would be here. (So whoever asks must ask
 * on the connection they went by, or on one that has replaced it.)
 */
export function onLocate(core: Core, { id, term, after, writes }: LocateRequest): void {
  const { leadership } = core;
  const settled = leadership !== null && core.committedLsn >= leadership.firstLsn && core.term >= term;
  if (!settled) return core.out.reply({ type: 'locate', id, settled: false, complete: true, found: [] });

  const wanted = new Set(writes.map((write) => write.id));
  const found = new Map<WriteId, Lsn>();
  for (const { id: write, session } of writes) {
    const at = session ? core.sessions.find(session.session, session.seq) : 'new';
    // In a later term it is another write: the retry that replaced this one, say.
    if (typeof at === 'object' && core.log.positionAt(at.lsn).term <= term) found.set(write, at.lsn);
  }
  const branches = core.log.lineage;
  const index = branches.findIndex((branch) => branch.term === term);
  let complete = true;
  if (index >= 0) {
    const firstLeft = next(core.log.base.lsn);
    const first = maxLsn(branches[index]?.firstLsn ?? firstLeft, next(after));
    const end = branches[index + 1]?.firstLsn ?? next(core.log.lastLsn);
    complete = first >= firstLeft;
    for (let at = maxLsn(first, firstLeft); at < end; at = next(at)) {
      const entry = core.log.entry(at);
      if (entry.id !== null && wanted.has(entry.id)) found.set(entry.id, lsn(at));
    }
  }
  const list = [...found].map(([write, at]) => ({ id: write, position: core.log.positionAt(at) }));
  core.out.reply({ type: 'locate', id, settled: true, complete, found: list });
}
