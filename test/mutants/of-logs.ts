import type { Mutant } from './mutant.ts';
import { LATE, SPLITS, TORN } from './weather.ts';

/** What stands in the logs and on the disks, and what is committed. */
export const ofLogs: readonly Mutant[] = [
  {
    number: 1,
    name: 'commit old-term entries by counting',
    edits: [
      {
        file: 'core/protocol/leader.ts',
        find: 'if (reached > core.committedLsn && core.log.positionAt(reached).term === core.term) core',
        replace: 'if (reached > core.committedLsn) core',
      },
    ],
    seeds: { budget: 100, by: ['own-term-commit'] },
    script: { name: '14-figure-8', tells: 'n1 commits up to 2:3' },
  },
  {
    number: 5,
    name: 'append ack before fsync',
    edits: [
      {
        file: 'core/protocol/follower.ts',
        find: `    durableLsn: minLsn(core.durableLsn, core.matchedLsn),
    counts: core.caughtUp,`,
        replace: `    durableLsn: core.matchedLsn,
    counts: core.caughtUp,`,
      },
      {
        file: 'core/protocol/follower.ts',
        find: 'if (!first) accept(core, from);',
        replace: 'accept(core, from);',
      },
    ],
    seeds: { budget: 100, by: ['ack-not-durable'] },
    script: { name: '11-ack-on-disk', tells: 'w1: ok at 1:2, durable on n1, n2' },
  },
  {
    number: 6,
    name: 'leader counts its own unsynced entry',
    edits: [
      {
        file: 'core/protocol/reached.ts',
        find: 'reachedByQuorum([core.durableLsn, ...each(leadership, counted)])',
        replace: 'reachedByQuorum([core.log.lastLsn, ...each(leadership, counted)])',
      },
    ],
    seeds: { budget: 100, by: ['commit-durable', 'told-durable'] },
    script: { name: '08-write-quorum', tells: 'w1: ok at 1:2, durable on n2' },
  },
  {
    number: 7,
    name: 'no CRC on a torn tail',
    edits: [
      {
        file: 'core/wal/line.ts',
        find: 'if (bytes[at + i] !== expected) return false;',
        replace: 'if (bytes[at + i] !== expected) return true;',
      },
    ],
    seeds: { budget: 300, weather: TORN, by: ['log-matching', 'recovery'] },
  },
  {
    number: 8,
    name: 'rot in mid-log treated as a torn tail',
    edits: [
      {
        file: 'core/wal/recovery.ts',
        find: 'if (bad && (bad.damage || bad.base !== last.base)) return corrupt(bad);',
        replace: 'if (bad && bad.base !== last.base) return corrupt(bad);',
      },
      {
        file: 'core/wal/recovery.ts',
        find: 'if (end < chain.durable) return corrupt(bad ?? chain.endsEarly());',
        replace: '',
      },
    ],
    seeds: { budget: 100, by: ['recovery'] },
  },
  {
    number: 9,
    name: 'fsync retried after EIO',
    edits: [
      {
        file: 'core/wal/patient-disk.ts',
        find: 'this.#disk.sync(file, this.#orFail(then));',
        replace: `this.#disk.sync(file, (error) => {
      if (error) this.#disk.sync(file, this.#orFail(then));
      else this.#orFail(then)(null);
    });`,
      },
    ],
    seeds: { budget: 100, by: ['disk-failed'] },
  },
  {
    number: 11,
    name: 'no prev-term check',
    edits: [
      {
        file: 'core/protocol/follower.ts',
        find: 'if (!log.holds(append.prev)) {',
        replace: 'if (append.prev.lsn > log.lastLsn) {',
      },
    ],
    seeds: { budget: 100, weather: SPLITS, by: ['log-matching', 'committed', 'match'] },
    script: { name: '13-figure-7', tells: 'n7 drops 1 entry (3:11)' },
  },
  {
    number: 12,
    name: 'truncate on every append',
    edits: [
      {
        file: 'core/protocol/follower.ts',
        find: 'const news = append.entries.filter((entry) => !log.holds(entry));',
        replace: 'const news = append.entries.filter((entry) => entry.lsn > core.committedLsn);',
      },
    ],
    seeds: { budget: 100, by: ['committed-truncated', 'match'] },
  },
  {
    number: 13,
    name: 'commit = leaderCommit without min',
    edits: [
      {
        file: 'core/protocol/follower.ts',
        find: 'core.commitUpTo(minLsn(core.leaderCommittedLsn, minLsn(core.matchedLsn, core.durableLsn)));',
        replace: 'core.commitUpTo(minLsn(core.leaderCommittedLsn, core.log.lastLsn));',
      },
    ],
    seeds: { budget: 100, by: ['durable', 'committed'] },
  },
  {
    number: 20,
    name: 'acks of an older term accepted',
    edits: [
      {
        file: 'core/protocol/replica.ts',
        find: 'if (message.term < core.term) return onOldTerm(core, from, message);',
        replace:
          "if (message.term < core.term && message.type !== 'append-accepted') return onOldTerm(core, from, message);",
      },
    ],
    seeds: { budget: 500, weather: LATE, by: ['told-durable', 'durable-on'] },
    script: { name: '24-old-ack', tells: 'w3: ok at 2:3, durable on n1, n3' },
  },
  {
    number: 22,
    name: 'truncation below commit',
    edits: [
      {
        file: 'core/protocol/follower.ts',
        find: 'const news = append.entries.filter((entry) => !log.holds(entry));',
        replace: 'const news = append.entries;',
      },
      {
        file: 'core/protocol/core.ts',
        find: 'if (from <= this.committedLsn) throw',
        replace: 'if (from < 0) throw',
      },
      {
        file: 'core/protocol/state.ts',
        find: 'if (versions?.pop()?.lsn !== entry.lsn) throw',
        replace: 'if (versions?.pop() === undefined) return;\n    if (entry.lsn < 0) throw',
      },
    ],
    seeds: { budget: 100, by: ['committed-truncated', 'match'] },
  },
  {
    number: 29,
    name: 'recovered but unsynced tail counted as durable',
    edits: [
      {
        file: 'core/wal/recovery.ts',
        find: 'if (durable < end) {',
        replace: 'if (end < 0) {',
      },
    ],
    seeds: { budget: 100, by: ['recovered-not-durable'] },
  },
  {
    number: 30,
    name: 'lineage lost in compaction',
    edits: [
      {
        file: 'core/protocol/snapshot-scan.ts',
        find: 'this.#branches = core.log.lineage.filter((branch) => branch.firstLsn <= end);',
        replace: 'this.#branches = core.log.lineage.filter((branch) => branch.firstLsn <= end).slice(-1);',
      },
    ],
    seeds: { budget: 100, by: ['status', 'lacks committed'] },
    script: { name: '25-compaction', tells: 'r3: failed, rolled-back' },
  },
  {
    number: 30,
    name: 'what is not committed is folded as a log is read',
    edits: [
      {
        file: 'core/wal/replay.ts',
        find: 'this.kept.commit(this.#committedLsn);',
        replace: 'this.kept.commit(this.#end);',
      },
    ],
    seeds: { budget: 200, by: ['recovery'] },
  },
  {
    number: 30,
    name: 'sessions lost in compaction',
    edits: [
      {
        file: 'core/protocol/snapshot-scan.ts',
        find: 'const piece = this.#keys.next() ?? this.#sessions.next() ?? this.#forgotten;',
        replace: 'const piece = this.#keys.next() ?? this.#forgotten;',
      },
    ],
    seeds: { budget: 200, by: ['applied-once', 'retry'] },
    script: { name: '25-compaction', tells: 'w1-again waits: n3 has appended it at 3:8' },
  },
  {
    number: 30,
    name: 'vote lost in compaction',
    edits: [
      {
        file: 'core/wal/writer.ts',
        find: 'const opening = openingOf(this.#identity, start, this.#written.hardState);',
        replace: 'const opening = openingOf(this.#identity, start, { ...this.#written.hardState, votedFor: null });',
      },
    ],
    seeds: { budget: 100, by: ['one-vote'] },
  },
];
