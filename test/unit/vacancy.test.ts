// Why nobody leads, and what helps.
import { expect, test } from 'vitest';
import { vacancyOf } from '../../core/observe/vacancy.ts';
import { replicaId } from '../../core/protocol/position.ts';

/** A replica a word: `n1`, `n2!` does not run, `n3-` is barred, `n4~` rejoins, `n5#` has no room. */
const membersOf = (text: string) =>
  text.split(' ').map((word) => {
    const standing = word.includes('-') ? 'barred' : word.includes('~') ? 'rejoining' : 'voter';
    return {
      ...{ id: replicaId(word.slice(0, 2)), isUp: !word.includes('!') },
      ...({ standing, diskFull: word.includes('#') } as const),
    };
  });

test.each([
  ['n1', null],
  ['n1! n2 n3', null],
  ['n1- n2 n3', null],
  ['n1# n2 n3', null],
  ['n1! n2', '1 of 2 up, needs 2; bring n1 back'],
  ['n1! n2! n3', '1 of 3 up, needs 2; bring 1 of n1 n2 back'],
  ['n1! n2! n3!', '0 of 3 up, needs 2; bring 2 of n1 n2 n3 back'],
  ['n1! n2- n3', '1 voter, needs 2; n2 has no vote: bring n1 back'],
  ['n1! n2- n3~ n4 n5', '2 voters, needs 3; n2 n3 have no vote: bring n1 back'],
  ['n1-! n2! n3', '1 of 3 up, needs 2; n1 has no vote: bring n2 back'],
  ['n1- n2~ n3', '1 voter, needs 2; n1 n2 have no vote: only their old logs, brought back whole, would help'],
  ['n1-! n2-! n3', '1 of 3 up, needs 2; n1 n2 have no vote: only their old logs, brought back whole, would help'],
  ['n1# n2# n3', 'the disks of n1 n2 are full; make room on the disk of n1 or n2'],
  ['n1# n2# n3# n4 n5', 'the disks of n1 n2 n3 are full; make room on the disk of n1 or n2 or n3'],
  ['n1# n2 n3!', 'the disk of n1 is full; make room on the disk of n1'],
  ['n1- n2# n3!', '1 voter, needs 2; n1 has no vote: bring n3 back, and make room on the disk of n2'],
  ['n1#', 'the disk of n1 is full; make room on the disk of n1'],
])('%s: %s', (members, told) => {
  const vacancy = vacancyOf(membersOf(members));
  expect(vacancy === null ? null : `${vacancy.why}; ${vacancy.wayOut}`).toBe(told);
});
