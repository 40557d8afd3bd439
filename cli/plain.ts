import type { News } from '../views/plain/news.ts';
import type { Context } from './context.ts';
import type { OpenDashboard } from './dashboard.ts';
import { newsLine, printNews } from './events.ts';
import type { LooksFlags } from './looks.ts';

/** Whether lines are printed and nothing is drawn: it was asked for, or this is not a terminal that can be drawn on. */
export const isPlain = ({ io }: Context, { json, plain }: LooksFlags): boolean =>
  json === true || plain === true || !io.isTerminal || io.env.TERM === 'dumb';

/** Whether somebody is there to press keys. Where output goes elsewhere, say to a pager, they are not for this process. */
export const hasKeys = ({ io }: Context, { json }: LooksFlags): boolean => json !== true && io.isTerminal;

/**
 * The dashboard as lines: for people or, with `--json`, as records; with keys, where there are any.
 *
 * @param ready records wait for this: the first one says that it is ready, and how to reach it.
 */
export async function loadPlain(
  context: Context,
  flags: LooksFlags,
  ready: Promise<unknown> = Promise.resolve(),
): Promise<OpenDashboard> {
  const { openPlain, tellNews } = await import('../views/plain/plain.ts');
  const json = flags.json ?? false;
  return async (cluster, { commander, signal }) => {
    if (hasKeys(context, flags)) {
      return openPlain(cluster, {
        commander,
        signal,
        stdin: process.stdin,
        write: (text) => context.io.out(text),
        lineOf: newsLine,
      });
    }
    await tellNews(cluster, json ? afterReady() : (news) => printNews(context, false, news), signal);
    return 'quit';
  };

  function afterReady(): (news: News) => void {
    let held: News[] | null = [];
    const release = (): void => {
      for (const news of held ?? []) printNews(context, true, news);
      held = null;
    };
    ready.then(release, () => {});
    return (news) => {
      if (held === null) printNews(context, true, news);
      else held.push(news);
    };
  }
}
