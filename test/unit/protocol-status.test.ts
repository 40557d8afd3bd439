// What a replica says of itself, and a leader of its followers (core/protocol/status-of.ts): DESIGN.md §1 and §11.
import { describe, expect, test } from 'vitest';
import type { FollowerStatus } from '../../core/protocol/status.ts';
import { Lab } from './support/lab.ts';

test('the term of a replica and the term of its last entry are two things', () => {
  const lab = new Lab({ size: 1, starts: { n1: { log: [1, 1, 3], term: 5 } } });
  expect(lab.status('n1')).toMatchObject({
    role: 'follower',
    term: 5,
    leader: null,
    position: { term: 3, lsn: 3 },
    durableLsn: 3,
    committedLsn: 0,
    lineage: [
      { term: 1, firstLsn: 1 },
      { term: 3, firstLsn: 3 },
    ],
    inContact: false,
    followers: [],
  });
});

describe('lag', () => {
  test('is unknown until the follower has answered in this term', () => {
    const lab = new Lab();
    lab.cut('n3');
    lab.elect('n1');
    expect([follower(lab, 'n2').lag, follower(lab, 'n3').lag]).toEqual([{ entries: 0, bytes: 0, ms: 0 }, null]);
  });

  test('in ms is the age, since the leader’s own fsync, of the oldest entry not reported durable', () => {
    const lab = led();
    lab.cut('n3');
    lab.write('quorum');
    // Not yet on the leader's own disk: nobody lags behind it.
    lab.tick('n1', 30);
    expect(follower(lab, 'n3').lag).toMatchObject({ entries: 1, ms: 0 });
    lab.settle();
    lab.tick('n1', 50);
    lab.write('quorum');
    lab.settle();
    lab.tick('n1', 70);
    expect([follower(lab, 'n2').lag?.ms, follower(lab, 'n3').lag?.ms]).toEqual([0, 120]);
    lab.heal();
    lab.run(100);
    expect(follower(lab, 'n3').lag).toEqual({ entries: 0, bytes: 0, ms: 0 });
  });

  test('a follower whose disk is slow lags in ms, not in entries', () => {
    const lab = led();
    lab.holdDisk('n3');
    lab.write('quorum');
    lab.settle();
    lab.run(100);
    expect(follower(lab, 'n3').lag).toEqual({ entries: 0, bytes: 0, ms: 100 });
  });

  test('in entries and bytes counts beyond what matches: a diverged tail hides none of it', () => {
    const lab = new Lab({
      starts: { n1: { log: [1, 2] }, n2: { log: [1, 2] }, n3: { log: [1, 1, 1, 1, 1], term: 2 } },
    });
    lab.elect('n1');
    lab.cut('n3');
    lab.kill('n3');
    lab.write('quorum');
    lab.settle();
    const [, , , written] = lab.disk('n1').entries;
    expect(follower(lab, 'n3').lag).toMatchObject({ entries: 1, bytes: written?.bytes });
  });

  test('of a follower that answers only by refusing: all that it has not', () => {
    const lab = new Lab({
      starts: { n1: { log: [1, 2] }, n2: { log: [1, 2] }, n3: { log: [1, 1, 1, 1, 1], term: 2 } },
    });
    lab.hold('n1', 'n3');
    lab.elect('n1');
    lab.deliverLink('n1', 'n3');
    lab.settle();
    expect(lab.log('n3')).toBe('1:1 1:2 1:3 1:4 1:5');
    expect(follower(lab, 'n3').lag).toMatchObject({ entries: 2 });
  });

  test('stays right, or is overstated, however many fsyncs there were', () => {
    const lab = led();
    lab.cut('n3');
    for (let writes = 0; writes < 2000; writes++) {
      lab.write('async');
      lab.sync('n1');
      lab.network.link('n1', 'n2').queue.length = 0;
      lab.tick('n1', 0.1);
    }
    expect(follower(lab, 'n3').lag?.entries).toBe(2000);
    expect(follower(lab, 'n3').lag?.ms).toBeCloseTo(200);
    expect(follower(lab, 'n2').lag?.ms).toBeCloseTo(200);
  });
});

function follower(lab: Lab, id: string): FollowerStatus {
  const found = lab.status('n1').followers.find((status) => status.id === id);
  if (!found) throw new Error(`n1 says nothing of ${id}`);
  return found;
}

function led(): Lab {
  const lab = new Lab();
  lab.elect('n1');
  lab.run(100);
  return lab;
}
