/**
 * Runs test files on request, in the folder it was started in. With two arguments, a module to load first and a setup file (coverage.ts), they count
 * what they run. Started by tester.ts.
 */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { createVitest } from 'vitest/node';
import { requestSchema, type TestAnswer } from './messages.js';

const root = process.cwd();
const [preload, setup] = process.argv.slice(2);
const vitest = await createVitest(
  'test',
  {
    root,
    watch: false,
    maxWorkers: 1,
    // A run that is cancelled half-way may reach into the next one.
    bail: 0,
    // One process for all files of a request: what they import is loaded once.
    isolate: false,
    reporters: [{}],
    cache: false,
    execArgv: ['--max-old-space-size=2048', ...(preload === undefined ? [] : ['--import', preload])],
  },
  defineConfig({ test: { setupFiles: setup === undefined ? [] : [setup] } }),
);
await vitest.standalone();

process.on('message', (message) => {
  const { changed, files } = requestSchema.parse(message);
  void run(changed, files).then((answer) => process.send?.(answer));
});

/** The file that was changed before this one, and put back since. */
let before = '';

async function run(changed: string, files: readonly string[]): Promise<TestAnswer> {
  // Nothing of an earlier run may be taken for this one's.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  for (const file of [before, changed]) vitest.invalidateFile(join(root, file));
  before = changed;
  const specifications = (
    await Promise.all(files.map((file) => vitest.globTestSpecifications([join(root, file)])))
  ).flat();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const seconds: Record<string, number> = {};
  let failed: string | undefined = unhandledErrors.length > 0 ? files[0] : undefined;
  let why = unhandledErrors.map(String).join('; ');
  // The test runner lists the files of former runs too, as they ended then.
  for (const module of testModules.filter(({ relativeModuleId }) => files.includes(relativeModuleId))) {
    if (module.state() === 'failed') {
      failed = module.relativeModuleId;
      const errors = [module, ...module.children.allTests('failed')].flatMap((each) =>
        each.type === 'module' ? each.errors() : (each.result().errors ?? []),
      );
      why = errors.map(({ message }) => message).join('; ');
      continue;
    }
    const { duration, collectDuration } = module.diagnostic();
    seconds[module.relativeModuleId] = (duration + collectDuration) / 1000;
  }
  return failed === undefined ? { seconds } : { failed, why: why.slice(0, 300), seconds };
}
