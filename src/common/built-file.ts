import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of a built file (a worker, a kernel) under dist/src. Worker threads and WebAssembly need built files, also when this
 * module itself runs from its TypeScript source, as under the test runner: `npm run build` comes first.
 */
export function builtFile(relativePath: string): string {
  const self = fileURLToPath(import.meta.url);
  const source = join(dirname(self), '..');
  return self.endsWith('.ts') ? join(source, '..', 'dist', 'src', relativePath) : join(source, relativePath);
}
