/** Who may work together: the same version of the program, the same code, the same Node; results are bytes of these. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtFile } from '../../common/built-file.js';

/** Version, digest of the code and Node, in words that two programs compare. */
export async function programIdentity(version: string): Promise<string> {
  const root = join(builtFile('index.js'), '..');
  const paths = (await readdir(root, { recursive: true })).filter((path) => /\.(js|wasm)$/.test(path)).sort();
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.replaceAll('\\', '/')).update(await readFile(join(root, path)));
  return `lodestone ${version} (${hash.digest('hex').slice(0, 12)}), Node ${process.version}`;
}

/** Queue of all who have an identity: others do not see its points. */
export const queueName = (identity: string): string =>
  `lodestone-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
