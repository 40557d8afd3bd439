import type { Command } from 'commander';
import type { ThemeName } from '../views/theme-names.ts';
import type { OutputOptions } from './arguments.ts';
import { THEMES, WordOption } from './choices.ts';
import type { Context } from './context.ts';
import { parseSetting, settingsFrom } from './settings.ts';

/** What the dashboard is to look like. */
export interface Looks {
  readonly theme: ThemeName;
  /** Everything is drawn with ASCII. */
  readonly ascii: boolean;
  /** The mouse is the dashboard's; otherwise it is the terminal's, which selects text with it. */
  readonly mouse: boolean;
  readonly noColor: boolean;
}

/** What `play` and `attach` take for it. */
export interface LooksFlags extends OutputOptions {
  readonly theme?: ThemeName;
  readonly ascii?: true;
  /** False with `--no-mouse`. */
  readonly mouse: boolean;
  /** Plain lines instead of a dashboard. */
  readonly plain?: true;
}

export function takesLooks(command: Command): Command {
  return command
    .addOption(
      new WordOption('--theme <theme>', 'dark, light, contrast or mono (dark)', THEMES, (text) =>
        parseSetting('theme', text, '--theme'),
      ),
    )
    .option('--ascii', 'draw with ASCII alone')
    .option('--no-mouse', 'leave the mouse to the terminal')
    .option('--plain', 'plain lines instead of a dashboard, for screen readers');
}

/** Flags, environment, settings and defaults together. */
export async function resolveLooks(context: Context, flags: LooksFlags): Promise<Looks> {
  const { theme, ascii, mouse } = flags;
  const given = { ...(theme && { theme }), ...(ascii && { ascii }), ...(!mouse && { mouse }) };
  const setting = settingsFrom(given, context.io.env, (await context.settingsFile()).values);
  return {
    theme: setting('theme').value,
    ascii: setting('ascii').value,
    mouse: setting('mouse').value,
    noColor: context.isColourless(flags),
  };
}
