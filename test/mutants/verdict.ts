import { hunt } from './hunt.ts';
import type { Mutant, Script, Seeds } from './mutant.ts';

/** How one mutant fared with one of those that must find it. */
export interface Verdict {
  readonly by: 'seeds' | 'script';
  /** null: it was found, as it should be. Else what is wrong with that, in words. */
  readonly problem: string | null;
  /** The check that found it, or the name of the script; null: it survives. */
  readonly found: string | null;
  /** Where, in short. */
  readonly where: string;
  readonly tried: number;
  readonly seconds: number;
}

/** Lets everything that must find this mutant look for it. */
export async function verdictsOn({ edits, seeds, script }: Mutant): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  if (seeds) verdicts.push(await timed(() => bySeeds(edits, seeds)));
  if (script) verdicts.push(await timed(() => byScript(edits, script)));
  return verdicts;
}

type Untimed = Omit<Verdict, 'seconds'>;

async function timed(judge: () => Promise<Untimed>): Promise<Verdict> {
  const startedAt = performance.now();
  const verdict = await judge();
  return { ...verdict, seconds: (performance.now() - startedAt) / 1000 };
}

async function bySeeds(edits: Mutant['edits'], { by, budget, options }: Seeds): Promise<Untimed> {
  const { failed, tried } = await hunt({ edits, seeds: { budget, ...(options && { options }) } });
  if (failed === null) {
    return { by: 'seeds', problem: `it survives ${tried} seeds`, found: null, where: '', tried };
  }
  const { kind, message, step } = failed.failure;
  const check = kind === 'crash' ? `crash: ${message}` : failed.failure.check;
  const where = `seed ${failed.seed}, event ${step}`;
  const problem = by.some((one) => check.startsWith(one))
    ? null
    : `${where}: found by ${check}, not by ${by.join(' or ')}: ${message}`;
  return { by: 'seeds', problem, found: check, where, tried };
}

async function byScript(edits: Mutant['edits'], { name, tells }: Script): Promise<Untimed> {
  const { differences } = await hunt({ edits, script: { name } });
  const [first] = differences;
  if (first === undefined) return { by: 'script', problem: `${name} tells the same`, found: null, where: '', tried: 1 };
  const isTold = differences.flatMap((each) => each.split('\n')).some((line) => isNew(line) && line.includes(tells));
  const problem = isTold ? null : `${name} does not tell "${tells}", but:\n${differences.join('\n')}`;
  return { by: 'script', problem, found: name, where: `"${tells}"`, tried: 1 };
}

/** Whether a line of a difference is printed now and was not before, or says why the script could not go on. */
const isNew = (line: string): boolean => !line.startsWith(' ') && !line.startsWith('-');
