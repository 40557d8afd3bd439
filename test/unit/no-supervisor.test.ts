// Without a supervisor: what only one could do is refused, with what to do instead.
import { expect, test } from 'vitest';
import type { ClientRequest } from '../../core/observe/api.ts';
import type { ReplicaFacts } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { withoutSupervisor } from '../../core/router/no-supervisor.ts';

const [n1, n2] = [replicaId('n1'), replicaId('n2')];
const REPLICAS: readonly ReplicaFacts[] = [n1, n2].map((id, index) => ({
  ...{ id, addr: `10.0.0.${index + 1}:7401`, pid: null, process: 'up' },
  ...{ reachable: true, heard: true, status: null, statusAgeMs: 0 },
}));

const words = (request: ClientRequest, leader: typeof n1 | null = n1): string | undefined => {
  const error = withoutSupervisor(request, REPLICAS, leader);
  if (error) expect(error.code).toBe('no-supervisor');
  return error?.message;
};

test.each<[ClientRequest, RegExp]>([
  [{ op: 'kill', target: n2 }, /n2 runs at 10\.0\.0\.2:7401; there, end its process with kill -9$/],
  [{ op: 'kill', target: 'leader' }, /n1 runs at 10\.0\.0\.1:7401/],
  [{ op: 'kill', target: 'all' }, /each replica runs by itself; there/],
  [{ op: 'kill', target: replicaId('n7') }, /each replica runs by itself; there/],
  [{ op: 'stop', target: n1 }, /SIGTERM/],
  [{ op: 'pause', target: n1 }, /-STOP/],
  [{ op: 'resume', target: n1 }, /-CONT/],
  [{ op: 'start', target: n1 }, /"lockstep replica n1 --cluster FILE --data DIR" again, with --rebuild if/],
  [{ op: 'power-cut', target: n1 }, /power of the machine/],
  [{ op: 'link', from: n1, to: 'all', fault: { kind: 'cut' } }, /network itself/],
  [{ op: 'heal' }, /network itself/],
  [{ op: 'tempo', tempo: 'slow' }, /cluster file/],
  [{ op: 'down' }, /stop each process on its own host/],
])('%j', (request, pattern) => {
  const message = words(request);
  expect(message).toMatch(/^no supervisor here: /);
  expect(message).toMatch(pattern);
  expect(message).not.toContain('\n');
});

test('without a leader nobody is named', () => {
  expect(words({ op: 'stop', target: 'leader' }, null)).toMatch(/each replica runs by itself/);
});

test.each<ClientRequest>([
  { op: 'write', key: 'x', value: '1' },
  { op: 'delete', key: 'x' },
  { op: 'read', key: 'x' },
  { op: 'status' },
  { op: 'watch' },
  { op: 'mode', mode: 'sync' },
  { op: 'tempo' },
  { op: 'log', replica: n1 },
  { op: 'ledger' },
])('%j is done', (request) => {
  expect(words(request)).toBeUndefined();
});
