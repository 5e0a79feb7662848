/** Exported files that another tool changed, and hostile ones: the metadata never say what the graph does not. */
import { describe, expect, it } from 'vitest';
import { EXACT_KEY, NETWORK_KEY } from '../../../src/compiler/exporters/own-metadata.js';
import { exportOnnx } from '../../../src/compiler/exporters/onnx.js';
import type { ImportedNetwork, ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { onnx } from '../../../src/compiler/frontends/onnx/index.js';
import { type OnnxModel, parseModel } from '../../../src/compiler/frontends/onnx/model.js';
import { importModel } from '../../../src/compiler/frontends/onnx/own-export.js';
import { decodeNetwork, encodeNetwork } from '../../../src/ir/network/file.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { asFile } from '../../support/onnx-case.js';
import { mutantOf } from '../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';
import { refusal } from '../../support/refusal.js';

const window = { window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;

/** A network with a number that float32 does not hold, preprocessing with arrays, a border, and a flat value that is rounded. */
const NETWORK: NetworkGraph = {
  name: 'small',
  dialect: 'float',
  preprocessing: [
    { kind: 'subtract', values: Float64Array.of(0.1) },
    { kind: 'zca', window: 1, mean: Float64Array.of(0.3), matrix: Float32Array.of(1.5) },
    { kind: 'requantise', gain: 1, offset: 0.25 },
  ],
  nodes: [
    { kind: 'input', id: 'image', shape: [4, 4, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 0.1 } },
    {
      ...{ kind: 'conv2d', id: 'conv', input: 'code', window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
      ...{ nOut: 2, weights: Int8Array.from({ length: 18 }, (_, i) => (i % 5) - 2), weightBits: 4 },
      ...{ scale: Float64Array.of(0.1, 0.7), bias: Float64Array.of(0.2, -0.3), groups: 1, padValue: -1 },
    },
    {
      ...{ kind: 'batchNorm', id: 'norm', input: 'conv', gamma: Float64Array.of(1.1, -0.9) },
      ...{ beta: Float64Array.of(0.3, 0.4), mean: Float64Array.of(0, 2 / 3), variance: Float64Array.of(1 / 3, 1) },
      epsilon: 1e-5,
    },
    { kind: 'quantise', id: 'rounded', input: 'norm', step: 0.3, bits: 4, signed: true },
    { kind: 'avgPool', id: 'pool', input: 'rounded', ...window },
    { kind: 'flatten', id: 'flat', input: 'pool' },
    { kind: 'quantise', id: 'again', input: 'flat', step: 0.1, bits: 3, signed: false, rounding: 'halfEven' },
    { kind: 'step', id: 'fired', input: 'again' },
    { kind: 'dense', id: 'fc', input: 'fired', nOut: 2, weights: Float32Array.from({ length: 16 }, (_, i) => i / 7) },
    { kind: 'scores', id: 'classes', input: 'fc' },
  ],
};

const BYTES = exportOnnx(NETWORK, '1', 'net').bytes;
const FILE = asFile(BYTES);
const canonical = (graph: NetworkGraph): string => printNetwork(decodeNetwork(encodeNetwork(graph), 'net'));

/** Imports the file after a change to it. */
const changed = (
  change: (model: OnnxModel) => Partial<OnnxModel>,
  options: ImportOptions = {},
): Promise<ImportedNetwork> => {
  const model = parseModel(BYTES, 'net');
  return importModel({ ...model, ...change(model) }, FILE, options);
};

const withEntry =
  (key: string, text: string) =>
  ({ metadata }: OnnxModel): Partial<OnnxModel> => ({
    metadata: new Map([...metadata, [key, new TextEncoder().encode(text)]]),
  });

/** A change to the first number of a tensor. */
const withNumber =
  (name: string, value: number) =>
  ({ initialisers }: OnnxModel): Partial<OnnxModel> => ({
    initialisers: initialisers.map((tensor) => {
      if (tensor.name !== name) return tensor;
      const raw = Uint8Array.from(tensor.raw ?? []);
      new DataView(raw.buffer).setFloat32(0, value, true);
      return { ...tensor, raw };
    }),
  });

describe('a file of our own export', () => {
  it('gives names, preprocessing, float64 numbers and equal forms back', async () => {
    const { graph, warnings } = await onnx.read(FILE, {});
    expect(warnings).toEqual([]);
    expect(canonical(graph)).toBe(canonical(NETWORK));
  });

  it('has the numbers that another tool wrote into it, not those of the metadata', async () => {
    const { graph } = await changed(withNumber('norm:gamma', 3));
    const norm = graph.nodes.find(({ id }) => id === 'norm');
    expect(norm).toMatchObject({ gamma: Float64Array.of(3, Math.fround(-0.9)), beta: Float64Array.of(0.3, 0.4) });
  });

  it('says that its input was changed, and then wants to know what bytes mean', async () => {
    expect(await refusal(changed(withNumber('code:by', 2)))).toBe('changed-export,missing-input-range');
    const { graph } = await changed(withNumber('code:by', 2), { inputRange: [0, 255] });
    const [, code, norm] = graph.nodes;
    expect(code).toMatchObject({ kind: 'encode', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } });
    expect(norm).toMatchObject({ kind: 'batchNorm', mean: Float64Array.of(128) });
  });

  it('keeps the names of the operators where layers were added', async () => {
    const { graph } = await changed(({ nodes, outputs }) => ({
      nodes: [
        ...nodes,
        { name: 'more', operator: 'Relu', domain: '', inputs: ['classes'], outputs: ['end'], attributes: new Map() },
      ],
      outputs: [{ name: 'end', type: 1, dims: outputs[0]?.dims }],
    }));
    expect(graph.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(['conv', 'norm', 'rounded', 'fc', 'more']));
    expect(graph.nodes).toHaveLength(NETWORK.nodes.length + 1);
  });

  it('is refused where its metadata are none that an export writes', async () => {
    const bad = [
      '',
      '{',
      'null',
      '{"version":2}',
      '{"__proto__":{"version":1}}',
      JSON.stringify({
        version: 1,
        name: 'x',
        input: { value: 'code', code: { kind: 'bernoulli', ticks: 3 } },
        layers: [],
      }),
      JSON.stringify({ version: 1, name: '', input: { value: 'code', code: { kind: 'rate', bits: 8 } }, layers: [] }),
    ];
    for (const text of bad) expect(await refusal(changed(withEntry(NETWORK_KEY, text))), text).toBe('bad-metadata');
    for (const text of ['[]', '{"a":1}', '{"a":"AAAA"}', '{"a":"AAAAAAAA+H8="}']) {
      expect(await refusal(changed(withEntry(EXACT_KEY, text))), text).toBe('bad-metadata');
    }
    const twice = JSON.stringify({
      ...{ version: 1, name: 'x', input: { value: 'code', code: { kind: 'rate', bits: 8 } } },
      layers: [
        { id: 'a', kind: 'input' },
        { id: 'a', kind: 'encode' },
      ],
    });
    expect(await refusal(changed(withEntry(NETWORK_KEY, twice)))).toBe('bad-metadata');
    expect(Object.hasOwn(Object.prototype, 'version')).toBe(false);
  });

  it(`is read or refused with findings, ${500 * FUZZ} mutants of it`, async () => {
    for (let i = 0; i < 500 * FUZZ; i++) {
      const mutant = mutantOf(BYTES, RUN_SEED, i);
      await refusal(onnx.read(asFile(mutant), {}));
    }
  });
});
