/**
 * Shows what a terminal would obey or hide: control characters, bidi and other format characters, zero-width and
 * filler characters, line separators, lone surrogates. Keys, values and names come from anybody, and a key that moves
 * the cursor could draw any screen. `\n`, `\x1b`, `\u202e` or `\u{e0041}` is shown instead; a backslash stays one.
 */
export function escapeText(text: string): string {
  return text.replace(UNSHOWABLE, show);
}

/** Unicode's own classes, and the invisible letters that they do not cover: a joiner and the Hangul fillers. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u034f|[\u115f\u1160\u3164\uffa0]/gu;

const SHORT = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function show(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
