import type { Mutant } from './mutant.ts';
import { ofClients } from './of-clients.ts';
import { ofElections } from './of-elections.ts';
import { ofLogs } from './of-logs.ts';

/** All of them, by number. */
export const MUTANTS: readonly Mutant[] = [...ofElections, ...ofLogs, ...ofClients].sort((a, b) => a.number - b.number);

/** So many faults are listed. */
export const FAULTS_LISTED = 32;

/** Those that cannot be made yet, and what is missing for it. */
export const NOT_YET: readonly (Pick<Mutant, 'number' | 'name'> & { readonly missing: string })[] = [
  { number: 32, name: 'a rotted replica votes', missing: 'a replica whose log is damaged does not start' },
];
