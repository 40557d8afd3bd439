import type { ApiError, ClientRequest, ProcessAction, Target } from '../observe/api.ts';
import type { ReplicaFacts } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';

/**
 * Why this cannot be done to a cluster whose processes were started one by one, and what to do instead; null if it can
 * be done. Only a supervisor, the parent of them all, can end or start a process, and only it sets faults.
 */
export function withoutSupervisor(
  request: ClientRequest,
  replicas: readonly ReplicaFacts[],
  leader: ReplicaId | null,
): ApiError | null {
  switch (request.op) {
    case 'kill':
    case 'stop':
    case 'pause':
    case 'resume':
    case 'start':
    case 'power-cut':
      return none(`${whereIs(request.target, replicas, leader)}; there, ${instead(request, leader)}`);
    case 'link':
      return none('break the network itself: take an interface down, or set a firewall');
    case 'heal':
      return none('mend the network itself, and start what is down on its own host');
    case 'tempo':
      if (request.tempo === undefined) return null;
      return none('change the tempo in the cluster file, and start all processes again');
    case 'down':
      return none('stop each process on its own host, with Ctrl-C or SIGTERM');
    case 'write':
    case 'delete':
    case 'read':
    case 'status':
    case 'watch':
    case 'mode':
    case 'log':
    case 'ledger':
      return null;
    default:
      return request satisfies never;
  }
}

function instead({ op, target }: ProcessOp, leader: ReplicaId | null): string {
  if (op !== 'start') return INSTEAD[op];
  const id = (target === 'leader' ? leader : target === 'all' || target === 'followers' ? null : target) ?? 'nI';
  const again = `"lockstep replica ${id} --cluster FILE --data DIR"`;
  return `run ${again} again, with --rebuild if its log is damaged or gone`;
}

type ProcessOp = Extract<ClientRequest, { readonly op: ProcessAction }>;

const INSTEAD: Readonly<Record<Exclude<ProcessAction, 'start'>, string>> = {
  kill: 'end its process with kill -9',
  stop: 'end its process with Ctrl-C or SIGTERM',
  pause: 'stop its process with kill -STOP',
  resume: 'let its process go on with kill -CONT',
  'power-cut': 'cut the power of the machine, or end the process with kill -9',
};

function whereIs(target: Target, replicas: readonly ReplicaFacts[], leader: ReplicaId | null): string {
  const id = target === 'leader' ? leader : target;
  const replica = replicas.find((candidate) => candidate.id === id);
  return replica === undefined ? 'each replica runs by itself' : `${replica.id} runs at ${replica.addr}`;
}

const none = (what: string): ApiError => ({ code: 'no-supervisor', message: `no supervisor here: ${what}` });
