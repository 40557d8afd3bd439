import { expect } from 'vitest';
import { lacks, type Tool } from '../tools.ts';

/** Ends the test that asks if it cannot be made here, and says so on a line of its own. `skip` is the test's. */
export function needs(tool: Tool, { skip }: { readonly skip: (note: string) => never }): void {
  const why = lacks(tool);
  if (why === null) return;
  process.stdout.write(`not tried here: ${expect.getState().currentTestName} (takes ${tool}: ${why})\n`);
  skip(`takes ${tool}: ${why}`);
}
