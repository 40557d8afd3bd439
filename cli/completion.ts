import type { Command, Option } from 'commander';
import type { Completion } from '../views/commander.ts';
import { ANY_REPLICA, type Choices, WordArgument, WordOption } from './choices.ts';
import { splitWords } from './words.ts';

/** What completion knows beside the program. */
export interface Surroundings {
  /** The names of the cluster's replicas. */
  readonly replicas: readonly string[];
  /** Commands that are not offered. */
  readonly isRefused: (command: string) => boolean;
}

/**
 * What could stand at the end of `line`, sorted: commands, options, and the words that arguments and options were
 * declared with. All of it is read from the program, so a new command is completed as soon as it is there.
 */
export function completions(program: Command, line: string, surroundings: Surroundings): readonly Completion[] {
  const { words, isEnded } = splitWords(line);
  const before = isEnded ? words : words.slice(0, -1);
  const last = isEnded ? '' : (words.at(-1) ?? '');
  const given = before[0] === program.name() ? before.slice(1) : before;
  return candidates(program, given, last, surroundings)
    .filter(({ word }) => word.startsWith(last))
    .sort((a, b) => (a.word < b.word ? -1 : 1));
}

function candidates(
  program: Command,
  given: readonly string[],
  last: string,
  surroundings: Surroundings,
): readonly Completion[] {
  let command = program;
  let at = 0;
  while (subcommands(command).length > 0) {
    const name = given[at++];
    if (name === undefined) return last.startsWith('-') ? optionNames(command) : commandNames(command, surroundings);
    const next = subcommands(command).find((each) => each.name() === name || each.aliases().includes(name));
    if (next === undefined) return [];
    if (next.name() === 'help') return given[at] === undefined ? commandNames(command, surroundings) : [];
    command = next;
  }
  return withinCommand(command, given.slice(at), last, surroundings);
}

/** What can follow the name of a command and these words. */
function withinCommand(
  command: Command,
  given: readonly string[],
  last: string,
  { replicas }: Surroundings,
): readonly Completion[] {
  const { values, used, open, isPlain } = readWords(command, given);
  const offered = (choices: Choices): readonly Completion[] => spellOut(choices, replicas, values);
  if (open !== null) return open instanceof WordOption ? offered(open.words) : [];
  const isOption = last.startsWith('-') && !isPlain;
  if (isOption && last.includes('=')) {
    const name = last.slice(0, last.indexOf('='));
    const option = findOption(command, name);
    if (!(option instanceof WordOption)) return [];
    return offered(option.words).map(({ word, words }) => ({ word: `${name}=${word}`, words }));
  }
  if (isOption) return optionNames(command, used);
  const argument = command.registeredArguments[values.length];
  if (argument instanceof WordArgument) {
    return offered(typeof argument.words === 'function' ? argument.words(values) : argument.words);
  }
  return last === '' && !isPlain && !argument?.required ? optionNames(command, used) : [];
}

interface Read {
  readonly values: readonly string[];
  readonly used: ReadonlySet<Option>;
  /** The option whose value comes next. */
  readonly open: Option | null;
  /** After `--` nothing is an option. */
  readonly isPlain: boolean;
}

/** Which words after a command's name are options, and which are arguments. */
function readWords(command: Command, given: readonly string[]): Read {
  const values: string[] = [];
  const used = new Set<Option>();
  let open: Option | null = null;
  let isPlain = false;
  for (const word of given) {
    if (open !== null) open = null;
    else if (isPlain || !word.startsWith('-')) values.push(word);
    else if (word === '--') isPlain = true;
    else {
      const [name = '', value] = word.split('=', 2);
      const option = findOption(command, name);
      if (option !== undefined) used.add(option);
      if (option?.required && value === undefined) open = option;
    }
  }
  return { values, used, open, isPlain };
}

/** With those that commander adds: `help`. */
function subcommands(command: Command): readonly Command[] {
  return command.commands.length > 0 ? command.createHelp().visibleCommands(command) : [];
}

function commandNames(command: Command, { isRefused }: Surroundings): readonly Completion[] {
  const offered = subcommands(command).filter((each) => !isRefused(each.name()));
  return offered.flatMap((each) => [
    { word: each.name(), words: each.description() },
    ...each.aliases().map((alias) => ({ word: alias, words: `the same as ${each.name()}` })),
  ]);
}

/** With those that commander adds: `--help`. */
function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function findOption(command: Command, name: string): Option | undefined {
  return optionsOf(command).find(({ short, long }) => name === short || name === long);
}

function optionNames(command: Command, used: ReadonlySet<Option> = new Set()): readonly Completion[] {
  const unused = optionsOf(command).filter((option) => !used.has(option));
  return unused.flatMap(({ long, description }) => (long ? [{ word: long, words: description }] : []));
}

/** With the replicas' names in the place of `nI`, but those that were named already: no command takes one twice. */
function spellOut(choices: Choices, replicas: readonly string[], values: readonly string[]): readonly Completion[] {
  const others = replicas.filter((id) => !values.includes(id));
  return Object.entries(choices).flatMap(([word, words]) =>
    (word === ANY_REPLICA ? others : [word]).map((each) => ({ word: each, words })),
  );
}
