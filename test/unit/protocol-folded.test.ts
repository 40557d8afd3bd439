import { describe, expect, test } from 'vitest';
import { Lab } from './support/lab.ts';

/** A snapshot after every few entries, in several parts, and no tail. */
const SMALL = { logBytes: 300, tailBytes: 0, partBytes: 0 };

describe('a replica whose log was folded when it started, and has no snapshot of it', () => {
  const held = { log: [1, 1, 1, 2, 2, 2, 2, 2], committed: 7 };
  const starts = { n1: held, n2: held };
  const NEVER = { logBytes: 1_000_000, tailBytes: 0, partBytes: 0 };

  test('knows all that it was', () => {
    const lab = new Lab({ limits: NEVER, starts: { ...starts, n3: { ...held, committed: 0 } } });
    const [folded, other] = [lab.status('n1'), lab.status('n3')];
    expect(folded).toMatchObject({ baseLsn: 7, committedLsn: 7, durableLsn: 8 });
    expect([folded.position, folded.lineage]).toEqual([other.position, other.lineage]);
    // The last entry is not folded: what was, a token read sees.
    expect(lab.outcome(lab.read('any', { at: 'n1' }))).toBe('2:8 at 2:8 uncommitted');
    expect(lab.outcome(lab.read('token', { at: 'n1', token: '2:7' }))).toBe('2:7 at 2:7');
  });

  test('takes one as soon as it would have taken one before', () => {
    const lab = new Lab({ limits: SMALL, starts });
    const before = lab.disk('n1').entries.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(before).toBeGreaterThan(SMALL.logBytes);
    lab.elect('n1');
    lab.run(100);
    expect(lab.events('n1', 'compacted')[0]?.position.lsn).toBeGreaterThanOrEqual(7);
    expect(lab.disk('n1').snapshot?.position).toEqual(lab.events('n1', 'compacted').at(-1)?.position);
  });

  test('takes none before that', () => {
    const lab = new Lab({ limits: NEVER, starts });
    lab.elect('n1');
    for (let i = 0; i < 5; i++) lab.write('quorum');
    lab.run(500);
    expect(lab.events('n1', 'compacted')).toEqual([]);
    expect(lab.status('n1').baseLsn).toBe(7);
  });

  test('leads, and brings an empty follower up by what it has in memory', () => {
    const lab = new Lab({ limits: NEVER, starts });
    expect(lab.outcome(lab.read('token', { at: 'n1', token: '2:7' }))).toBe('2:7 at 2:7');
    lab.elect('n1');
    lab.write('quorum', { key: 'y', value: 'new' });
    lab.run(1000);
    expect(lab.events('n3', 'installed')).toHaveLength(1);
    const [leader, follower] = [lab.status('n1'), lab.status('n3')];
    expect(follower.position).toEqual(leader.position);
    expect(follower.lineage).toEqual(leader.lineage);
    for (const key of ['x', 'y']) {
      const [here, there] = ['n1', 'n3'].map((at) => lab.outcome(lab.read('any', { at, key })));
      expect(here).not.toMatch(/null|waiting/);
      expect(there?.replace('n3', 'n1')).toBe(here);
    }
  });

  test('starts again on its snapshot and what followed', () => {
    const lab = new Lab({ limits: SMALL, starts });
    lab.elect('n1');
    lab.run(100);
    lab.kill('n1');
    lab.restart('n1');
    expect(lab.status('n1').position).toEqual({ term: 3, lsn: 9 });
    lab.run(3000);
    expect(lab.status('n1').committedLsn).toBe(lab.status('n1').position.lsn);
  });
});
