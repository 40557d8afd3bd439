import type { Command } from 'commander';
import { escapeText } from '../../core/observe/escape.ts';
import { type OutputOptions, parseWord, takesOutputOptions, withExamples } from '../arguments.ts';
import { type Choices, MODES, SWITCH, TEMPOS, THEMES, WordArgument } from '../choices.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../failure.ts';
import { parseSetting, SETTING_KEYS, type SettingKey, settingsFrom } from '../settings.ts';

export function addConfigCommand(program: Command, context: Context): void {
  const config = program
    .command('config')
    .description('show or change the defaults, of new clusters and of the dashboard');
  takesOutputOptions(
    config
      .command('get')
      .description('show all settings, or one, and who says so')
      .addArgument(new WordArgument('[key]', SETTING_KEYS.join(', '), KEYS, parseKey))
      .action(context.action((key: SettingKey | undefined, flags: OutputOptions) => get(context, key, flags))),
  );
  takesOutputOptions(
    config
      .command('set')
      .description('keep a setting')
      .addArgument(new WordArgument('<key>', SETTING_KEYS.join(', '), KEYS, parseKey))
      .addArgument(new WordArgument('<value>', 'what it is to be', ([key]) => VALUES[key as SettingKey] ?? {}))
      .action(
        context.action((key: SettingKey, value: string, flags: OutputOptions) => set(context, key, value, flags)),
      ),
  );
  takesOutputOptions(
    config
      .command('path')
      .description('where the settings are kept')
      .action(context.action((flags: OutputOptions) => path(context, flags))),
  );
  takesOutputOptions(
    config
      .command('reset')
      .description('go back to the defaults')
      .action(context.action((flags: OutputOptions) => reset(context, flags))),
  );
  const lines = [
    'lockstep config',
    'lockstep config get mode',
    'lockstep config set tempo slow',
    'lockstep config set theme light',
    'lockstep config reset',
  ];
  for (const command of [config, ...config.commands]) withExamples(command, ...lines);
}

const KEYS: Readonly<Record<SettingKey, string>> = {
  replicas: 'how many a new cluster has, 1 to 9',
  mode: 'when its writes are acknowledged',
  tempo: 'how fast it lives',
  port: 'where it is to be reached',
  theme: 'the colours of the dashboard',
  mouse: 'whether the dashboard takes the mouse',
  ascii: 'whether it draws with ASCII alone',
};

/** Of the settings that are one of a few words. */
const VALUES: Partial<Record<SettingKey, Choices>> = {
  mode: MODES,
  tempo: TEMPOS,
  theme: THEMES,
  mouse: SWITCH,
  ascii: SWITCH,
};

const parseKey = (text: string): SettingKey => parseWord(text, 'a setting', SETTING_KEYS);

async function get(context: Context, key: SettingKey | undefined, { json }: OutputOptions): Promise<number> {
  const { values } = await context.settingsFile();
  const setting = settingsFrom({}, context.io.env, values);
  if (key !== undefined) {
    const { value, source } = setting(key);
    if (json) context.json({ v: 1, key, value, source });
    else context.say(String(value));
    return EXIT.done;
  }
  const settings = SETTING_KEYS.map((each) => [each, setting(each)] as const);
  if (json) context.json({ v: 1, settings: Object.fromEntries(settings) });
  for (const [each, { value, source }] of json ? [] : settings) {
    context.say(`${each.padEnd(8)}  ${String(value).padEnd(8)}  (${source})`);
  }
  return EXIT.done;
}

async function set(context: Context, key: SettingKey, text: string, { json }: OutputOptions): Promise<number> {
  const value = parseSetting(key, text, key);
  const file = await context.settingsFile();
  await file.set(key, value);
  if (json) context.json({ v: 1, key, value, path: file.path });
  else context.say(`${key} is ${value} from now on, in ${escapeText(file.path)}`);
  return EXIT.done;
}

async function path(context: Context, { json }: OutputOptions): Promise<number> {
  const file = await context.settingsFile();
  if (json) context.json({ v: 1, path: file.path });
  else context.say(escapeText(file.path));
  return EXIT.done;
}

async function reset(context: Context, { json }: OutputOptions): Promise<number> {
  const file = await context.settingsFile();
  await file.reset();
  if (json) context.json({ v: 1, path: file.path });
  else context.say('all settings are the defaults again');
  return EXIT.done;
}
