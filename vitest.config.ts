import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { runSeed } from './test/support/run-seed.js';

const seed = runSeed();
process.stderr.write(`random tests: seed ${seed} (again with LODESTONE_SEED=${seed})\n`);

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The chips of examples import the package by its name: here they get the sources under test.
  resolve: {
    alias: [
      { find: '#platform', replacement: source('src/common/platform/node.ts') },
      { find: /^lodestone$/, replacement: source('src/index.ts') },
      { find: /^lodestone\/chips$/, replacement: source('src/chips.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/fresh-kernels.ts'],
    setupFiles: ['test/support/seed-fast-check.ts'],
    env: { LODESTONE_SEED: seed },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // The files of a worker share its modules: nothing here mocks one or changes the process, and loading them anew for every file was a third of the time.
    isolate: false,
  },
});
