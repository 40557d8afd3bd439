import { expect, test } from 'vitest';
import { Room } from '../../core/wire/room.ts';

function holders(bytesMax: number) {
  const room = new Room(bytesMax);
  const gone: string[] = [];
  const names = new Map(['a', 'b', 'c'].map((name) => [name, { name }]));
  const of = (name: string) => names.get(name) ?? { name };
  const hold = (name: string, bytes: number) => room.hold(of(name), bytes, () => gone.push(name));
  return { gone, hold, release: (name: string) => room.release(of(name)) };
}

test('as much as there is room for, by however many', () => {
  const { gone, hold, release } = holders(100);
  hold('a', 60);
  hold('b', 40);
  hold('b', 30);
  hold('c', 10);
  release('a');
  hold('c', 70);
  expect(gone).toEqual([]);
});

test('whoever has held for the longest gives way, however little, until there is room', () => {
  const { gone, hold } = holders(100);
  hold('a', 10);
  hold('b', 50);
  hold('a', 20);
  hold('c', 60);
  expect(gone).toEqual(['a', 'b']);
  hold('c', 100);
  expect(gone).toEqual(['a', 'b']);
});

test('a line that begins anew is a new one', () => {
  const { gone, hold, release } = holders(100);
  hold('a', 50);
  hold('b', 40);
  release('a');
  hold('a', 40);
  hold('c', 40);
  expect(gone).toEqual(['b']);
});

test('one that is too long by itself gives way itself', () => {
  const { gone, hold } = holders(100);
  hold('a', 101);
  hold('b', 100);
  expect(gone).toEqual(['a']);
});
