import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';

/** Which folders of src a folder may import, itself left out. The order is the direction of the whole project. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  ir: ['common'],
  'hw-models': ['common', 'ir'],
  data: ['common', 'ir'],
  evaluation: ['common', 'ir'],
  training: ['common', 'ir', 'evaluation', 'data'],
  compiler: ['common', 'ir', 'hw-models'],
  simulator: ['common', 'ir', 'hw-models', 'evaluation'],
  report: ['common', 'ir'],
  // The registry names the entries of the chips, which name commands; those stand above everything but the commands of all chips.
  chips: ['common', 'ir', 'hw-models', 'evaluation', 'compiler', 'simulator', 'data', 'chip-commands', 'cli'],
  'chip-commands': ['common', 'ir', 'hw-models', 'evaluation', 'compiler', 'simulator', 'data', 'chips', 'flow', 'cli'],
  conformance: ['common', 'ir', 'chips'],
  flow: ['common', 'ir', 'hw-models', 'evaluation', 'compiler', 'simulator', 'data', 'chips'],
  experiments: ['common', 'ir', 'hw-models', 'evaluation', 'compiler', 'simulator', 'data', 'chips', 'flow'],
  studies: [
    'common',
    'ir',
    'hw-models',
    'evaluation',
    'data',
    'training',
    'compiler',
    'simulator',
    'chips',
    'flow',
    'experiments',
  ],
  // Beside studies: neither knows the other.
  explore: [
    'common',
    'ir',
    'hw-models',
    'evaluation',
    'data',
    'training',
    'compiler',
    'simulator',
    'chips',
    'flow',
    'experiments',
  ],
  validation: ['common', 'ir', 'evaluation', 'compiler', 'data', 'training', 'chips', 'flow', 'studies'],
  // The page: no files, no commands.
  playground: ['common', 'ir', 'hw-models', 'evaluation', 'compiler', 'simulator', 'chips', 'flow', 'report'],
  cli: [
    'common',
    'ir',
    'hw-models',
    'evaluation',
    'compiler',
    'simulator',
    'data',
    'training',
    'report',
    'chips',
    'flow',
    'experiments',
    'studies',
    'explore',
    'validation',
    'conformance',
    'index',
  ],
  models: ['common', 'ir', 'hw-models', 'compiler', 'simulator', 'evaluation', 'data', 'chips'],
  index: [
    'common',
    'ir',
    'hw-models',
    'evaluation',
    'compiler',
    'simulator',
    'data',
    'training',
    'report',
    'chips',
    'flow',
    'experiments',
    'studies',
  ],
};

/** Folders that may touch files, clocks or the environment, and the platform. */
const MAY_DO_IO = /^src\/((cli|data|training|studies)\/|experiments\/points\/|explore\/|common\/platform\/node\.ts$)/;
const IO_MODULES = ['fs', 'fs/promises', 'os', 'child_process', 'http', 'https', 'net', 'process'];

/** src/ir/network/types.ts -> ir; src/flow.ts -> flow; what chips contribute to the command line is a room of its own. */
const areaOf = (path: string): string =>
  /^src\/chips\/[^/]+\/(commands\/|entry\.ts$)/.test(path)
    ? 'chip-commands'
    : present(/^src\/([^/.]+)/.exec(path)?.[1], `area of ${path}`);

describe('imports', () => {
  let modules: readonly IModule[] = [];

  beforeAll(async () => {
    const result = await cruise(['src'], {
      tsPreCompilationDeps: true,
      // AssemblyScript: another language with the same file ending.
      exclude: { path: '^src/.+/kernel/' },
      doNotFollow: { path: 'node_modules' },
      ruleSet: {
        forbidden: [
          {
            name: 'cycle',
            severity: 'error',
            from: {},
            to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
          },
        ],
      },
      validate: true,
    });
    const output = result.output;
    if (typeof output === 'string') throw new Error('unexpected text output');
    checked = output;
    modules = output.modules.filter((module) => module.source.startsWith('src/'));
  });
  let checked: ICruiseResult | undefined;

  it('are found in every folder of src', () => {
    expect(modules.length).toBeGreaterThan(20);
    for (const area of new Set(modules.map((module) => areaOf(module.source)))) {
      expect(Object.keys(MAY_IMPORT), `${area} needs a line in the table`).toContain(area);
    }
    // Packages are the compiler's to find: some export only types or conditions this tool does not know.
    const unresolved = modules.flatMap((m) => m.dependencies.filter((d) => d.couldNotResolve).map((d) => d.module));
    expect(unresolved.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('go one way', () => {
    const wrong = modules.flatMap((module) => {
      const area = areaOf(module.source);
      return module.dependencies
        .filter((d) => d.resolved.startsWith('src/'))
        .map((d) => d.resolved)
        .filter((path) => areaOf(path) !== area && !(MAY_IMPORT[area] ?? []).includes(areaOf(path)))
        .map((path) => `${module.source} -> ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  it('never go round in a circle', () => {
    const cycles = present(checked, 'result').summary.violations.map((v) => `${v.from} -> ${v.to}`);
    expect(cycles).toEqual([]);
  });

  it('leave schemas, YAML, the pool and the command line to the thread of the command: others start without them', () => {
    const bySource = new Map(modules.map((module) => [module.source, module]));
    const workers = [...bySource.keys()].filter((path) => /^src\/(evaluation|simulator)\/.+worker\.ts$/.test(path));
    expect(workers.length).toBeGreaterThan(2);
    const seen = new Set<string>();
    const loads = (path: string): readonly string[] => {
      if (seen.has(path)) return [];
      seen.add(path);
      const values = (bySource.get(path)?.dependencies ?? []).filter(
        ({ dependencyTypes, dynamic }) => !dynamic && !dependencyTypes.includes('type-only'),
      );
      return values.flatMap(({ module, resolved }) => [
        ...(['zod', 'yaml', 'piscina', 'commander'].includes(module) ? [`${path} -> ${module}`] : []),
        ...loads(resolved),
      ]);
    };
    expect([...workers, 'src/cli/main.ts'].flatMap(loads)).toEqual([]);
    expect(seen.size).toBeGreaterThan(50);
  });

  it('reach files, clocks and the environment only where input and output belong', () => {
    const wrong = modules
      .filter((module) => !MAY_DO_IO.test(module.source))
      .flatMap((module) =>
        module.dependencies
          .filter((d) => IO_MODULES.includes(d.resolved))
          .map((d) => `${module.source} -> ${d.resolved}`),
      );
    expect(wrong).toEqual([]);
  });

  it('load a command only when it is called', () => {
    const loaded = new Set<string>(['src/cli/main.ts', 'src/cli/command-thread.ts']);
    for (const path of loaded) {
      const found = modules.find(({ source }) => source === path)?.dependencies ?? [];
      for (const d of found) {
        if (d.dynamic || d.coreModule || d.dependencyTypes.includes('type-only')) continue;
        loaded.add(d.resolved.startsWith('src/') ? d.resolved : d.module);
      }
    }
    const foreign = [...loaded].filter(
      (path) => !/^src\/(cli\/[^/]+|common\/.+|chips\/registry\.ts|chips\/[^/]+\/entry\.ts)$/.test(path),
    );
    expect(foreign).toEqual(['commander']);
  });
});
