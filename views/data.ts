import { escapeText } from '../core/observe/escape.ts';
import { clip } from './format.ts';
import { clipTo, widthOf } from './width.ts';

/** A key or a value, which come from anybody and can be a MiB long, in at most `width` columns as they will be seen. */
export const dataText = (text: string, width: number): string => clipTo(escapeText(clip(text)), width);

/** `key = value` in at most `width` columns: the key gets what the value leaves, and half of it at least. */
export function pairText(key: string, value: string, width: number): string {
  const room = Math.max(2, width - EQUALS.length);
  const valueRoom = Math.max(room - widthOf(dataText(key, room)), Math.floor(room / 2));
  const shown = dataText(value, valueRoom);
  return `${dataText(key, room - widthOf(shown))}${EQUALS}${shown}`;
}

const EQUALS = ' = ';
