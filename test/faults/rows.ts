/** A test, by its file in `test` and by words of its name. */
export type Held = readonly [file: string, name: string];

/**
 * What is done to real processes, and the tests that hold what must come of it. Those in `faults/long` run with
 * `npm run test:faults` only.
 */
export const ROWS = {
  'kill -9 of the leader': [
    ['process/failover.test.ts', 'kill -9 of the leader: another leads a later term and acknowledges'],
    [
      'process/failover.test.ts',
      'async: exactly the writes that a cut-off leader acknowledged alone are lost, by name',
    ],
    ['process/ledger.test.ts', 'async: the ledger lists exactly the writes that a failover lost'],
    ['faults/nemesis.test.ts', 'under random faults nothing that was promised is broken'],
    ['faults/long/nemesis.test.ts', 'five replicas, async'],
  ],
  'SIGSTOP of the leader past the timeout, then SIGCONT': [
    ['process/modes.test.ts', 'a paused leader that wakes acknowledges nothing of its old term, and follows'],
    ['faults/nemesis.test.ts', 'under random faults nothing that was promised is broken'],
  ],
  'power cut': [
    ['process/durability.test.ts', 'a power cut of all, under load: nothing acknowledged is missing'],
    ['faults/nemesis.test.ts', 'under random faults nothing that was promised is broken'],
  ],
  'disk full': [['faults/long/full-disk.test.ts', 'no room for %s, and then there is']],
  'ulimit -f': [['faults/long/full-disk.test.ts', 'may grow any more, and then it may']],
  'fsync fails with EIO': [['faults/long/fsync.test.ts', 'fails with EIO: it stops, and says so']],
  'slow disk': [
    ['faults/long/fsync.test.ts', 'every fsync of one follower takes 1.5 s'],
    ['faults/long/fsync.test.ts', 'every fsync of the leader takes 1.5 s'],
  ],
  'one-way cut': [
    ['faults/one-way.test.ts', 'a follower that hears nobody asks again and again'],
    ['faults/one-way.test.ts', 'a leader that hears nobody gives way once'],
    ['faults/one-way.test.ts', 'a leader that is heard by nobody is replaced'],
    ['faults/partial.test.ts', 'leader and follower cannot hear each other'],
    ['faults/partial.test.ts', 'of five, one that is no leader is the only one whom all can hear'],
  ],
  'half-open TCP': [
    ['faults/long/half-open.test.ts', 'connections of the leader that carry nothing any more and stay open'],
  ],
  'port in use': [
    ['process/bad-input.test.ts', 'a port that another program has'],
    ['process/bad-input.test.ts', 'a port that another lockstep has is named with what to do'],
  ],
  'garbage, invalid JSON, wrong version, wrong cluster': [
    ['faults/garbage.test.ts', 'no JSON'],
    ['faults/garbage.test.ts', 'a hello of another version'],
    ['faults/garbage.test.ts', 'nothing that was acknowledged is lost, and nothing was written that nobody asked for'],
    ['process/ports.test.ts', 'a replica takes no hello of another cluster, version or name'],
  ],
  'a huge line': [['faults/garbage.test.ts', 'a line of 32 MiB']],
  'deep JSON': [
    ['faults/garbage.test.ts', 'a million objects, one in the other'],
    ['faults/garbage.test.ts', 'a request within 20,000 objects'],
  ],
  '__proto__ and constructor as keys': [
    ['faults/garbage.test.ts', 'a key is a key'],
    ['faults/garbage.test.ts', 'inherited fields'],
  ],
  'an HTTP request on any port': [['faults/garbage.test.ts', 'an HTTP request']],
  'slowloris, thousands of connections, ulimit -n 64': [
    ['faults/garbage.test.ts', 'connections that speak too slowly'],
    ['faults/garbage.test.ts', 'a thousand connections that say nothing, on each port'],
    ['faults/limits.test.ts', 'ulimit -n 64, and a thousand connections on one port after the other'],
    ['faults/limits.test.ts', 'what a log cannot do without is waited for, when every descriptor is taken'],
  ],
  'read-only or missing folder, another lockstep on the same --data': [
    ['faults/long/folders.test.ts', 'a read-only folder: one line, and nothing left running'],
    ['faults/long/folders.test.ts', "a cluster's folder that has become read-only"],
    ['faults/long/folders.test.ts', "one replica's folder is read-only"],
    ['process/bad-input.test.ts', 'a data folder that cannot be written'],
    ['process/durability.test.ts', "replicas' folders that are gone are no fresh replicas, which might vote twice"],
    ['process/rebuild.test.ts', 'a log that is gone: begun anew it counts again, and never votes'],
    ['process/durability.test.ts', 'a program that is not ours on the data folder is told so'],
  ],
  'log: torn tail': [['process/durability.test.ts', 'a torn tail is cut, and said so']],
  'log: flipped bit or zero page in the middle, duplicated tail, gap': [
    ['process/durability.test.ts', 'a flipped bit in mid-log'],
    ['faults/rot.test.ts', 'a page of zeros'],
    ['faults/rot.test.ts', 'a tail that is there twice'],
    ['faults/rot.test.ts', 'a gap'],
    ['process/rebuild.test.ts', 'a rotten log: refused with what to type; begun anew it catches up, and votes again'],
  ],
  'clock jumps': [
    ['faults/clock.test.ts', 'wall clocks that jump by months elect nobody, and lose nothing'],
    ['faults/long/clock.test.ts', 'the wall clock jumps by days, back and forth'],
  ],
  'parent killed with -9, children paused': [
    ['process/orphans.test.ts', 'kill -9 of the parent, a paused child among its own'],
    ['process/orphans.test.ts', 'a paused child whose parent and router both die is swept at the next start'],
  ],
} as const satisfies Readonly<Record<string, readonly [Held, ...Held[]]>>;
