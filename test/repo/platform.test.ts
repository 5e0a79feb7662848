import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { cruise, type IModule } from 'dependency-cruiser';
import { beforeAll, describe, expect, it } from 'vitest';

/** The core: what a page has too. What chips give to the command line is none of it. */
const CORE =
  /^src\/(common|ir|hw-models|evaluation|compiler|simulator|chips|conformance|flow|report|playground\/engine)(\.ts$|\/)/;
const COMMAND_LINE = /^src\/chips\/([^/]+\/(commands\/|entry\.ts$)|registry\.ts$)/;
/** What knows Node, and what runs only there: where built files lie, and which packages and arguments Node has. */
const OF_NODE = /^src\/common\/(built-file\.ts$|platform\/(node|require-parts|thread-arguments)\.ts$)/;
/** Names that only Node has. */
const GLOBALS =
  /(?<![\w.'"`/-])(?:Buffer\.|process\.(?!startsWith)|setImmediate\b|clearImmediate\b|__dirname\b|require\()/;

const isCore = (path: string): boolean => CORE.test(path) && !COMMAND_LINE.test(path) && !OF_NODE.test(path);

describe('the core', () => {
  let modules: readonly IModule[] = [];
  beforeAll(async () => {
    const { output } = await cruise(['src'], {
      tsPreCompilationDeps: true,
      exclude: { path: '^src/.+/kernel/' },
      doNotFollow: { path: 'node_modules' },
    });
    if (typeof output === 'string') throw new Error('unexpected text output');
    modules = output.modules.filter(({ source }) => isCore(source));
  });

  it('reaches no module of Node, not even one that is loaded later', () => {
    expect(modules.length).toBeGreaterThan(400);
    const seen = new Set(modules.map(({ source }) => source));
    const wrong = modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'))
        .filter(({ module, resolved }) => {
          const isNodes = module.startsWith('node:') || builtinModules.includes(module);
          const isOutside = resolved.startsWith('src/') && !seen.has(resolved) && !isPlain(resolved);
          return isNodes || isOutside;
        })
        .map(({ module }) => `${source} -> ${module}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names nothing that only Node has', () => {
    const wrong = modules
      .map(({ source }) => source)
      .filter((path) => GLOBALS.test(withoutComments(readFileSync(path, 'utf8'))));
    expect(wrong).toEqual([]);
  });
});

/** Files of other rooms that the core reads: they have to reach nothing of Node either. */
const PLAIN = ['src/data/events/bin.ts', 'src/data/sums.ts'];
const isPlain = (path: string): boolean =>
  PLAIN.includes(path) &&
  !/^import (?!type).*'(node:|\.\.?\/(?!\.\.\/common\/|\.\/common\/|common\/))/m.test(readFileSync(path, 'utf8'));

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
