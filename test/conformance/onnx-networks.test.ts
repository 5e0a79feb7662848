/** Trained networks of other projects in ONNX (../shared/models/qonnx) on chips; what they decide is held by test/validation. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { foreignFile } from '../../src/cli/import-options.js';
import { present } from '../../src/common/assert.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { parseModel } from '../../src/compiler/frontends/onnx/model.js';
import { numbersOf } from '../../src/compiler/frontends/onnx/tensor.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { type Dataset, sliceDataset } from '../../src/data/dataset.js';
import { loadSamples } from '../../src/data/samples.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';

const FOLDER = fileURLToPath(new URL('../../../shared/models/qonnx', import.meta.url));
const missing = !existsSync(FOLDER);
const note = missing ? ' (skipped: ../shared/models/qonnx is not there)' : '';

const read = async (name: string, options: ImportOptions = {}): Promise<NetworkGraph> => {
  const { graph, warnings } = await openNetwork(await foreignFile(join(FOLDER, name)), options);
  expect(warnings).toEqual([]);
  return graph;
};

describe.skipIf(missing)(`networks in ONNX${note}`, () => {
  it('TFC_1W1A: 92.96 % of the MNIST test images, as the graph in float64 plain loops; integer network and NorthPole-style chip score the same', async () => {
    const graph = await read('TFC_1W1A.onnx', { inputRange: [0, 1] });
    const samples = await loadSamples('mnist', graph);
    const compiled = compileNetwork(graph, { chip: northPole });
    const options = { seed: 1, workers: 1, float: true, noise: NO_NOISE };
    const result = await runCompiled({ ...compiled, float: graph }, samples, options);
    const decideAs = tfcReference();
    let right = 0;
    for (let i = 0; i < samples.labels.length; i++) {
      if (decideAs(samples.images.subarray(784 * i, 784 * (i + 1))) === samples.labels[i]) right++;
    }
    expect(right).toBe(9296);
    expect(result).toMatchObject({ correct: right, mismatches: 0, accuracyFloat: 0.9296, accuracyInteger: 0.9296 });
  });

  it('TFC_1W1A on the TrueNorth-style chip: 100 images decide as the integer network does', async () => {
    const graph = await read('TFC_1W1A.onnx', { inputRange: [0, 1] });
    const samples = sliceDataset(await loadSamples('mnist', graph), 0, 100);
    const compiled = compileNetwork(graph, { chip: trueNorth });
    const result = await runCompiled(compiled, samples, { seed: 1, workers: 1, float: false, noise: NO_NOISE });
    expect(result.mismatches).toBe(0);
  });

  describe('kwsmlp_w3a3', () => {
    it('comes to the NorthPole-style chip: 100 random inputs, no score differs from the integer network', async () => {
      const graph = await read('kwsmlp_w3a3.onnx');
      const draw = sequence(12, PURPOSE.test);
      const samples: Dataset = {
        name: 'random',
        split: 'test',
        shape: [10, 49, 1],
        images: Uint8Array.from({ length: 490 * 100 }, () => draw.below(256)),
        labels: new Uint8Array(100),
        nClasses: 12,
      };
      const compiled = compileNetwork(graph, { chip: northPole });
      const options = { seed: 1, workers: 1, float: true, noise: NO_NOISE };
      const result = await runCompiled({ ...compiled, float: graph }, samples, options);
      expect(result.mismatches).toBe(0);
      expect(result.accuracyFloat).toBe(result.accuracyInteger);
    });
  });
});

const argMax = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));

/** The tensors of a file by name. */
function tensorsOf(
  name: string,
): (tensor: string) => { readonly dims: readonly number[]; readonly data: readonly number[] } {
  const path = join(FOLDER, name);
  const model = parseModel(new Uint8Array(readFileSync(path)), path);
  const tensors = new Map(
    model.initialisers.map((tensor) => [tensor.name, { dims: tensor.dims, data: Array.from(numbersOf(tensor, path)) }]),
  );
  return (tensor) => present(tensors.get(tensor), tensor);
}

/** The graph of TFC_1W1A.onnx: signs, products, BatchNormalization; the affine tail is one of all classes. */
function tfcReference(): (image: Uint8Array) => number {
  const get = tensorsOf('TFC_1W1A.onnx');
  const layers = [
    ['38', 'features.3'],
    ['46', 'features.7'],
    ['54', 'features.11'],
    ['62', undefined],
  ].map(([weights = '', norm]) => {
    const [nOut = 0, nIn = 0] = get(weights).dims;
    const part = (name: string): readonly number[] => (norm === undefined ? [] : get(`${norm}.${name}`).data);
    const signs = Float64Array.from(get(weights).data, (w) => (w >= 0 ? 1 : -1));
    return { nOut, nIn, signs, g: part('weight'), b: part('bias'), m: part('running_mean'), v: part('running_var') };
  });
  return (image) => {
    let x = Float64Array.from(image, (byte) => ((byte / 255) * 2 - 1 >= 0 ? 1 : -1));
    for (const { nOut, nIn, signs, g, b, m, v } of layers) {
      const sums = new Float64Array(nOut);
      for (let o = 0; o < nOut; o++) for (let i = 0; i < nIn; i++) sums[o]! += signs[o * nIn + i]! * x[i]!;
      if (g.length === 0) return argMax(Array.from(sums));
      x = sums.map((s, o) => (((s - m[o]!) / Math.sqrt(v[o]! + 9.999999747378752e-6)) * g[o]! + b[o]! >= 0 ? 1 : -1));
    }
    return -1;
  };
}
