import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import { randomIntegerNetwork, randomPixels } from '../support/random-network.js';
import { agreedScores } from '../support/three-engines.js';
import { randomSeeds } from '../support/random-runs.js';

/** Seeds of the networks of a run. */
const SEEDS = randomSeeds(60, 1);
const N = SEEDS.length;

describe('networks of 8 bits as other tools quantise them', () => {
  it(`give the same values on interpreter, functional engine and chip: ${N} random networks`, () => {
    const counts = { compiled: 0, averages: 0, zeroPoints: 0, wideWeights: 0 };
    for (const seed of SEEDS) {
      const graph = randomIntegerNetwork(seed, { int8: true, maxSide: 8, maxChannels: 12 });
      const input = graph.nodes[0];
      const pixels = input?.kind === 'input' ? sizeOf(input.shape) : 0;
      const images = Array.from({ length: 1 + (seed % 2) }, (_, n) => randomPixels(seed * 8 + n, pixels));
      try {
        const { program } = agreedScores(graph, images, { ...NORTHPOLE_SMALL, precisions: [8, 4, 2, 1] });
        counts.compiled++;
        if (program.layers.some((layer) => layer.kind === 'vector' && layer.average !== undefined)) counts.averages++;
        if (new Set(program.layers.map(({ name }) => name)).size < program.layers.length) counts.wideWeights++;
        if (program.tensors.some(({ zeroPoint }) => zeroPoint !== undefined)) counts.zeroPoints++;
      } catch (error) {
        // A network the chip has no room for.
        if (!(error instanceof UserError)) throw error;
      }
    }
    expect(counts.compiled).toBeGreaterThan(0.9 * N);
    expect(counts.averages).toBeGreaterThan(0.3 * N);
    expect(counts.wideWeights).toBeGreaterThan(0.3 * N);
    expect(counts.zeroPoints).toBeGreaterThan(0.15 * N);
  });
});
