import type { Mutant } from './mutant.ts';
import { SPLITS } from './weather.ts';

/** What clients are promised: acknowledgements, reads, retries, fates. */
export const ofClients: readonly Mutant[] = [
  {
    number: 17,
    name: 'sync degrades silently',
    edits: [
      {
        file: 'core/protocol/writes.ts',
        find: 'sync: minLsn(core.committedLsn, durableOnAll(core, leadership)),',
        replace: 'sync: core.committedLsn,',
      },
    ],
    seeds: { budget: 100, by: ['sync-ack'] },
    script: { name: '10-write-sync', tells: 'w1: ok at 1:2, durable on n1, n2' },
  },
  {
    number: 18,
    name: 'ack before commit under quorum',
    edits: [
      {
        file: 'core/protocol/writes.ts',
        find: 'quorum: core.committedLsn,',
        replace: 'quorum: core.durableLsn,',
      },
    ],
    seeds: { budget: 100, by: ['quorum-ack'] },
  },
  {
    number: 19,
    name: 'token without term',
    edits: [
      {
        file: 'core/protocol/reads.ts',
        find: 'if (log.holds(token) && token.lsn <= heldEnd(core))',
        replace: 'if (token.lsn <= heldEnd(core))',
      },
      {
        file: 'core/routing/held.ts',
        find: 'holds(status.lineage, heldEnd(status).lsn, token);',
        replace: 'token.lsn <= heldEnd(status).lsn;',
      },
    ],
    seeds: { budget: 300, weather: SPLITS, by: ['token-read'] },
    script: { name: '18-token', tells: 'r5: k=1, as of 2:3, committed' },
  },
  {
    number: 23,
    name: 'read index served without quorum confirmation',
    edits: [
      {
        file: 'core/protocol/reads.ts',
        find: 'waiting.round <= answered && waiting.index <= core.committedLsn',
        replace: 'waiting.index <= core.committedLsn',
      },
    ],
    seeds: { budget: 100, by: ['linearizable'] },
    script: { name: '19-linearizable', tells: 'r1: k=old, as of 1:2, committed' },
  },
  {
    number: 24,
    name: 'retry applied twice',
    edits: [
      {
        file: 'core/protocol/writes.ts',
        find: "return typeof found === 'object' ? found.lsn : null;",
        replace: 'return null;',
      },
    ],
    seeds: { budget: 100, by: ['applied-once'] },
    script: { name: '20-retry', tells: 'w1-again: ok at 1:3, durable on n1, n2' },
  },
  {
    number: 26,
    name: "read index before a commit in one's own term",
    edits: [
      {
        file: 'core/protocol/reads.ts',
        find: 'if (leadership.reads.length === 0 || core.committedLsn < leadership.firstLsn) return;',
        replace: 'if (leadership.reads.length === 0) return;',
      },
    ],
    seeds: { budget: 300, weather: SPLITS, by: ['linearizable', 'guarantees'] },
    script: { name: '19-linearizable', tells: 'r5: no k, as of 1:1, committed' },
  },
  {
    number: 27,
    name: 'a heartbeat round older than the read counted for it',
    edits: [
      {
        file: 'core/protocol/reads.ts',
        find: 'round: leadership.round + 1,',
        replace: 'round: leadership.round,',
      },
    ],
    seeds: { budget: 100, by: ['linearizable'] },
    script: { name: '19-linearizable', tells: 'r1: k=old, as of 1:2, committed' },
  },
  {
    number: 28,
    name: 'session table not rolled back',
    edits: [
      {
        file: 'core/protocol/core.ts',
        find: '      this.sessions.revert(entry);\n',
        replace: '',
      },
    ],
    seeds: { budget: 300, weather: SPLITS, by: ['acknowledged', 'retry', 'located', 'no entry at'] },
    script: { name: '21-retry-lost', tells: 'w1-again: ok at 2:2, durable on n1, n2, n3; it replaces 1:2' },
  },
  {
    number: 31,
    name: '`lost` declared while still pending',
    edits: [
      {
        file: 'core/protocol/lineage.ts',
        find: 'return position.term < termAt(lineage, committedLsn)',
        replace: 'return position.term < (lineage.at(-1)?.term ?? 0)',
      },
    ],
    seeds: { budget: 100, by: ['rolled-back', 'ledger'] },
    script: { name: '18-token', tells: 'r4: failed, rolled-back' },
  },
];
