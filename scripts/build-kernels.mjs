// Compiles the AssemblyScript kernels to WebAssembly (SIMD, shared memory) next to the code that loads them.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { kernelDigest, RECORD } from './kernel-sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Every folder named kernel; what lies deeper (lib) is imported by its files. */
const FOLDERS = readdirSync(join(root, 'src'), { recursive: true })
  .filter((path) => basename(path) === 'kernel')
  .map((path) => join('src', path))
  .sort();

/** Builds of a kernel beside its plain one: name and what is defined in it. */
const VARIANTS = Object.fromEntries(
  ['truenorth', 'batch', 'index-chip'].map((kernel) => [`${kernel}.ts`, [[`${kernel}-general`, 'GENERAL_CORES=1']]]),
);

for (const folder of FOLDERS) {
  const source = join(root, folder);
  const target = join(root, 'dist', folder);
  mkdirSync(target, { recursive: true });
  const builds = readdirSync(source)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((file) => [
      [file, file.replace(/\.ts$/, '')],
      ...(VARIANTS[file] ?? []).map((variant) => [file, ...variant]),
    ]);
  for (const [file, name, define] of builds) {
    const { error, stderr } = await asc.main([
      join(source, file),
      '--outFile',
      join(target, `${name}.wasm`),
      ...(define === undefined ? [] : ['--use', define]),
      '-O3',
      '--converge',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--maximumMemory',
      '65536',
      '--enable',
      'simd',
      '--enable',
      'threads',
    ]);
    if (error) {
      process.stderr.write(stderr.toString());
      throw error;
    }
  }
}

writeFileSync(join(root, 'dist', RECORD), `${kernelDigest(root)}\n`);
