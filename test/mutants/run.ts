// Looks for every mutant and prints, as a table, who found it. With numbers as arguments: for those alone.
import { MUTANTS } from './table.ts';
import { type Verdict, verdictsOn } from './verdict.ts';

const wanted = process.argv.slice(2).map(Number);
const isWanted = (number: number): boolean => wanted.length === 0 || wanted.includes(number);
let survivors = 0;

print('| # | fault | found by | first at | of seeds | story | s |', '|---|---|---|---|---|---|---|');
for (const mutant of MUTANTS.filter(({ number }) => isWanted(number))) {
  const { number, name, seeds } = mutant;
  const verdicts = await verdictsOn(mutant);
  const [bySeeds, byScript] = (['seeds', 'script'] as const).map((by) => verdicts.find((each) => each.by === by));
  const cells = [
    found(bySeeds),
    bySeeds?.where,
    seeds && `${seeds.budget} ${seeds.weather?.name ?? ''}`.trim(),
    found(byScript),
  ];
  const seconds = verdicts.reduce((sum, verdict) => sum + verdict.seconds, 0);
  print(`| ${[number, name, ...cells.map((cell) => cell ?? ''), seconds.toFixed(1)].join(' | ')} |`);
  for (const { problem } of verdicts) {
    if (problem === null) continue;
    survivors += 1;
    process.stderr.write(`${number}, ${name}: ${problem}\n`);
  }
}
process.exitCode = survivors === 0 ? 0 : 1;

function found(verdict: Verdict | undefined): string | null | undefined {
  return verdict?.problem ? 'NOT FOUND' : verdict?.found;
}

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
