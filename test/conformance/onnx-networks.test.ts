/**
 * Trained networks of other projects in ONNX (../shared/models/qonnx): their accuracies and golden classes, and, for the 3-bit one, every score
 * against a reference that computes the graph here, from the tensors of the file, in plain loops.
 */
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
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { type Dataset, sliceDataset } from '../../src/data/dataset.js';
import { loadSamples } from '../../src/data/samples.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';

const FOLDER = fileURLToPath(new URL('../../../shared/models/qonnx', import.meta.url));
const missing = !existsSync(FOLDER);
const note = missing ? ' (skipped: ../shared/models/qonnx is not there)' : '';

const read = async (name: string, options: ImportOptions = {}): Promise<NetworkGraph> => {
  const { graph, warnings } = await openNetwork(await foreignFile(join(FOLDER, name)), options);
  expect(warnings).toEqual([]);
  return graph;
};

/** float32 or int64 elements of a .npy file of version 1, row-major. */
function npy(name: string): number[] {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, name)));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  const isFloat = header.includes("'<f4'");
  const n = (bytes.length - start) / (isFloat ? 4 : 8);
  const stored = Array.from({ length: n }, (_, i) =>
    isFloat ? view.getFloat32(start + 4 * i, true) : Number(view.getBigInt64(start + 8 * i, true)),
  );
  if (!header.includes("'fortran_order': True")) return stored;
  // The only one in Fortran's order is a matrix behind two dimensions of 1.
  const [rows = 0, columns = 0] = (/\(1, 1, (\d+), (\d+)\)/.exec(header) ?? []).slice(1).map(Number);
  return Array.from({ length: n }, (_, e) => stored[(e % columns) * rows + Math.floor(e / columns)]!);
}

/** Scores and decision of a network of either dialect on bytes. */
function runner(graph: NetworkGraph): (bytes: Uint8Array) => { readonly scores: Float64Array; readonly label: number } {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('unexpected start');
  const interpreter = createInterpreter(graph);
  const counts = codedBuffer(code.code, sizeOf(input.shape));
  return (bytes) => {
    encodeCounts(code.code, bytes, 0, 0, counts);
    const scores = interpreter.run(counts).slice();
    return { scores, label: interpreter.decide(scores) };
  };
}

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

  it('finn-tfc-multithreshold: golden labels, from the float network and the integer one', async () => {
    const graph = await read('finn-tfc-multithreshold.onnx', { inputRange: [0, 255] });
    const images = npy('finn-tfc-input.npy');
    const [float, integer] = [graph, lowerToInteger(graph)].map(runner);
    npy('finn-tfc-expected.npy').forEach((label, i) => {
      const bytes = Uint8Array.from(images.slice(784 * i, 784 * (i + 1)));
      expect(present(float, 'float')(bytes).label).toBe(label);
      expect(present(integer, 'integer')(bytes).label).toBe(label);
    });
  });

  describe('kwsmlp_w3a3', () => {
    it('gives its golden class', async () => {
      const graph = await read('kwsmlp_w3a3.onnx');
      const reference = kwsReference();
      const input = npy('kws_input.npy');
      const bytes = Uint8Array.from(input, (x) => reference.quantisedInput(x) + 128);
      expect(runner(graph)(bytes).label).toBe(npy('kws_expected_output.npy')[0]);
      expect(argMax(reference.scores(input))).toBe(npy('kws_expected_output.npy')[0]);
    });

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

    it('scores 1,000 random inputs within 1e-4 of the graph in float64; the integer network decides the same', async () => {
      const graph = await read('kwsmlp_w3a3.onnx');
      const float = runner(graph);
      const integer = runner(lowerToInteger(graph));
      const reference = kwsReference();
      const draw = sequence(11, PURPOSE.test);
      let worst = 0;
      let different = 0;
      for (let i = 0; i < 1000; i++) {
        const bytes = Uint8Array.from({ length: 490 }, () => draw.below(256));
        const expected = reference.scores(Array.from(bytes, (b) => (b - 128) * reference.step));
        const { scores, label } = float(bytes);
        scores.forEach((score, k) => (worst = Math.max(worst, Math.abs(score - expected[k]!))));
        if (integer(bytes).label !== label) different++;
      }
      expect(worst).toBeLessThan(1e-4);
      expect(different).toBe(0);
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

/** The graph of kwsmlp_w3a3.onnx in float64, operator by operator: Quant, MatMul with Quant of the weights, BatchNormalization, Relu. */
function kwsReference() {
  const get = tensorsOf('kwsmlp_w3a3.onnx');
  const even = (x: number): number => {
    const low = Math.floor(x);
    if (x - low !== 0.5) return Math.round(x);
    return low % 2 === 0 ? low : low + 1;
  };
  const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
  const step = get('25').data[0]!;
  const quantisedInput = (x: number): number => even(clip(x / step, -127, 127));
  const layers = [
    { weights: '30', scale: '31', norm: 'features.4', out: '39' },
    { weights: '43', scale: '44', norm: 'features.8', out: '52' },
    { weights: '56', scale: '57', norm: 'features.12', out: '65' },
    { weights: '69', scale: '70', norm: undefined, out: undefined },
  ].map(({ weights, scale, norm, out }) => {
    const { dims, data } = get(weights);
    const [nOut = 0, nIn = 0] = dims;
    const scales = get(scale).data;
    const of = (o: number): number => scales[scales.length === 1 ? 0 : o]!;
    const real = data.map((w, k) => even(clip(w / of(Math.floor(k / nIn)), -3, 3)) * of(Math.floor(k / nIn)));
    const part = (name: string): readonly number[] => (norm === undefined ? [] : get(`${norm}.${name}`).data);
    return {
      nOut,
      nIn,
      real,
      gamma: part('weight'),
      beta: part('bias'),
      mean: part('running_mean'),
      variance: part('running_var'),
      step: out === undefined ? undefined : get(out).data[0]!,
    };
  });
  const scores = (input: readonly number[]): number[] => {
    let x = input.map((v) => quantisedInput(v) * step);
    for (const layer of layers) {
      x = Array.from({ length: layer.nOut }, (_, o) => {
        let sum = 0;
        for (let i = 0; i < layer.nIn; i++) sum += layer.real[o * layer.nIn + i]! * x[i]!;
        if (layer.step === undefined) return sum;
        const normed =
          ((sum - layer.mean[o]!) / Math.sqrt(layer.variance[o]! + 9.999999747378752e-6)) * layer.gamma[o]! +
          layer.beta[o]!;
        return even(clip(Math.max(normed, 0) / layer.step, 0, 7)) * layer.step;
      });
    }
    return x;
  };
  return { step, quantisedInput, scores };
}
