// Looks for every mutant, and prints who found it. With numbers as arguments: for those alone.
import { MUTANTS, NOT_YET } from './table.ts';
import { verdictsOn } from './verdict.ts';

const wanted = process.argv.slice(2).map(Number);
const isWanted = (number: number): boolean => wanted.length === 0 || wanted.includes(number);
let survivors = 0;

print('| # | fault | found by | first at | of | s |', '|---|---|---|---|---|---|');
for (const mutant of MUTANTS.filter(({ number }) => isWanted(number))) {
  const { number, name, seeds } = mutant;
  for (const { by, problem, found, where, seconds } of await verdictsOn(mutant)) {
    const of = by === 'seeds' ? `${seeds?.budget} seeds` : 'script';
    print(
      `| ${number} | ${name} | ${problem === null ? found : 'NOBODY'} | ${where} | ${of} | ${seconds.toFixed(1)} |`,
    );
    if (problem === null) continue;
    survivors += 1;
    process.stderr.write(`${number}, ${name}: ${problem}\n`);
  }
}
for (const [number, why] of NOT_YET) if (isWanted(number)) print(`| ${number} | ${why} | not yet | | | |`);
process.exitCode = survivors === 0 ? 0 : 1;

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
