import type { RecoveredHappening } from '../observe/events.ts';
import { formatHostPort } from '../observe/host-port.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { ReplicaReport } from '../replica/config.ts';
import { ReplicaProcess } from '../replica/replica-process.ts';
import type { Address } from '../wire/dialer.ts';
import { Secret } from '../wire/secret.ts';
import { keepHeapSmall } from '../wire/small-heap.ts';
import type { ClusterFile } from './cluster-file.ts';
import { listenError } from './listen-error.ts';
import { whyNoLoneRebuild } from './lone-rebuild.ts';
import { type FolderStart, ReplicaFolder } from './replica-folder.ts';
import { StartError, type StartErrorCode } from './start-error.ts';

export interface LoneReplicaOptions {
  readonly file: ClusterFile;
  /** One of the file's. */
  readonly id: ReplicaId;
  /** Its folder. */
  readonly data: string;
  readonly start: FolderStart;
  /** The command that starts it, for messages that say how else to. */
  readonly command: string;
  readonly onEvent: (event: ReplicaEvent) => void;
}

/** One replica of a cluster that nobody supervises, in this process. */
export interface LoneReplica {
  /** host:port where it listens. */
  readonly addr: string;
  /** The folder of its log. */
  readonly log: string;
  /** What its disk held. */
  readonly recovered: Omit<RecoveredHappening, 'id'>;
  /** Why its log was begun anew, and where what is left of the old one is; null: it was not. */
  readonly rebuilt: { readonly because: string; readonly folder: string | null } | null;
  /** Settles when it cannot go on, for its disk failed: this process must end. */
  readonly failed: Promise<Error>;
  /** Finishes what is being written, and lets go of the folder. */
  stop(): Promise<void>;
}

/**
 * Starts it; resolves once it listens.
 *
 * @throws StartError or SecretError, with nothing left running.
 */
export async function startLoneReplica(options: LoneReplicaOptions): Promise<LoneReplica> {
  const { id, file, data, start, command, onEvent } = options;
  const { cluster, secretFile, replicas, tempo } = file;
  const members = [...replicas.keys()];
  const own = replicas.get(id);
  if (own === undefined) throw new Error(`${id} is not in the cluster file`);
  keepHeapSmall();
  // Nothing is made without it.
  Secret.load(secretFile);
  const folder = ReplicaFolder.open(data, { cluster, replica: id, members }, start, command);
  const failed = Promise.withResolvers<Error>();
  const config = {
    ...{ cluster, secretFile, id, members, dir: folder.log, ...own },
    ...{ supervised: false, tempo },
  };
  const open: Open = (rebuild) => ReplicaProcess.open({ ...config, rebuild }, { onFailed: failed.resolve, onEvent });
  const replica = await (start === 'rebuild' ? openOrRebuild(open, options) : open(false));
  if ('refused' in replica) {
    folder.giveUp();
    throw refusal(replica.refused, options, folder.isNew);
  }
  const stopped = (): Promise<void> => new Promise((resolve) => replica.stop(resolve));
  try {
    await listens(replica, id, own);
  } catch (error) {
    await stopped();
    folder.giveUp();
    throw error;
  }
  replica.setNetwork(Object.fromEntries(replicas), []);
  const { recovered, rebuilt } = replica;
  const stop = async (): Promise<void> => {
    await stopped();
    folder.close();
  };
  return { addr: formatHostPort(own), log: folder.log, recovered, rebuilt, failed: failed.promise, stop };
}

type Open = (rebuild: boolean) => ReturnType<typeof ReplicaProcess.open>;
type Refused = Omit<Extract<ReplicaReport, { type: 'refused' }>, 'type'> & { readonly obstacle?: string };

const isGone = ({ code }: Refused): boolean => code === 'corrupt' || code === 'missing';

/** A log that is sound is left as it is. One that is not is given up only if the others can do without its vote. */
async function openOrRebuild(
  open: Open,
  { id, file }: LoneReplicaOptions,
): Promise<ReplicaProcess | { refused: Refused }> {
  const found = open(false);
  if (!('refused' in found) || !isGone(found.refused)) return found;
  const obstacle = await whyNoLoneRebuild(id, file);
  return obstacle === null ? open(true) : { refused: { ...found.refused, obstacle } };
}

function refusal(refused: Refused, { id, file, command }: LoneReplicaOptions, isNew: boolean): StartError {
  const { code, message, obstacle } = refused;
  if (obstacle !== undefined) {
    const advice = isNew ? `; if ${id} has never run, "${command} --init" is for it` : '';
    const text = `${message.replace(/\.$/, '')}; it is not begun anew: ${obstacle}${advice}`;
    return new StartError(text, { code: 'no-rebuild' });
  }
  const isAnother = isGone(refused) && file.replicas.size > 1;
  const advice = isAnother ? ` "${command} --rebuild" fetches its log anew from the others.` : '';
  return new StartError(message + advice, { code: CODE_OF_REFUSAL[code] });
}

function listens(replica: ReplicaProcess, id: ReplicaId, own: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    replica.listen(
      () => resolve(),
      (error) => reject(listenError(id, own, error)),
    );
  });
}

const CODE_OF_REFUSAL: Readonly<Record<Refused['code'], StartErrorCode>> = {
  corrupt: 'replica-refused',
  foreign: 'data-foreign',
  missing: 'data-missing',
  unusable: 'data-unwritable',
};
