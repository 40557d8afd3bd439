// Takes the pictures in docs: `npm run pictures`, or `npm run pictures -- NAME…` for some. See scenes.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Lockstep, run } from '../process/lockstep.ts';
import { Sandbox } from '../process/sandbox.ts';
import { endOnSignal } from '../process/signals.ts';
import { Terminal } from '../pty/terminal.ts';
import { DARK, LIGHT } from './look.ts';
import { SCENES, type Scene, type Step } from './scenes.ts';
import { svg } from './svg.ts';

const folder = fileURLToPath(new URL('../../docs/', import.meta.url));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !SCENES.some((scene) => scene.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such scene: ${unknown.join(', ')}; there are ${SCENES.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const scene of SCENES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const picture = await take(scene);
  writeFileSync(`${folder}${scene.name}.svg`, picture);
  process.stdout.write(`docs/${scene.name}.svg: ${(Buffer.byteLength(picture) / 1000).toFixed(1)} kB\n`);
}

async function take(scene: Scene): Promise<string> {
  await using sandbox = new Sandbox();
  using _ending = endOnSignal(sandbox);
  const { columns, rows, title, look } = scene;
  await using terminal = new Terminal(scene.args, { columns, rows, sandbox, env: { COLORTERM: 'truecolor' } });
  for (const step of scene.steps) await act(terminal, step);
  // Not in the middle of a frame: one half of it would be of another moment.
  await terminal.until(() => !terminal.isDrawing);
  return svg(terminal.cells(), { title, look: look === 'light' ? LIGHT : DARK });
}

async function act(terminal: Terminal, { run: command, beside, keys, until, seconds }: Step): Promise<void> {
  const { sandbox } = terminal;
  if (command !== undefined) {
    const { code, stderr } = await run([...command, '--addr', await addressOn(terminal)], { sandbox });
    if (code !== 0) throw new Error(`lockstep ${command.join(' ')}: ${code}\n${stderr}`);
  }
  // The sandbox ends it.
  if (beside !== undefined) new Lockstep([...beside, '--addr', await addressOn(terminal)], { sandbox });
  if (keys !== undefined) terminal.press(...keys);
  if (until !== undefined) await terminal.until(until);
  if (seconds !== undefined) await pass(seconds * 1000);
}

/** Where the cluster is to be reached: the dashboard says so. */
async function addressOn(terminal: Terminal): Promise<string> {
  const address = /127\.0\.0\.1:\d+/;
  return address.exec(await terminal.until(address))?.[0] ?? '';
}
