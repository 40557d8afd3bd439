// Plays every transcript and writes down what it printed. A person then reads the diff.
import { writeFileSync } from 'node:fs';
import { play, readTranscripts } from './play.ts';
import { formatTranscript, parseTranscript } from './transcript.ts';

for (const { name, path, text } of readTranscripts()) {
  try {
    const transcript = parseTranscript(text, name);
    const rewritten = formatTranscript(transcript, play(transcript, name));
    if (rewritten === text) continue;
    writeFileSync(path, rewritten);
    process.stdout.write(`${name} is rewritten\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
