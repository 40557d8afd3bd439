import { expect, test } from 'vitest';
import { complaintAboutNode } from '../../cli/node-version.ts';

test.each(['22.12.0', '22.13.1', '23.0.0', '26.10.0', '100.0.0'])('Node %s is fit', (version) => {
  expect(complaintAboutNode(version)).toBeUndefined();
});

test.each(['0.12.0', '8.0.0', '20.20.2', '22.11.9'])('Node %s is told, in one line', (version) => {
  expect(complaintAboutNode(version)).toBe(`lockstep: needs Node.js 22.12 or newer, and this is ${version}`);
});
