/** Characters of a key, a value or a message that are shown. Values can be a MiB long. */
const SHOWN_MAX = 200;

/** The beginning of `text`, with an ellipsis if there is more of it. */
export function clip(text: string, max: number = SHOWN_MAX): string {
  if (text.length <= max) return text;
  return `${[...text.slice(0, 2 * max)].slice(0, max).join('')}…`;
}

/** `840`, `1.2k`, `3.4M`: narrow, and enough to compare by eye. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return String(bytes);
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)}k`;
  return `${(bytes / 1_000_000).toFixed(1)}M`;
}

/** How long nothing was heard, in steps that grow with it and at most four characters: `0.4s`, `14s`, `3m`. */
export function formatAge(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  if (ms < 120_000) return `${Math.floor(ms / 1000)}s`;
  return `${Math.floor(ms / 60_000)}m`;
}

/** Where entries have gone that are no longer in a log. */
export const snapshotWords = (id: string, upTo: number): string => `${id}'s entries up to ${upTo} are in its snapshot`;

/** Wall time of day, as `14:02:11`. */
export function formatClock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
