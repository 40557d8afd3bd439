#!/usr/bin/env node
// The program. It has to start on an old Node to say that it is old, so it imports nothing before it has looked, and is
// written in plain syntax.
import { complaintAboutNode } from './node-version.ts';

const complaint = complaintAboutNode(process.versions.node);
if (complaint === undefined) {
  // React's development build is slower and keeps performance entries without bound.
  if (!process.env.NODE_ENV) process.env.NODE_ENV = 'production';
  import('./main.ts')
    .then((module) => module.main(process.argv.slice(2)))
    .then(finish, (error: unknown) => {
      process.stderr.write(`lockstep: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
      finish(1);
    });
} else {
  process.stderr.write(`${complaint}\n`);
  process.exitCode = 2;
}

/** Ends the process once all that was printed has gone out, whatever handle is still open. */
function finish(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
