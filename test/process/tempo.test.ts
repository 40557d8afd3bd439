// A cluster whose tempo is changed while it runs: nobody is deposed for it, no write refused, and everyone lives by it.
import { expect, test } from 'vitest';
import type { WriteResult } from '../../core/observe/api.ts';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import type { ReplicaEvent } from '../../core/protocol/events.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { type Tempo, timingOf } from '../../core/protocol/timing.ts';
import { run } from './lockstep.ts';
import { isSettled, Running } from './running.ts';

/** No slow heartbeat, and yet more than a fast leader may go unanswered, or the router gives a fast replica. */
const SILENT_MS = 350;

type Campaign = Extract<ReplicaEvent, { type: 'campaign' }>;

/** The first attempt to be elected from event number `from` on. */
async function campaign(cluster: Running, from: number): Promise<Campaign> {
  const { event } = await cluster.happened('replica', (what) => what.event.type === 'campaign', from);
  return event as Campaign;
}

/** Writes one after the other, each mode in turn, until it is told to stop. */
function keepWriting(cluster: Running): { readonly outcomes: WriteResult[]; stop(): Promise<void> } {
  const outcomes: WriteResult[] = [];
  let isOn = true;
  const writing = (async () => {
    for (let count = 0; isOn; count++) {
      const mode = WRITE_MODES[count % WRITE_MODES.length] ?? 'quorum';
      outcomes.push(await cluster.write(`key ${count % 5}`, `value ${count}`, { mode }));
    }
  })();
  const stop = (): Promise<void> => {
    isOn = false;
    return writing;
  };
  return { outcomes, stop };
}

async function setTempo(cluster: Running, tempo: Tempo): Promise<void> {
  const result = await cluster.client.ask({ op: 'tempo', tempo });
  expect(result).toEqual({ v: 1, ok: true, message: `the tempo is ${tempo} now`, tempo });
}

test('normal, slow, fast under writes: all are acknowledged, and the leader leads on', async () => {
  await using cluster = await Running.up();
  const { leader, term } = await cluster.until(isSettled);
  const from = cluster.events.length;
  expect(await cluster.cli('tempo')).toMatchObject({ code: 0, record: { ok: true, tempo: 'normal' } });

  const writer = keepWriting(cluster);
  expect(await cluster.cli('tempo', 'slow')).toMatchObject({ code: 0, record: { ok: true, tempo: 'slow' } });
  await cluster.until((now) => now.tempo === 'slow' && now.writes.ok > 100);
  await writer.stop();
  // The worst moment to go fast: at rest a slow replica is silent for longer than a fast one may be.
  for (let isSilent = false; !isSilent; ) {
    const { replicas } = await cluster.client.ask({ op: 'status' });
    isSilent = replicas.every(({ heartbeatAgeMs }) => (heartbeatAgeMs ?? 0) > SILENT_MS);
  }
  await setTempo(cluster, 'fast');
  const faster = keepWriting(cluster);
  await cluster.until((now) => now.tempo === 'fast' && now.writes.ok > writer.outcomes.length + 50);
  await faster.stop();

  const outcomes = [...writer.outcomes, ...faster.outcomes];
  expect(outcomes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  expect(await cluster.client.ask({ op: 'status' })).toMatchObject({ tempo: 'fast', leader, term });
  expect(cluster.all('tempo', from).map(({ tempo }) => tempo)).toEqual(['slow', 'fast']);
  expect(await cluster.cli('status')).toMatchObject({ code: 0, record: { tempo: 'fast' } });
});

test('at fast a leader that is killed, or paused, is replaced soon', async () => {
  await using cluster = await Running.up(['--tempo', 'slow', '--replicas', '5']);
  const first = await cluster.leader();
  await setTempo(cluster, 'fast');
  await cluster.write('key', 'before');
  await cluster.act('kill', first);
  await cluster.until((now) => now.leader !== null && now.leader !== first);
  await cluster.writeUntilOk('key', 'after');

  const second = await cluster.leader();
  const from = cluster.events.length;
  await cluster.act('pause', second);
  // Sooner than anybody would ask at slow.
  const { silentMs } = await campaign(cluster, from);
  expect(silentMs).toBeLessThan(timingOf('slow').electionMinMs);
  await cluster.until((now) => now.leader !== null && now.leader !== second);
  await cluster.writeUntilOk('key', 'after that');
});

test('a replica that was down or paused, and a new router, live by the tempo that was set meanwhile', async () => {
  await using cluster = await Running.up();
  const [down, paused] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  const { replicas } = await cluster.until(isSettled);
  const pids = new Set([cluster.program.pid, ...replicas.map(({ pid }) => pid)]);
  const [router] = cluster.sandbox.processes().filter((pid) => !pids.has(pid));
  if (!router) throw new Error('no router process');
  await cluster.act('kill', down);
  await cluster.act('pause', paused);
  await setTempo(cluster, 'slow');
  process.kill(router, 'SIGKILL');
  await cluster.happened('router', ({ restarts }) => restarts === 1);
  await cluster.act('resume', paused);
  await cluster.act('start', down);
  const { tempo } = await cluster.until((now) => now.replicas.every(({ process }) => process === 'up'));
  expect(tempo).toBe('slow');
  await cluster.writeUntilOk('key', 'everywhere', { mode: 'sync' });

  const leader = await cluster.leader();
  const from = cluster.events.length;
  await cluster.act('pause', leader);
  // The first of the two to ask has waited for longer than either would at normal.
  const { cause, silentMs } = await campaign(cluster, from);
  expect(cause).toBe('leader-silent');
  expect(silentMs).toBeGreaterThan(2 * timingOf('normal').electionMaxMs);
});

test('a word that is no tempo gets one clear line', async () => {
  const { code, stdout, stderr } = await run(['tempo', 'presto']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe('lockstep: tempo must be slow, normal or fast, not "presto"\n');
});
