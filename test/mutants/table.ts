import type { Mutant } from './mutant.ts';
import { ofClients } from './of-clients.ts';
import { ofElections } from './of-elections.ts';
import { ofLogs } from './of-logs.ts';

/** All of them, by number. */
export const MUTANTS: readonly Mutant[] = [...ofElections, ...ofLogs, ...ofClients].sort((a, b) => a.number - b.number);

/** So many faults are listed. */
export const FAULTS_LISTED = 32;
