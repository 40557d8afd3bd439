import { hunt } from './hunt.ts';
import type { Mutant, Script, Seeds } from './mutant.ts';

/** How one mutant fared with one of those that must find it. */
export interface Verdict {
  readonly by: 'seeds' | 'script';
  /** null: it was found, as it should be. Else what is wrong with that, in words. */
  readonly problem: string | null;
  /** The check that found it, or the name of the script; null: it survives. */
  readonly found: string | null;
  /** In which seed, and at which event. */
  readonly where: string;
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

async function bySeeds(edits: Mutant['edits'], seeds: Seeds): Promise<Untimed> {
  const { failed } = await hunt({ edits, seeds });
  if (failed === null) return { by: 'seeds', problem: `it survives ${seeds.budget} seeds`, found: null, where: '' };
  const { kind, message, step } = failed.failure;
  const check = kind === 'crash' ? `crash: ${message}` : failed.failure.check;
  const where = `seed ${failed.seed}, event ${step}`;
  const isRight = seeds.by.some((one) => (kind === 'crash' ? message.includes(one) : check === one));
  const problem = isRight ? null : `${where}: found by ${check}, not by ${seeds.by.join(' or ')}: ${message}`;
  return { by: 'seeds', problem, found: check, where };
}

async function byScript(edits: Mutant['edits'], { name, tells }: Script): Promise<Untimed> {
  const { differences } = await hunt({ edits, script: { name } });
  const [first] = differences;
  if (first === undefined) return { by: 'script', problem: `${name} tells the same`, found: null, where: '' };
  const isTold = differences.flatMap((each) => each.split('\n')).some((line) => isNew(line) && line.includes(tells));
  const problem = isTold ? null : `${name} does not tell "${tells}", but:\n${differences.join('\n')}`;
  return { by: 'script', problem, found: name, where: '' };
}

/** Whether a line of a difference is printed now and was not before, or says why the script could not go on. */
const isNew = (line: string): boolean => !line.startsWith(' ') && !line.startsWith('-');
