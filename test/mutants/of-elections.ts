import type { Mutant } from './mutant.ts';
import { LATE, SPLITS } from './weather.ts';

/** Who votes for whom, and who leads. */
export const ofElections: readonly Mutant[] = [
  {
    number: 2,
    name: 'vote forgotten on restart',
    edits: [
      {
        file: 'core/protocol/core.ts',
        find: 'this.votedFor = hardState.votedFor;',
        replace: 'this.votedFor = null;',
      },
    ],
    seeds: { budget: 100, by: ['one-vote'] },
    script: { name: '06-vote-on-disk', tells: 'n2 votes for n3 in term 1' },
  },
  {
    number: 3,
    name: 'vote reply before fsync',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: "if (phase === 'vote') core.out.sendAfterPersist(from, reply);",
        replace: "if (phase === 'vote') core.out.send(from, reply);",
      },
    ],
    seeds: { budget: 100, by: ['contract'] },
    script: { name: '06-vote-on-disk', tells: 'n1 leads term 1' },
  },
  {
    number: 4,
    name: 'two votes in a term',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: "if (request.phase === 'vote' && core.votedFor !== null && core.votedFor !== from) return 'voted-for-another';",
        replace: '',
      },
    ],
    seeds: { budget: 100, by: ['one-vote'] },
    script: { name: '02-split-vote', tells: 'n3 votes for n2 in term 1' },
  },
  {
    number: 10,
    name: 'freshness by LSN alone',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: "if (compareFreshness(request.last, core.log.last) < 0) return 'stale-log';",
        replace: "if (request.last.lsn < core.log.last.lsn) return 'stale-log';",
      },
    ],
    seeds: { budget: 300, weather: SPLITS, by: ['leader-completeness'] },
    script: { name: '04-up-to-date', tells: 'n2 drops 1 entry (2:2)' },
  },
  {
    number: 14,
    name: 'stale vote replies counted',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: 'if (campaign?.phase === reply.phase && campaign.term === reply.forTerm && reply.granted) count(',
        replace: 'if (campaign?.phase === reply.phase && reply.granted) count(',
      },
    ],
    seeds: { budget: 300, weather: LATE, by: ['elected-by-majority', 'pre-vote'] },
    script: { name: '23-old-vote', tells: 'n1 leads term 2' },
  },
  {
    number: 15,
    name: 'duplicate vote replies counted',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: 'campaign.votes.add(voter);',
        replace: 'campaign.votes.add(campaign.votes.has(voter) ? voter + "2" : voter);',
      },
    ],
    seeds: { budget: 100, by: ['elected-by-majority', 'pre-vote'] },
    script: { name: '02-split-vote', tells: 'n1 claims to lead term 1, which n2 leads' },
  },
  {
    number: 16,
    name: 'quorum off by one',
    edits: [
      {
        file: 'core/protocol/quorum.ts',
        find: 'Math.floor(members / 2) + 1',
        replace: 'Math.ceil(members / 2)',
      },
    ],
    seeds: { budget: 100, by: ['elected-by-majority', 'pre-vote', 'told-durable'] },
  },
  {
    number: 21,
    name: 'no step-down on a higher term in a reply',
    edits: [
      {
        file: 'core/protocol/replica.ts',
        find: 'if (message.term > core.term) stepDown(core, message.term);',
        replace:
          "if (message.term > core.term && (message.type === 'append' || message.type === 'heartbeat')) stepDown(core, message.term);",
      },
    ],
    seeds: { budget: 100, by: ['step-down'] },
  },
  {
    number: 25,
    name: 'no pre-vote',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: 'if (campaign.votes.size >= quorumSize(core.members.length)) startVote(core, campaign);',
        replace: 'startVote(core, campaign);',
      },
    ],
    seeds: { budget: 100, by: ['pre-vote'] },
    script: { name: '05-rejoin', tells: 'n1 no longer leads term 1: term 5 has begun' },
  },
  {
    number: 32,
    name: 'a rotted replica votes',
    edits: [
      {
        file: 'core/protocol/election.ts',
        find: "if (core.standing !== 'voter') return 'no-vote';",
        replace: '',
      },
    ],
    seeds: { budget: 100, by: ['no-vote'] },
    script: { name: '28-lost-log', tells: 'n2 would vote for n3 in term 2' },
  },
  {
    number: 32,
    name: 'a rotted replica counts before it has caught up',
    edits: [
      {
        file: 'core/protocol/reached.ts',
        find: '=> (counts && !doubted ? durable : 0);',
        replace: '=> durable;',
      },
    ],
    seeds: { budget: 100, by: ['told-durable'] },
    script: { name: '28-lost-log', tells: 'n1 commits up to 2:4' },
  },
  {
    number: 32,
    name: 'a rotted replica counts for a leader that its forgotten vote deposed',
    edits: [
      {
        file: 'core/protocol/rejoin.ts',
        find: 'progress.doubted = rejoin.barred;',
        replace: 'progress.doubted = false;',
      },
    ],
    script: { name: '30-forgotten-term', tells: 'truncating 2, but 2 is committed' },
  },
];
