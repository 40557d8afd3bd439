// Makes a checkout ready to run: installs what is missing, builds dist. npm runs it before `start`, `test` and `pack`,
// the first time on whatever Node the machine has: plain old JavaScript, no dependencies.
// A running lockstep may be using dist, so nothing in it is touched that has not changed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = 'dist/cli/lockstep.js';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) process.stderr.write(`bootstrap: ${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status || 1);
}

/** npm writes node_modules/.package-lock.json last, so it is older than the lock or absent when packages are missing. */
function isInstalled() {
  const installed = 'node_modules/.package-lock.json';
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
}

/** Removes what was built from a source that is gone. */
function prune(built, source) {
  if (!existsSync(built)) return;
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    const from = join(source, entry.name);
    if (entry.isDirectory()) {
      if (existsSync(from)) prune(join(built, entry.name), from);
      else rmSync(join(built, entry.name), { recursive: true });
    } else if (entry.name.endsWith('.js')) {
      const stem = from.slice(0, -'.js'.length);
      if (!existsSync(`${stem}.ts`) && !existsSync(`${stem}.tsx`)) rmSync(join(built, entry.name));
    }
  }
}

if (!isInstalled()) {
  process.stderr.write('Installing packages: about 20 seconds, once…\n');
  // `--include=dev`: also where NODE_ENV says production.
  run('npm', ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}
prune('dist', '.');
// tsc goes by its notes on what it built, not by what is there.
if (!existsSync(entry)) rmSync('dist', { recursive: true, force: true });
run(join('node_modules', '.bin', 'tsc'), ['-p', '.']);
chmodSync(entry, 0o755);
