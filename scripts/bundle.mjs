// Bundles the program `lodestone` and its threads from dist/src into dist/bin (or the folder given): finding, reading and linking some 600
// modules took more than half of the start of a command. The library stays as it is, module by module, in dist/src.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist', 'src');
const target = resolve(process.argv[2] ?? join(root, 'dist', 'bin'));

/** Packages that every start reads. Others stay where they are installed and are loaded when they are used. */
const INLINED = ['commander', 'msgpackr', 'ts-pattern', 'zod'];

const files = readdirSync(built, { recursive: true });
const COMMAND = 'cli/command-thread.js';
const CHIPS = ['chips', files.filter((file) => /^chips\/[^/]+\/chip\.js$/.test(file))];
/**
 * What is started by its path (the worker of the page is of the page's own build), the process, the thread of its command and those of pools, each with what is loaded together. A module goes to
 * the first group that cannot do without it; what is left is split as it is imported later. A module that waits for others (the installed
 * chips) must not be in one group with them.
 */
const ENTRIES = [
  [COMMAND, [['start', [COMMAND]], CHIPS, ['run', ['cli/commands/run.js']]]],
  ...[
    'cli/main.js',
    ...files.filter((file) => /(^|[/-])worker\.js$/.test(file) && !file.startsWith('playground/')),
  ].map((file) => {
    const name = file.replace(/\.js$/, '').replaceAll('/', '-');
    return [file, [CHIPS, [name, [file]]]];
  }),
];

/** Bundles one entry; its path below the target is that below dist/src, and shared files lie in `common`, one folder deep as `builtFile` has it. */
async function bundle(entry, groupOf) {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    ssr: { noExternal: INLINED },
    build: {
      ssr: join(built, entry),
      target: 'node20',
      minify: false,
      outDir: target,
      emptyOutDir: false,
      rollupOptions: {
        output: {
          entryFileNames: entry,
          chunkFileNames: 'common/[name]-[hash].js',
          codeSplitting: {
            includeDependenciesRecursively: false,
            groups: [
              { debugName: entry, name: (id, context) => (id === join(built, entry) ? null : groupOf(id, context)) },
            ],
          },
        },
      },
    },
  });
}

/** The modules that those of `start` cannot do without. */
function needs(start, graph) {
  const found = new Set();
  const visit = (id) => {
    if (found.has(id)) return;
    found.add(id);
    graph.getModuleInfo(id)?.importedIds.forEach(visit);
  };
  start.forEach((file) => visit(join(built, file)));
  return found;
}

rmSync(target, { recursive: true, force: true });
for (const [entry, together] of ENTRIES) {
  let groups;
  await bundle(entry, (id, context) => {
    groups ??= together.map(([name, start]) => ({ name, modules: needs(start, context) }));
    return groups.find(({ modules }) => modules.has(id))?.name ?? null;
  });
}

for (const kernel of files.filter((file) => file.endsWith('.wasm'))) {
  mkdirSync(dirname(join(target, kernel)), { recursive: true });
  copyFileSync(join(built, kernel), join(target, kernel));
}
const licences = INLINED.map((name) => {
  const folder = join(root, 'node_modules', name);
  const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(target, 'LICENSES.txt'), licences.join('\n----\n\n'));
chmodSync(join(target, 'cli', 'main.js'), 0o755);
