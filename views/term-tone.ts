import { HUES, type Tone } from './theme.ts';

/** The hue of a term: neighbours differ. */
export const termTone = (term: number): Tone => HUES[(Math.max(term, 1) - 1) % HUES.length] ?? 'plain';
