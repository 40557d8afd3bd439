import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../core/wire/secret.ts';

/** A cluster's secret, unlike any other. */
export function freshSecret(): Secret {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  try {
    return Secret.create(join(folder, 'secret'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
