import type { Command } from 'commander';
import type { LoneReplica } from '../../core/cluster/lone-replica.ts';
import { escapeText } from '../../core/observe/escape.ts';
import type { ReplicaEvent } from '../../core/protocol/events.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { formatAddress } from '../address.ts';
import { type OutputOptions, takesOutputOptions, withExamples } from '../arguments.ts';
import { REPLICA, WordArgument } from '../choices.ts';
import { loadClusterFile } from '../cluster-file.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../failure.ts';
import { asFailure } from '../run-cluster.ts';
import { runLone } from '../run-lone.ts';
import { commandLine } from '../words.ts';

interface RouterFlags extends OutputOptions {
  readonly cluster: string;
}

interface ReplicaFlags extends RouterFlags {
  readonly data: string;
  readonly init?: true;
  readonly rebuild?: true;
}

/** `replica` and `router`: one process of a cluster that nobody supervises, in the foreground. */
export function addLoneCommands(program: Command, context: Context): void {
  const replica = program
    .command('replica')
    .description('run one replica of a cluster on several hosts, until it is stopped')
    .addArgument(new WordArgument('<replica>', 'which one of the cluster file: n1, n2 …', REPLICA))
    .requiredOption('--cluster <file>', 'the cluster file, the same for all (see below)')
    .requiredOption('--data <dir>', 'the folder of this replica')
    .option('--init', 'make the folder: once, before this replica has ever run')
    .option('--rebuild', 'if its log is damaged or gone: fetch it anew from the others')
    .action(context.action((id: string, flags: ReplicaFlags) => runReplica(context, id, flags)));
  withExamples(
    takesOutputOptions(replica),
    'lockstep replica n1 --cluster accounts.json --data ./n1 --init    the first time',
    'lockstep replica n1 --cluster accounts.json --data ./n1           from then on',
  ).addHelpText('after', CLUSTER_FILE);
  const router = program
    .command('router')
    .description('run the router of a cluster on several hosts, until it is stopped')
    .requiredOption('--cluster <file>', 'the cluster file, the same for all (see below)')
    .action(context.action((flags: RouterFlags) => runRouter(context, flags)));
  withExamples(
    takesOutputOptions(router),
    'lockstep router --cluster accounts.json',
    'lockstep attach --addr 10.0.0.9:7400 --secret-file accounts.secret    its dashboard, from anywhere',
  ).addHelpText('after', CLUSTER_FILE);
}

const CLUSTER_FILE = `
A cluster file:
  { "cluster": "accounts",
    "replicas": { "n1": "10.0.0.1:7401", "n2": "10.0.0.2:7401", "n3": "10.0.0.3:7401" },
    "router": "10.0.0.9:7400",
    "secretFile": "accounts.secret" }
  "mode" and "tempo" may stand there too. The secret: 32 bytes or more of text, in a file of its owner's alone.`;

function runReplica(context: Context, name: string, flags: ReplicaFlags): Promise<number> {
  const { json = false, data } = flags;
  const file = loadClusterFile(context, flags.cluster, json);
  const id = replicaId(name);
  if (!file.replicas.has(id)) {
    const known = [...file.replicas.keys()].join(', ');
    throw new UsageError(`there is no ${JSON.stringify(name)} in ${flags.cluster}: it has ${known}`);
  }
  if (data === '' || data.startsWith('-')) {
    throw new UsageError(`--data must be a folder, not ${JSON.stringify(data)}`);
  }
  if (flags.init && flags.rebuild) {
    throw new UsageError('--init is for a replica that has never run, --rebuild for one that has: give one of them');
  }
  const start = flags.init ? 'init' : flags.rebuild ? 'rebuild' : 'found';
  return runLone(context, json, async (tell) => {
    const { startLoneReplica } = await import('../../core/cluster/lone-replica.ts');
    const onEvent = (event: ReplicaEvent): void => tell({ type: 'replica', id, event });
    const command = commandLine('replica', id, '--cluster', flags.cluster, '--data', data);
    const replica = await startLoneReplica({ file, id, data, start, command, onEvent }).catch(asFailure);
    const { addr, log, recovered, rebuilt, failed } = replica;
    tell({ ...recovered, type: 'recovered', id });
    return {
      ready: {
        record: { v: 1, event: 'ready', cluster: file.cluster, replica: id, addr, log, rebuilt },
        lines: [
          `ready: ${id} of cluster ${file.cluster} at ${addr}, log in ${escapeText(log)}`,
          ...(rebuilt === null ? [] : [describeRebuilt(rebuilt)]),
        ],
      },
      failed,
      stop: () => replica.stop(),
    };
  });
}

function describeRebuilt({ because, folder }: NonNullable<LoneReplica['rebuilt']>): string {
  const left = folder === null ? '' : `; what is left of the old one is in ${escapeText(folder)}`;
  return `the log is begun anew (${escapeText(because)})${left}`;
}

function runRouter(context: Context, flags: RouterFlags): Promise<number> {
  const { json = false } = flags;
  const { cluster, router, ...file } = loadClusterFile(context, flags.cluster, json);
  return runLone(context, json, async (tell) => {
    const { startLoneRouter } = await import('../../core/cluster/lone-router.ts');
    const { unlisted, unlist } = await startLoneRouter({ cluster, router, ...file }, tell).catch(asFailure);
    const addr = formatAddress(router);
    const replicas = [...file.replicas.keys()];
    return {
      ready: {
        record: { v: 1, event: 'ready', cluster, addr, ...router, replicas, secretFile: file.secretFile },
        lines: [
          `ready: router of cluster ${cluster} at ${addr}, for ${replicas.join(' ')}`,
          `try:  lockstep attach --addr ${addr}${unlisted === null ? '' : ` --secret-file ${escapeText(file.secretFile)}`}`,
        ],
      },
      stop: async () => unlist(),
    };
  });
}
