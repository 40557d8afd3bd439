import { formatPosition } from '../protocol/position.ts';
import { keepHeapSmall } from '../wire/small-heap.ts';
import type { ReplicaConfig, ReplicaOrder, ReplicaReport } from './config.ts';
import { ReplicaProcess } from './replica-process.ts';

/*
 * A replica process, started by the supervisor. Its orders come over the channel to its parent; when that breaks, the
 * parent is gone, and so is this process. The terminal's own signals are for the parent.
 */
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', () => process.exit(0));
keepHeapSmall();

const config = JSON.parse(process.argv[2] ?? '{}') as ReplicaConfig;
const report = (message: ReplicaReport, then = (): void => {}): void => {
  if (process.connected) process.send?.(message, undefined, undefined, then);
};
/** What happens next is said on the output too, which is kept in the data folder. */
const end = (code: number, message: ReplicaReport & { message: string }): void => {
  process.stderr.write(`${message.message}\n`);
  report(message, () => process.exit(code));
};

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  end(1, { type: 'failed', message: `a bug of lockstep's: ${error.message}` });
});

const replica = ReplicaProcess.open(config, {
  onFailed: (error) => end(1, { type: 'failed', message: error.message }),
});
if ('refused' in replica) end(1, { type: 'refused', ...replica.refused });
else {
  process.on('message', (order: ReplicaOrder) => {
    switch (order.type) {
      case 'network':
        return replica.setNetwork(order.peers, order.links);
      case 'tempo':
        return replica.retime(order.tempo);
      case 'stop':
        return replica.stop(() => process.exit(0));
      case 'power-cut':
        return replica.cutPower();
      default:
        order satisfies never;
    }
  });
  process.on('SIGTERM', () => replica.stop(() => process.exit(0)));
  process.stdout.write(`${config.id} starts at ${formatPosition(replica.status().position)}\n`);
  replica.listen(
    (port) => report({ type: 'listening', port, rebuilt: replica.rebuilt !== null }),
    (error) => end(1, { type: 'failed', message: `cannot listen: ${error.message}` }),
  );
}
