import { rmSync } from 'node:fs';
import { Secret, SecretError } from '../wire/secret.ts';
import { keepHeapSmall } from '../wire/small-heap.ts';
import type { ReplicaPlace, RouterConfig, RouterOrder, RouterReport } from './config.ts';
import { Router } from './router.ts';

/*
 * The router process, started by the supervisor. It holds the pids of all replicas: when the channel to the supervisor
 * breaks, the supervisor is gone, and it ends them. Each that runs ends by itself too, but one that is paused cannot.
 */
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
keepHeapSmall();

const config = JSON.parse(process.argv[2] ?? '{}') as RouterConfig;
let places: Readonly<Record<string, ReplicaPlace>> = {};

/** The supervisor is gone: nobody else can end those that are paused. */
function reap(): never {
  for (const { pid } of Object.values(places)) if (pid !== null) kill(pid);
  if (config.temporary) rmSync(config.temporary, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

process.on('disconnect', reap);
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\na bug of lockstep's: ${error.message}\n`);
  if (!process.connected) reap();
  process.exit(1);
});

const report = (message: RouterReport): void => {
  if (!process.connected) return;
  process.send?.(message, undefined, undefined, (error) => {
    if (error) reap();
    // One that cannot listen is of no use. The supervisor may try again.
    else if (message.type === 'refused') process.exit(1);
  });
};
try {
  run(new Router(config, Secret.load(config.secretFile), report));
} catch (error) {
  if (!(error instanceof SecretError)) throw error;
  process.stderr.write(`${error.message}\n`);
  report({ type: 'refused', code: 'unusable', errno: undefined, message: error.message });
}

function run(router: Router): void {
  process.on('message', (order: RouterOrder) => {
    switch (order.type) {
      case 'world':
        places = order.replicas;
        return router.setWorld(order.replicas, order.links);
      case 'happened':
        return router.happened(order.what);
      case 'controlled':
        return router.controlled(order.id, order.result);
      default:
        order satisfies never;
    }
  });
  router.listen();
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
