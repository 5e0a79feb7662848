// The digest of everything that the built kernels depend on: the build records it, the tests compare it, so that kernels older than their
// source end in a message instead of wrong numbers.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the build records the digest, under `dist`. */
export const RECORD = 'kernel-sources.sha256';

/** SHA-256 over the paths and bytes of every kernel source and of the build script. */
export function kernelDigest(root) {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .filter((path) => /(^|[\\/])kernel[\\/].+\.ts$/.test(path))
    .map((path) => join('src', path));
  const hash = createHash('sha256');
  for (const path of [...sources.sort(), join('scripts', 'build-kernels.mjs')]) {
    hash.update(`${path.replaceAll('\\', '/')}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}
