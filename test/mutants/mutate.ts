import { registerHooks } from 'node:module';
import type { Edit } from './mutant.ts';

const root = new URL('../../', import.meta.url);

/** `text` of `file` with its edits made. Throws if what one of them changes is not there exactly once. */
export function mutated(file: string, text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, edit) => {
    if (edit.file !== file) return before;
    const parts = before.split(edit.find);
    if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once:\n${edit.find}`);
    return parts.join(edit.replace);
  }, text);
}

/** From now on this thread loads sources with these edits made. What it has loaded stays as it is. */
export function loadMutated(edits: readonly Edit[]): void {
  const files = new Map(edits.map(({ file }) => [new URL(file, root).href, file]));
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const file = files.get(url);
      if (file === undefined) return loaded;
      return { ...loaded, source: mutated(file, String(loaded.source), edits) };
    },
  });
}
