import { count } from '../observe/words.ts';
import { READ_LEVELS } from '../protocol/requests.ts';
import { FAULT_NAMES } from './faults.ts';
import type { SimOptions } from './options.ts';
import type { Result } from './simulate.ts';

/** A run in plain lines: what it was made of, what happened when, what it came to. */
export function storyOf(result: Result): readonly string[] {
  const { seed, digest, options, notes, failure, events, ms } = result;
  const told = notes.map(({ atMs, text }) => `${(atMs / 1000).toFixed(3).padStart(9)} s  ${text}`);
  return [
    `seed ${seed}: ${describeOptions(options)}`,
    ...told,
    '',
    `${count(events, 'event')} in ${(ms / 1000).toFixed(1)} s of virtual time, digest ${digest}`,
    ...totals(result),
    failure ? `${failure.kind} (${failure.check}) at event ${failure.step}: ${failure.message}` : 'no violation',
  ];
}

/** What a run is made of, in a line. */
export function describeOptions({
  events,
  replicas,
  clients,
  modes,
  tempo,
  batch,
  network,
  faults,
}: SimOptions): string {
  const hard = FAULT_NAMES.filter((fault) => faults[fault] > 0).map((fault) => `${fault} ${faults[fault]}`);
  const parts = [
    count(replicas, 'replica'),
    count(clients, 'client'),
    modes.join(' '),
    `${tempo} tempo`,
    `up to ${count(batch, 'write')} at once`,
    network,
    count(events, 'event'),
    `faults: ${hard.join(', ') || 'none'}`,
  ];
  return parts.join('; ');
}

function totals({ counts, faults, outcomes, fates }: Result): readonly string[] {
  const of = (what: string): number => counts[what] ?? 0;
  const reads = READ_LEVELS.map((level) => `${of(`reads ${level} served`)} ${level}`);
  const injected = Object.entries(faults).map(([fault, times]) => `${fault} ${times}`);
  const since = outcomes.ok === of('writes ok') ? '' : " (the last router's)";
  return [
    `leaders: ${of('leaders')} of ${count(of('elections'), 'election')}, ${of('leaders that stepped down')} stepped down`,
    `writes: ${of('writes ok')} ok, ${of('writes rejected')} rejected, ${of('writes unknown')} unknown`,
    `fates${since}: ${fates.committed} committed, ${fates.lost} lost, ${fates.discarded} discarded, ${fates.pending} pending`,
    `reads served: ${reads.join(', ')}`,
    `logs: ${count(of('rollbacks'), 'rollback')} of ${count(of('entries rolled back'), 'entry')}, ${of('torn logs')} torn, ${of('refusals to start')} refused, ${of('logs begun anew')} begun anew`,
    `snapshots: ${of('snapshots taken')} taken, ${of('snapshots installed')} installed`,
    `processes: ${of('starts')} started, ${of('processes that gave up')} gave up`,
    `messages: ${of('messages')}, ${of('messages lost')} lost, ${of('messages repeated')} repeated`,
    `faults: ${injected.join(', ') || 'none'}`,
  ];
}
