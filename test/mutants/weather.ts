import { FAULT_NAMES, type Fault, type Hardness } from '../../core/sim/faults.ts';
import type { Weather } from './mutant.ts';

// What is drawn otherwise seldom goes together, and some faults show only then.

/** Leaders are cut off again and again with what nobody else has, so that logs part and are rolled back. */
export const SPLITS: Weather = {
  name: 'splits',
  options: { replicas: 3, modes: ['async'], faults: hard('split') },
};

/** The same, and much comes late: in the term after the next. */
export const LATE: Weather = {
  name: 'late',
  options: {
    ...SPLITS.options,
    clients: 4,
    network: 'datagrams',
    faults: hard('split', 'late', 'lag', 'duplicate'),
  },
};

/** The power goes while much is not fsynced, and nobody else has a copy. */
export const TORN: Weather = {
  name: 'torn',
  options: { replicas: 1, faults: hard('power-cut', 'slow-disk') },
};

/** These as hard as they come, and no others. */
function hard(...faults: readonly Fault[]): Hardness {
  return Object.fromEntries(FAULT_NAMES.map((fault) => [fault, faults.includes(fault) ? 1 : 0])) as Hardness;
}
