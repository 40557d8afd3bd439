import { charactersOf } from './width.ts';

/** A line that is being typed: what stands before the cursor, and what behind it. */
export interface Edit {
  readonly before: string;
  readonly after: string;
}

export const EMPTY_EDIT: Edit = { before: '', after: '' };
export const editOf = (text: string): Edit => ({ before: text, after: '' });
export const textOfEdit = ({ before, after }: Edit): string => before + after;

/** So much can be typed, in UTF-16 units; what is beyond is not taken. */
const TEXT_MAX = 4096;

/** Types `text`; line ends become blanks. */
export function typed({ before, after }: Edit, text: string): Edit {
  const room = Math.max(0, TEXT_MAX - before.length - after.length);
  const taken = text.replaceAll(/\s/g, ' ').slice(0, room);
  // Not half of a character.
  return { before: before + taken.replace(/[\ud800-\udbff]$/, ''), after };
}

/** What a key does to the line, in the manner of a shell; null if it does nothing to one. */
export function edited(edit: Edit, key: string): Edit | null {
  const { before, after } = edit;
  switch (key) {
    case 'left': {
      const last = charactersOf(before).at(-1) ?? '';
      return { before: before.slice(0, before.length - last.length), after: last + after };
    }
    case 'right': {
      const first = charactersOf(after)[0] ?? '';
      return { before: before + first, after: after.slice(first.length) };
    }
    case 'home':
    case 'ctrl+a':
      return { before: '', after: before + after };
    case 'end':
    case 'ctrl+e':
      return { before: before + after, after: '' };
    case 'backspace':
      return { before: charactersOf(before).slice(0, -1).join(''), after };
    case 'delete':
      return { before, after: charactersOf(after).slice(1).join('') };
    case 'ctrl+u':
      return { before: '', after };
    case 'ctrl+k':
      return { before, after: '' };
    case 'ctrl+w':
      return { before: before.replace(/\S*\s*$/, ''), after };
    default:
      return charactersOf(key).length === 1 ? typed(edit, key) : null;
  }
}
