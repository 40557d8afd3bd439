// What became of the writes that an earlier leader was sent (core/protocol/locate.ts): DESIGN.md §3.
import { expect, test } from 'vitest';
import { Lab } from './support/lab.ts';

test('the new leader tells where they are; those it has not are never committed', () => {
  const lab = led();
  const kept = lab.write('quorum');
  lab.settle();
  lab.cut('n1');
  const lost = lab.write('quorum', { at: 'n1' });
  lab.settle();
  lab.elect('n2');
  expect(lab.outcome(lab.locate('n2', 1, [{ id: kept }, { id: lost }]))).toBe(`found ${kept}@1:2`);
});

test('a retry is found under the id of the original, and an original as its retry', () => {
  const lab = led();
  const original = lab.write('async', { value: 'v', session: 's' });
  const retry = lab.write('async', { value: 'v', session: 's' });
  lab.settle();
  lab.kill('n1');
  lab.elect('n2');
  const asked = lab.locate(
    'n2',
    1,
    [original, retry].map((id) => ({ id, session: 's' })),
  );
  expect(lab.outcome(asked)).toBe(`found ${original}@1:2 ${retry}@1:2`);
});

test('what was lost is not found as the retry that replaced it, nor as another write under its seq', () => {
  const lab = led();
  lab.cut('n1');
  const same = lab.write('quorum', { value: 'a', session: 's' });
  const other = lab.write('quorum', { value: 'a', session: 't' });
  lab.settle();
  lab.elect('n2');
  lab.write('quorum', { at: 'n2', value: 'a', session: 's' });
  lab.write('quorum', { at: 'n2', value: 'b', session: 't' });
  lab.settle();
  const asked = lab.locate('n2', 1, [
    { id: same, session: 's' },
    { id: other, session: 't' },
  ]);
  expect(lab.outcome(asked)).toBe('found');
});

test('a follower cannot tell; the leader of that same term can, for it was asked behind the writes', () => {
  const lab = led();
  const asked = [lab.locate('n2', 1, []), lab.locate('n1', 1, [])];
  expect(asked.map((id) => lab.outcome(id))).toEqual(['unsettled', 'found']);
});

test('nor a leader of an earlier term', () => {
  const lab = led();
  expect(lab.outcome(lab.locate('n1', 2, []))).toBe('unsettled');
});

test('nor a leader that has not committed in its own term', () => {
  const lab = led();
  lab.run(100);
  lab.kill('n1');
  lab.tick('n2', 500);
  lab.tick('n3', 500);
  lab.winVotes('n2', ['n3']);
  expect(lab.status('n2')).toMatchObject({ role: 'leader', term: 2 });
  expect(lab.outcome(lab.locate('n2', 1, []))).toBe('unsettled');
  lab.settle();
  expect(lab.outcome(lab.locate('n2', 1, []))).toBe('found');
});

function led(): Lab {
  const lab = new Lab();
  lab.elect('n1');
  lab.run(100);
  return lab;
}
