import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killAll, markedProcesses } from './pids.ts';

/** The built program's entry. */
export const entry = fileURLToPath(new URL('../../dist/cli/lockstep.js', import.meta.url));

/**
 * A place of its own for the program under test: its home, settings and temporary files lie in one private folder, and
 * nothing of this process's environment shows through. Every process started in it, and every child of one, carries its
 * mark, however it was orphaned. Disposal ends them all and removes the folder.
 */
export class Sandbox implements AsyncDisposable {
  readonly mark: string = randomUUID();
  readonly folder: string = mkdtempSync(join(tmpdir(), 'lockstep-test-'));

  /** Where the program puts its temporary files: an orderly end leaves nothing here. */
  readonly tmp: string = mkdtempSync(join(this.folder, 'tmp-'));

  environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      LANG: 'C.UTF-8',
      HOME: this.folder,
      TMPDIR: this.tmp,
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_STATE_HOME: join(this.folder, 'state'),
      LOCKSTEP_TEST_MARK: this.mark,
      ...extra,
    };
  }

  /** The pids of what was started in here and still lives. */
  processes(): number[] {
    return markedProcesses(`LOCKSTEP_TEST_MARK=${this.mark}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killAll(() => this.processes());
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
