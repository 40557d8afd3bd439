import { escapeText } from '../../core/observe/escape.ts';
import { textOfEdit } from '../edit.ts';
import { questionOf } from '../footer.ts';
import type { Prompt } from '../prompt.ts';

/**
 * What to write while something is asked and typed, on a terminal whose cursor must not be moved: characters are written
 * as they are typed, behind the question; after any other change, the question and the text once more, on a new line.
 */
export function typingText(before: Prompt | null, after: Prompt | null): string {
  if (after === null) return before === null ? '' : '\n';
  if (before === null || before.asks !== after.asks) return `${before === null ? '' : '\n'}${typedLine(after)}`;
  const offered = after.completions !== before.completions && after.completions.length > 0;
  if (offered) return `\n${after.completions.map(({ word }) => word).join('  ')}\n${typedLine(after)}`;
  const [was, is] = [textOfEdit(before.edit), textOfEdit(after.edit)];
  if (was === is) return '';
  const isAppended = after.edit.after === '' && is.startsWith(was);
  return isAppended ? escapeText(is.slice(was.length)) : `\n${typedLine(after)}`;
}

/** The question, and the answer as far as it is typed. */
export const typedLine = (prompt: Prompt): string => questionOf(prompt) + escapeText(textOfEdit(prompt.edit));
