// From `kill -9` of the leader to the next acknowledged write, as a client that keeps trying sees it. In ms.
import { Running } from '../process/running.ts';
import { report } from './report.ts';

const ROUNDS = 20;

await using cluster = await Running.up();
const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  await cluster.writeUntilOk('before', `${round}`, { mode: 'sync' });
  const killedMs = performance.now();
  const killed = cluster.act('kill', 'leader');
  // What is still acknowledged by the leader that is about to die does not count.
  await killed;
  while ((await cluster.write('after', `${round}`)).outcome !== 'ok');
  times.push(performance.now() - killedMs);
  await cluster.client.ask({ op: 'heal' });
  await cluster.leader();
}
report('kill to the next acknowledged write', times, 'ms');
