import { expect, test } from 'vitest';
import { LinkTable } from '../../core/cluster/link-table.ts';
import type { LinkFault } from '../../core/observe/api.ts';
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
  expect(table.apply({ op: 'link', from: n1, to: n2, fault: { kind: 'cut' } }).changed).toHaveLength(2);
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
  table.apply({ op: 'link', from: n2, to: n1, fault: { kind: 'heal' } });
  expect(text(table)).toEqual(['n1→n3 whole 200 0']);
  table.heal();
  expect(text(table)).toEqual([]);
});

test('a cut is restored alone; a delay of 0 and a drop of 0 end these alone', () => {
  const table = new LinkTable([n1, n2, n3]);
  const set = (fault: LinkFault): void => void table.apply({ op: 'link', from: n1, to: n2, fault, oneWay: true });
  set({ kind: 'delay', ms: 200 });
  set({ kind: 'drop', percent: 5 });
  set({ kind: 'cut' });
  expect(text(table)).toEqual(['n1→n2 cut 200 5']);
  set({ kind: 'restore' });
  expect(text(table)).toEqual(['n1→n2 whole 200 5']);
  set({ kind: 'drop', percent: 0 });
  expect(text(table)).toEqual(['n1→n2 whole 200 0']);
  set({ kind: 'delay', ms: 0 });
  expect(text(table)).toEqual([]);
});

test('what an order is about is told apart from what it changed', () => {
  const table = new LinkTable([n1, n2, n3]);
  table.apply({ op: 'link', from: n1, to: n2, fault: { kind: 'cut' }, oneWay: true });
  const { named, changed } = table.apply({ op: 'link', from: n1, to: 'all', fault: { kind: 'restore' } });
  expect(named.map(({ from, to }) => `${from}→${to}`)).toEqual(['n1→n2', 'n2→n1', 'n1→n3', 'n3→n1']);
  expect(changed).toEqual([{ from: 'n1', to: 'n2', cut: false, delayMs: 0, dropPercent: 0 }]);
  expect(text(table)).toEqual([]);
});
