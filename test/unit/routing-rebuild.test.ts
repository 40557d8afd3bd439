import { expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';
import { whyNoRebuild } from '../../core/routing/rebuild.ts';
import { at } from './support/tier.ts';

/** `voter`, `rejoining` or `barred` for each replica in turn from n1; `-`: it is not reached. */
function whyWith(last: string, target: string, ...standings: string[]): string | null {
  const ids = standings.map((_, index) => replicaId(`n${index + 1}`));
  return whyNoRebuild(replicaId(target), ids, (id) => {
    const standing = standings[ids.indexOf(id)];
    return standing === '-' ? null : ({ standing, position: at(last) } as ReplicaStatus);
  });
}

const why = (target: string, ...standings: string[]) => whyWith('1:1', target, ...standings);

test('where nobody has led, nothing is there to fetch, and a vote would be lost for nothing', () => {
  expect(whyWith('0:0', 'n2', 'voter', '-', 'voter')).toMatch('nobody has led yet');
});

test('a majority of others with a vote can bring a replica back', () => {
  expect(why('n2', 'voter', '-', 'voter')).toBeNull();
  expect(why('n5', 'voter', 'barred', 'voter', 'voter', '-')).toBeNull();
});

test('with fewer it is refused, for nobody could be elected again', () => {
  expect(why('n1', '-')).toMatch('nobody else has its log');
  expect(why('n1', '-', 'voter')).toMatch('it takes both votes');
  expect(why('n1', '-', 'barred', 'voter')).toMatch('of the others only n3 runs and has a vote, and it takes 2');
  expect(why('n1', '-', 'rejoining', 'voter')).toMatch('only n3');
  expect(why('n1', '-', '-', 'voter')).toMatch('first start those that are down (n2)');
  expect(why('n1', '-', '-', '-')).toMatch('none of the others');
  // All run, and starting somebody would help nobody.
  expect(why('n1', '-', 'barred', 'voter')).not.toMatch('start');
});
