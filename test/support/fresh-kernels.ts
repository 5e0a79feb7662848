/** Before all tests: kernels older than their source give wrong numbers, not errors. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelDigest, RECORD } from '../../scripts/kernel-sources.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whether the kernels in `dist` were built from the sources that are there. */
export function kernelsAreFresh(root: string): boolean {
  const record = join(root, 'dist', RECORD);
  return existsSync(record) && readFileSync(record, 'utf8').trim() === kernelDigest(root);
}

/** @throws Error where they are older */
export default function setup(): void {
  if (kernelsAreFresh(ROOT)) return;
  throw new Error('the WebAssembly kernels in dist are older than their source: run `npm run build:kernels`');
}
