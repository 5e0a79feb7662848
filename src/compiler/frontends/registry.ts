/** The formats of other tools: one line each. */
import type { FrontendEntry } from './frontend.js';

/** Every format that is read, in the order in which files are tried. */
export const FRONTENDS: readonly FrontendEntry[] = [];

/** The format of a file by its content; undefined for one that no frontend knows. */
export const frontendOf = (bytes: Uint8Array): FrontendEntry | undefined =>
  FRONTENDS.find((entry) => entry.recognises(bytes));
