import { createRequire } from 'node:module';

/** As in package.json, which the package finds by its own name, built or not. */
export const version: string = createRequire(import.meta.url)('lockstep/package.json').version;
