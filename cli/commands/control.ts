import type { Command } from 'commander';
import type { ControlResult, ProcessAction } from '../../core/observe/api.ts';
import { WRITE_MODES, type WriteMode } from '../../core/protocol/entry.ts';
import { TEMPOS, type Tempo } from '../../core/protocol/timing.ts';
import { type AddressOptions, checked, parseWord, takesAddress, withExamples } from '../arguments.ts';
import { type Choices, MODES, REPLICA, TEMPOS as TEMPO_WORDS, WordArgument } from '../choices.ts';
import { ask, control, tellControl, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../failure.ts';

/** The commands that change a running cluster: its mode and tempo, its processes, its links. */
export function addControlCommands(program: Command, context: Context): void {
  addMode(program, context);
  addTempo(program, context);
  for (const [action, description] of PROCESS_COMMANDS) {
    const command = program
      .command(action)
      .description(description)
      .addArgument(new WordArgument('<target>', 'leader, followers, all, or one replica such as n2', TARGETS))
      .action(
        context.action((target: string, flags: ProcessFlags) =>
          control(context, flags, checked({ op: action, target, rebuild: flags.rebuild })),
        ),
      );
    if (action === 'start') command.option('--rebuild', 'begin a damaged or missing log anew, from the others’');
    const last = action === 'start' ? 'n2 --rebuild' : 'n2';
    withExamples(takesAddress(command), `lockstep ${action} leader`, `lockstep ${action} ${last}`);
  }
  addLink(program, context);
  const heal = program
    .command('heal')
    .description('end all link faults, resume what is paused, start what is down')
    .action(context.action((flags: AddressOptions) => control(context, flags, { op: 'heal' })));
  withExamples(takesAddress(heal), 'lockstep heal');
}

interface ProcessFlags extends AddressOptions {
  /** Of `start` alone. */
  readonly rebuild?: true;
}

const LEADER: Choices = { leader: 'whoever leads' };
const TARGETS: Choices = { ...LEADER, followers: 'all but the leader', all: 'every replica', ...REPLICA };

const PROCESS_COMMANDS: readonly (readonly [ProcessAction, string])[] = [
  ['kill', 'kill -9: it stays down until it is started'],
  ['stop', 'stop in good order'],
  ['pause', 'freeze (SIGSTOP): connected, and silent'],
  ['resume', 'let it run again after pause'],
  ['start', 'start what is down: it recovers from its disk'],
  ['power-cut', 'kill, and lose all that was not fsynced'],
];

function addMode(program: Command, context: Context): void {
  const command = program
    .command('mode')
    .description('say or set when writes are acknowledged')
    .addArgument(
      new WordArgument('[mode]', 'async, quorum or sync', MODES, (text) => parseWord(text, 'mode', WRITE_MODES)),
    )
    .action(
      context.action((mode: WriteMode | undefined, flags: AddressOptions) =>
        withCluster(context, { ...flags, needsSecret: mode !== undefined }, async (client) => {
          const result: ControlResult = await ask(client, checked({ op: 'mode', mode }), EXIT.unknown);
          if (flags.json || !result.ok || !result.mode) return tellControl(context, flags, result);
          context.say(result.mode);
          return EXIT.done;
        }),
      ),
    );
  withExamples(
    takesAddress(command),
    'lockstep mode            which one is it?',
    'lockstep mode async      once the leader has it on disk',
    'lockstep mode quorum     once a majority has',
    'lockstep mode sync       once every replica has',
  );
}

function addTempo(program: Command, context: Context): void {
  const command = program
    .command('tempo')
    .description('say or set how fast the cluster lives')
    .addArgument(
      new WordArgument('[tempo]', 'slow, normal or fast', TEMPO_WORDS, (text) => parseWord(text, 'tempo', TEMPOS)),
    )
    .action(
      context.action((tempo: Tempo | undefined, flags: AddressOptions) =>
        withCluster(context, { ...flags, needsSecret: tempo !== undefined }, async (client) => {
          const result: ControlResult = await ask(client, checked({ op: 'tempo', tempo }), EXIT.unknown);
          if (flags.json || !result.ok || !result.tempo) return tellControl(context, flags, result);
          context.say(result.tempo);
          return EXIT.done;
        }),
      ),
    );
  withExamples(
    takesAddress(command),
    'lockstep tempo           which one is it?',
    'lockstep tempo slow      for eyes: an election takes 2.5 to 5 s',
    'lockstep tempo normal    500 to 1000 ms',
    'lockstep tempo fast      for scripts: 100 to 200 ms',
  );
}

interface LinkFlags extends AddressOptions {
  readonly oneWay?: true;
}

function addLink(program: Command, context: Context): void {
  const command = program
    .command('link')
    .description('cut, slow down or heal the link between two replicas')
    .addArgument(new WordArgument('<from>', 'a replica, or leader', { ...LEADER, ...REPLICA }))
    .addArgument(new WordArgument('<to>', 'another replica, or all', { all: 'every other', ...REPLICA }))
    .addArgument(
      new WordArgument('<fault>', 'cut, delay=MS or drop=PERCENT; restore ends the cut alone, heal all three', FAULTS),
    )
    .option('--one-way', 'only what FROM sends to TO')
    .action(
      context.action((from: string, to: string, fault: string, flags: LinkFlags) =>
        control(context, flags, checked({ op: 'link', from, to, fault: parseFault(fault), oneWay: flags.oneWay })),
      ),
    );
  withExamples(
    takesAddress(command),
    'lockstep link n1 n2 cut',
    'lockstep link leader all cut            whoever leads now',
    'lockstep link n1 all delay=200          delay=0 ends it',
    'lockstep link n2 n3 drop=10 --one-way   drop=0 ends it',
    'lockstep link n1 all restore            no cut; a delay stays',
    'lockstep link n1 all heal',
  );
}

const FAULTS: Choices = {
  cut: 'nothing gets through',
  'delay=': 'how many ms later it gets there',
  'drop=': 'how many percent get lost',
  restore: 'the cut ends, no other fault',
  heal: 'all faults end',
};

/** The bounds of the numbers are the request's. */
function parseFault(text: string): object {
  const match = /^(?:(cut|restore|heal)|delay=([\d.]+)(?:ms)?|drop=([\d.]+)%?)$/.exec(text);
  if (match?.[1]) return { kind: match[1] };
  if (match?.[2]) return { kind: 'delay', ms: Number(match[2]) };
  if (match?.[3]) return { kind: 'drop', percent: Number(match[3]) };
  throw new UsageError(`a fault must be cut, restore, heal, delay=MS or drop=PERCENT, not ${JSON.stringify(text)}`);
}
