// Builds the WebAssembly kernels where those in dist are older than their sources or than the compiler, or not there: a fresh clone builds twice,
// for `npm ci` and for `npm test`.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelDigest, RECORD } from './kernel-sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const record = join(root, 'dist', RECORD);
const compiler = createRequire(import.meta.url).resolve('assemblyscript/package.json');

/** Whether every kernel is built; variants of one are built with it. */
const areThere = () =>
  readdirSync(join(root, 'src'), { recursive: true })
    .filter((path) => /(^|[\\/])kernel[\\/][^\\/]+\.ts$/.test(path))
    .every((path) => existsSync(join(root, 'dist', 'src', path.replace(/\.ts$/, '.wasm'))));

const isFresh =
  existsSync(record) &&
  readFileSync(record, 'utf8').trim() === kernelDigest(root) &&
  statSync(record).mtimeMs > statSync(compiler).mtimeMs &&
  areThere();
if (!isFresh) await import('./build-kernels.mjs');
