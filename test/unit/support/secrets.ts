import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../core/wire/secret.ts';

/** A cluster's secret, unlike any other. */
export function freshSecret(): Secret {
  const { secret, remove } = freshSecretFile();
  remove();
  return secret;
}

/** One that stands in a file, until that is removed. */
export function freshSecretFile(): { readonly secret: Secret; readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  const file = join(folder, 'secret');
  return { secret: Secret.create(file), file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
