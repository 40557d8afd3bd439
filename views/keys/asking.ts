import { nextMode } from '../asks.ts';
import { type Binding, connected, nothing } from './binding.ts';

/** Writes and reads. */
export const ASKING: readonly Binding[] = [
  {
    keys: ['w'],
    topic: 'write',
    label: 'w',
    help: 'write to the keys k1, k2 … k9 in turn',
    command: () => ({ type: 'write' }),
    hint: connected(() => ({ words: 'write', rank: 1 })),
  },
  {
    keys: ['W'],
    topic: 'write',
    label: 'W',
    help: 'write a key and a value of your own',
    command: () => ({ type: 'ask', what: 'write' }),
    hint: nothing,
  },
  {
    keys: ['b'],
    topic: 'write',
    label: 'b',
    help: 'a burst: 100 writes at once',
    command: () => ({ type: 'burst' }),
    hint: connected(() => ({ words: 'burst', rank: 14 })),
  },
  {
    keys: ['l'],
    topic: 'write',
    label: 'l',
    help: 'load: 100 writes a second, until l again',
    command: () => ({ type: 'load' }),
    hint: connected(({ loading }) => ({ words: loading ? 'end load' : 'load', rank: loading ? 1 : 8 })),
  },
  {
    keys: ['m'],
    topic: 'write',
    label: 'm',
    help: 'the next mode: async, quorum, sync. Writes under way keep theirs',
    command: () => ({ type: 'next-mode' }),
    hint: connected((dashboard) => {
      const mode = nextMode(dashboard);
      return mode && { words: `mode → ${mode}`, rank: 3 };
    }),
  },
  {
    keys: ['r'],
    topic: 'read',
    label: 'r',
    help: 'read the key last written, from any replica: perhaps stale',
    command: () => ({ type: 'read', level: 'any' }),
    hint: connected(() => ({ words: 'read any', rank: 6 })),
  },
  {
    keys: ['t'],
    topic: 'read',
    label: 't',
    help: 'read it with the token: never older than your own last write',
    command: () => ({ type: 'read', level: 'token' }),
    hint: connected(() => ({ words: 'token read', rank: 2 })),
  },
  {
    keys: ['L'],
    topic: 'read',
    label: 'L',
    help: 'read it linearizably: sees every write acknowledged before',
    command: () => ({ type: 'read', level: 'linearizable' }),
    hint: connected(() => ({ words: 'linearizable', rank: 15 })),
  },
  {
    keys: ['R'],
    topic: 'read',
    label: 'R',
    help: 'read a key of your own, at a level of your own',
    command: () => ({ type: 'ask', what: 'read' }),
    hint: nothing,
  },
];
