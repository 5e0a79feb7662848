/** Trained networks of other projects, with the accuracies they have elsewhere: read from their files, on the chip, where a checkout of them is at hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { foreignFile } from '../../src/cli/import-options.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { loadSamples } from '../../src/data/samples.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const CIFAR10 = join(SHARED, 'data/cifar10');

/** Accuracy on the test split, as measured with the networks' own tools. */
const NETWORKS = [
  { file: 'bnn-pynq/mnist-lfcW1A1.tar.gz', data: 'mnist', accuracy: 0.9834 },
  { file: 'bnn-pynq/cifar10-cnvW1A1.tar.gz', data: CIFAR10, accuracy: 0.806 },
] as const;

describe('networks of other projects', () => {
  test.skipIf(!existsSync(SHARED)).each(NETWORKS)(
    '$file: $accuracy on the NorthPole-style chip, no score differs',
    async ({ file, data, accuracy }) => {
      const { graph } = await openNetwork(await foreignFile(join(SHARED, 'models', file)));
      const samples = await loadSamples(data, graph);
      const compiled = compileNetwork(graph, { chip: northPole });
      const result = await runCompiled({ ...compiled, float: graph }, samples, {
        seed: 1,
        workers: 2,
        float: false,
        noise: NO_NOISE,
      });
      expect(result.accuracy).toBe(accuracy);
      expect(result.mismatches).toBe(0);
    },
  );
});
