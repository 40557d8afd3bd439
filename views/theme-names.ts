/** The themes that a user can choose from. */
export const THEME_NAMES = ['dark', 'light', 'contrast', 'mono'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];
