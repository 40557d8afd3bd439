import { describe } from '../core/observe/describe.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { News } from '../views/plain/news.ts';
import type { Context } from './context.ts';

/** Prints one event: for people the time of day and a sentence, as JSON the facts too. */
export function printEvent(context: Context, json: boolean, event: ClusterEvent): void {
  const text = describe(event);
  if (json) context.json({ v: 1, event: 'happened', n: event.n, at: event.at, what: event.what, text });
  else context.say(`${timeOfDay(event.at)}  ${text}`);
}

/** Prints what has changed likewise. */
export function printNews(context: Context, json: boolean, news: News): void {
  if (json) context.json({ v: 1, ...news });
  else context.say(newsLine(news));
}

export const newsLine = ({ at, text }: News): string => `${timeOfDay(at)}  ${text}`;

function timeOfDay(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
