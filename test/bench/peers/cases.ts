import type { Case } from './engine.ts';

const alone = { connections: 1, inFlight: 1, together: 1 };
const many = { connections: 64, inFlight: 1, together: 1 };
const deep = { connections: 16, inFlight: 64, together: 1 };

/** In this order, in every round. */
export const CASES: readonly Case[] = [
  { name: 'write-1x1', says: 'writes, 1 client, 1 under way', operation: 'write', ...alone },
  { name: 'write-64x1', says: 'writes, 64 clients, 1 under way each', operation: 'write', ...many },
  { name: 'write-16x64', says: 'writes, 16 clients, 64 under way each', operation: 'write', ...deep },
  {
    name: 'write-16x64-together',
    says: 'writes, 16 clients, 64 each under one acknowledgement',
    operation: 'write',
    ...deep,
    together: 64,
  },
  { name: 'read-replica-64x1', says: 'reads of a replica, 64 clients', operation: 'replica-read', ...many },
  { name: 'read-linearizable-64x1', says: 'linearizable reads, 64 clients', operation: 'linearizable-read', ...many },
];
