import { parentPort, workerData } from 'node:worker_threads';
import type { Failure } from '../../core/sim/simulate.ts';
import type { Edit, Script, Seeds } from './mutant.ts';
import { loadMutated } from './mutate.ts';

/** What a thread is asked, with these edits made. It does the one or the other. */
export interface Task {
  readonly edits: readonly Edit[];
  readonly seeds?: Pick<Seeds, 'budget' | 'weather'>;
  readonly script?: Pick<Script, 'name'>;
}

/** What it found. */
export interface Found {
  /** The first seed that failed, and how; null: none did. */
  readonly failed: { readonly seed: number; readonly failure: Failure } | null;
  /** Where the script told something else than it says, or why it could not go on. */
  readonly differences: readonly string[];
}

const { edits, seeds, script } = workerData as Task;
loadMutated(edits);
const found = seeds ? await trySeeds(seeds) : await playScript(script?.name ?? '');
parentPort?.postMessage(found);

async function trySeeds({ budget, weather }: NonNullable<Task['seeds']>): Promise<Found> {
  const { simulate } = await import('../../core/sim/simulate.ts');
  for (let seed = 1; seed <= budget; seed++) {
    const { failure } = simulate({ seed, options: weather?.options ?? {} });
    if (failure) return { failed: { seed, failure }, differences: [] };
  }
  return { failed: null, differences: [] };
}

async function playScript(name: string): Promise<Found> {
  const { differences, play, readTranscripts } = await import('../transcripts/play.ts');
  const { parseTranscript } = await import('../transcripts/transcript.ts');
  const path = `test/testdata/${name}.txt`;
  const told = readTranscripts().find((each) => each.name === path);
  if (told === undefined) throw new Error(`no ${path}`);
  const transcript = parseTranscript(told.text, path);
  try {
    return { failed: null, differences: differences(transcript, play(transcript, path), path) };
  } catch (error) {
    return { failed: null, differences: [error instanceof Error ? error.message : String(error)] };
  }
}
