// How long the built program takes to its first frame, and to a leader. Prints medians of ROUNDS, in ms.
import { Terminal } from '../pty/terminal.ts';
import { report } from './report.ts';

const ROUNDS = 10;

const frames: number[] = [];
const leaders: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const startedMs = performance.now();
  await using terminal = new Terminal(['--port', '0'], { columns: 100, rows: 30 });
  await terminal.until(/lockstep/);
  frames.push(performance.now() - startedMs);
  await terminal.until(/● n\d leads/);
  leaders.push(performance.now() - startedMs);
  terminal.press('q');
  await terminal.exit();
}
report('first frame', frames, 'ms');
report('a leader on screen', leaders, 'ms');
