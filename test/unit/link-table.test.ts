import { expect, test } from 'vitest';
import { LinkTable } from '../../core/cluster/link-table.ts';
import { type ReplicaId, replicaId } from '../../core/protocol/position.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [ReplicaId, ReplicaId, ReplicaId];

function text(table: LinkTable): string[] {
  return table.faulty
    .map(
      ({ from, to, cut, delayMs, dropPercent }) => `${from}→${to} ${cut ? 'cut' : 'whole'} ${delayMs} ${dropPercent}`,
    )
    .sort();
}

test('a link is cut both ways, or one', () => {
  const table = new LinkTable([n1, n2, n3]);
  expect(table.apply({ op: 'link', from: n1, to: n2, fault: { kind: 'cut' } })).toHaveLength(2);
  expect(text(table)).toEqual(['n1→n2 cut 0 0', 'n2→n1 cut 0 0']);
  table.apply({ op: 'link', from: n3, to: n1, fault: { kind: 'cut' }, oneWay: true });
  expect(text(table)).toEqual(['n1→n2 cut 0 0', 'n2→n1 cut 0 0', 'n3→n1 cut 0 0']);
});

test('faults stand beside each other, and are healed together', () => {
  const table = new LinkTable([n1, n2, n3]);
  table.apply({ op: 'link', from: n1, to: 'all', fault: { kind: 'delay', ms: 200 }, oneWay: true });
  table.apply({ op: 'link', from: n1, to: n2, fault: { kind: 'drop', percent: 5 }, oneWay: true });
  expect(text(table)).toEqual(['n1→n2 whole 200 5', 'n1→n3 whole 200 0']);
  table.apply({ op: 'link', from: n1, to: n2, fault: { kind: 'delay', ms: 0 }, oneWay: true });
  expect(text(table)).toEqual(['n1→n2 whole 0 5', 'n1→n3 whole 200 0']);
  expect(table.apply({ op: 'link', from: n2, to: n1, fault: { kind: 'heal' } })).toHaveLength(2);
  expect(text(table)).toEqual(['n1→n3 whole 200 0']);
  table.heal();
  expect(text(table)).toEqual([]);
});
