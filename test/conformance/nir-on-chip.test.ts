/** A NIR network of another project on a TrueNorth-style chip, where a checkout of it is at hand. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { foreignFile } from '../../src/cli/import-options.js';
import { UserError } from '../../src/common/diagnostics.js';
import { present } from '../../src/common/assert.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { roundSpiking } from '../../src/compiler/passes/spiking-to-integer.js';
import { compileTrueNorth } from '../../src/compiler/targets/truenorth/compile.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { createSpikingEvaluator } from '../../src/evaluation/spiking/evaluator.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { createRunner } from '../../src/simulator/parallel/runner.js';
import { randomFrames } from '../support/random-spiking.js';

const MODEL = fileURLToPath(new URL('../../../shared/models/nir/cnn_sinabs.nir', import.meta.url));
const shared = test.skipIf(!existsSync(MODEL));

const opened = async (): Promise<NetworkGraph> => (await openNetwork(await foreignFile(MODEL), { timeStep: 1 })).graph;

/** The network as far as the layer of neurons `last`, whose spikes are the scores. */
function upTo(graph: NetworkGraph, last: string): NetworkGraph {
  const end = graph.nodes.findIndex(({ id }) => id === last);
  const flat: NetworkNode = { id: 'flat', kind: 'flatten', input: last };
  return { ...graph, nodes: [...graph.nodes.slice(0, end + 1), flat, { id: 'out', kind: 'scores', input: 'flat' }] };
}

/** Rounds to so few bits of weights; events are at most one of a pixel in a step, potentials have the floor of the chip. */
function rounded(graph: NetworkGraph, weights: 2 | 3 | 4): NetworkGraph {
  return present(roundSpiking(graph, { weights, potentials: 18 }).graph, 'rounded network');
}

async function expectEqual(graph: NetworkGraph, options: { readonly steps: number; readonly spec?: typeof TRUENORTH }) {
  const { steps, spec = TRUENORTH } = options;
  const { program } = compileTrueNorth(graph, { spec });
  const n = 2;
  const data = randomFrames(graph, 5, { n, steps, maxCount: 1 });
  const runner = createRunner(program, 1);
  const { scores, nClasses } = await runner.run(data, {
    ...{ seed: 1, chipSeed: 1, noise: { ber: 0, drop: 0 }, engine: 'fast' },
  });
  await runner.close();
  const evaluator = createSpikingEvaluator(graph);
  const size = data.images.length / n / steps;
  let spikes = 0;
  for (let s = 0; s < n; s++) {
    evaluator.reset();
    for (let t = 0; t < steps; t++) {
      evaluator.step(data.images.subarray((s * steps + t) * size, (s * steps + t + 1) * size));
    }
    expect([...scores.subarray(s * nClasses, (s + 1) * nClasses)]).toEqual([...evaluator.scores()]);
    spikes += evaluator.scores().reduce((sum, count) => sum + count, 0);
  }
  return { spikes, cores: program.cores.nCores };
}

describe('cnn_sinabs of the NIR paper', () => {
  shared('says which of its layers a core of 256 axons does not hold, and by how much, at once', async () => {
    const integer = lowerToInteger(await opened());
    try {
      compileTrueNorth(integer, { spec: TRUENORTH });
      expect.fail('it fits');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const found = error.diagnostics.map(({ code, place }) => `${code} ${place}`);
      expect(found.sort()).toEqual(
        ['10', '12', '3', '6'].map((layer) => `fan-in-too-large cnn_sinabs: layer "${layer}"`),
      );
      // The weights are not what keeps layers 6 and 10 out: they read sums of windows, one source for each spike.
      expect(error.diagnostics.every(({ message }) => /\d+ axons, a core has 256/.test(message))).toBe(true);
    }
  });

  shared(
    'fires the spikes of the integer network: its first layer, 4 bits, on a chip of the standard size',
    async () => {
      const { spikes, cores } = await expectEqual(rounded(upTo(await opened(), '1'), 4), { steps: 3 });
      expect(spikes).toBeGreaterThan(100);
      expect(cores).toBeLessThanOrEqual(4096);
    },
    120_000,
  );

  shared(
    'fires the spikes of the integer network: the whole of it, 3 bits, on a chip of larger cores',
    async () => {
      const spec = {
        ...TRUENORTH,
        name: 'large',
        axonsPerCore: 1024,
        neuronsPerCore: 1024,
        gridWidth: 128,
        gridHeight: 128,
      };
      const { spikes, cores } = await expectEqual(rounded(await opened(), 3), { steps: 20, spec });
      expect(cores).toBeLessThan(400);
      expect(spikes).toBeGreaterThan(0);
    },
    240_000,
  );
});
