import { expect } from 'vitest';
import { attach, open } from '../dashboard.ts';
import { key } from '../terminal.ts';
import { asks, back, type KeyCheck, type Stage } from './check.ts';

/** The command line, and what leaves the screen. */
export const COMMANDING: readonly KeyCheck[] = [
  { keys: [':'], does: 'runs a command of lockstep: Tab completes, ↑ recalls, Esc stops it', check: runsCommands },
  { keys: ['q'], does: 'quits, and the cluster goes on', check: quits },
  { keys: ['ctrl+c'], does: 'quits, also while something is typed', check: interrupts },
  { keys: ['ctrl+z'], does: 'gives the terminal back, and takes it again', check: suspends },
];

async function runsCommands({ terminal, cluster }: Stage): Promise<void> {
  terminal.press(':');
  await terminal.until(asks(':'));
  terminal.press(...'li', key.tab);
  await terminal.until(asks(': link'));
  terminal.press('n', key.tab);
  await terminal.until(/n1 .* n2 .* n3/);
  terminal.press(...'1 n2 dr', key.tab);
  await terminal.until(asks(': link n1 n2 drop='));
  terminal.press(...'30', key.enter);
  await terminal.until(/━ : link n1 n2 drop=30 ━.*━ ✓ · Esc closes ━/);
  const { links } = await cluster.until((now) => now.links.length > 0);
  expect(links).toContainEqual({ from: 'n1', to: 'n2', cut: false, delayMs: 0, dropPercent: 30 });
  await back(terminal, 'Esc closes');

  await cluster.writeUntilOk('k1', 'v1');
  terminal.press(':', ...'log n1 --from 1', key.enter);
  await terminal.until(/━ : log n1 --from 1 ━.* ✓ · Esc closes ━/);
  expect(terminal.screen()).toContain('k1 = v1');
  await back(terminal, 'Esc closes');

  terminal.press(':', key.up);
  await terminal.until(asks(': log n1 --from 1'));
  terminal.press(key.up);
  await terminal.until(asks(': link n1 n2 drop=30'));
  terminal.press(key.down, key.down);
  await terminal.until(asks(':'));

  terminal.press(...'nonsense', key.enter);
  await terminal.until(/unknown command/);
  await terminal.until('✗ exit 2 · Esc closes');
  await back(terminal, 'Esc closes');

  terminal.press(':', ...'load --rate 200', key.enter);
  await terminal.until(/2 s: \d+ ok/);
  expect(terminal.screen()).toContain('running: Esc stops it');
  terminal.press(key.escape);
  await terminal.until(/in all: \d+ ok/);
  await terminal.until('✓ · Esc closes');
  await cluster.until(({ rate }) => rate.acknowledged === 0);
  await back(terminal, 'Esc closes');
}

async function quits({ terminal, cluster }: Stage): Promise<void> {
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(await cluster.write('after', 'all')).toMatchObject({ outcome: 'ok' });
}

async function interrupts({ terminal, cluster }: Stage): Promise<void> {
  terminal.press('W');
  await terminal.until(asks(/^write.*\?$/));
  terminal.press(key.controlC);
  expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
  await using other = attach(cluster);
  await open(other);
  other.press(key.controlC);
  expect(await other.exit()).toEqual({ code: 130, signal: 0 });
}

/** Where no shell controls jobs, nothing can be stopped: it comes back at once. */
async function suspends({ terminal }: Stage): Promise<void> {
  const { length } = terminal.output;
  terminal.press(key.controlZ);
  await terminal.until(() => terminal.output.indexOf(ALTERNATE_ON, length) >= 0);
  const [left, entered] = [ALTERNATE_OFF, ALTERNATE_ON].map((code) => terminal.output.indexOf(code, length));
  expect(left).toBeGreaterThanOrEqual(length);
  expect(left).toBeLessThan(entered as number);
  await open(terminal);
  terminal.press('w');
  await terminal.until(/last write k1 = v1 +✓ ok/);
}

const ALTERNATE_ON = '\x1b[?1049h';
const ALTERNATE_OFF = '\x1b[?1049l';
