import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { type ExportedModel, exportTfjs } from '../../../src/compiler/exporters/tfjs.js';
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../../../src/compiler/frontends/frontend.js';
import { keras } from '../../../src/compiler/frontends/keras/read.js';
import { openNetwork } from '../../../src/compiler/frontends/open-network.js';
import { decodeNetwork, encodeNetwork } from '../../../src/ir/network/file.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { modelPath } from '../../cli/harness.js';
import { mutantOf } from '../../support/mutants.js';
import { randomImage, scoresOf, single } from '../../support/network-scores.js';
import { randomNetwork } from '../../support/random-network.js';
import { randomQuantisedNetwork } from '../../support/random-quantised-network.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';
import { refusal } from '../../support/refusal.js';

const MODELS = ['mlp', 'conv', 'resnet-1bit', 'resnet-2bit', 'resnet-4bit', 'resnet-8bit', 'resnet-float'];
const canonical = (graph: NetworkGraph): string => printNetwork(decodeNetwork(encodeNetwork(graph), 'net'));
const written = (network: NetworkGraph): ExportedModel =>
  exportTfjs(network, { name: 'model.json', version: '1', place: 'net' });

/** The files as an importer gets them, the text of the model after a change to it. */
function asFile({ files }: ExportedModel, change: (json: string) => string = (json) => json): ForeignFile {
  const shards = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const text = new TextDecoder().decode(shards.get('model.json'));
  return {
    bytes: new TextEncoder().encode(change(text)),
    place: 'model.json',
    beside: (name) => Promise.resolve(shards.get(name)),
  };
}

const read = (
  model: ExportedModel,
  change?: (json: string) => string,
  options?: ImportOptions,
): Promise<ImportedNetwork> => openNetwork(asFile(model, change), options);

/** A model as a tool leaves it that does not know our metadata. */
const withoutMetadata = (json: string): string =>
  JSON.stringify({ ...JSON.parse(json), userDefinedMetadata: undefined });

describe('a network exported as a tfjs layers-model', () => {
  it.each(MODELS)('mnist-%s is the same text when it is imported again', async (model) => {
    const name = `mnist-${model}`;
    const network = decodeNetwork(readFileSync(modelPath(name)), name);
    const { graph, warnings } = await read(written(network));
    expect(warnings).toEqual([]);
    const again = decodeNetwork(encodeNetwork(graph), name);
    expect(printNetwork(again, { weights: 'summary' })).toBe(printNetwork(network, { weights: 'summary' }));
    expect(printNetwork(again) === printNetwork(network)).toBe(true);
  });

  it.each(MODELS)('mnist-%s gives the same scores to a tool that passes over its metadata', async (model) => {
    const name = `mnist-${model}`;
    const network = single(decodeNetwork(readFileSync(modelPath(name)), name));
    const { graph } = await read(written(network), withoutMetadata);
    const [before, after] = [scoresOf(network), scoresOf(graph)];
    for (let i = 0; i < 3; i++) {
      const image = randomImage(network, i);
      const found = after(image);
      before(image).forEach((score, k) =>
        expect(Math.abs(found[k]! - score)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(score))),
      );
    }
  });

  it('gives random networks back with every score', async () => {
    let nWritten = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.boolean(), async (seed, isBinary) => {
        const network = isBinary ? randomNetwork(seed, { codes: ['threshold', 'rate'] }) : randomQuantisedNetwork(seed);
        fc.pre(network.nodes.at(-1)?.kind === 'scores');
        let model: ExportedModel;
        try {
          model = written(network);
        } catch (error) {
          if (error instanceof UserError) return;
          throw error;
        }
        nWritten++;
        const { graph } = await read(model);
        const [before, after] = [scoresOf(network), scoresOf(graph)];
        for (let i = 0; i < 4; i++) {
          const image = randomImage(network, seed + i);
          expect(after(image)).toEqual(before(image));
        }
      }),
      { numRuns: 60 },
    );
    expect(nWritten).toBeGreaterThan(20);
  });
});

const window = { window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;

/** A network with numbers that float32 does not hold, preprocessing, a border, a scale for every output, and slashes in its names. */
const NETWORK: NetworkGraph = {
  name: 'small',
  dialect: 'float',
  preprocessing: [
    { kind: 'subtract', values: Float64Array.of(0.1) },
    { kind: 'requantise', gain: 1, offset: 0.25 },
  ],
  nodes: [
    { kind: 'input', id: 'image', shape: [4, 4, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 6, zeroPoint: 30, step: 0.1 } },
    {
      ...{ kind: 'conv2d', id: 'block/conv', input: 'code', window: [3, 3], stride: [1, 1], padding: [1, 0, 1, 1] },
      ...{ nOut: 2, weights: Int8Array.from({ length: 18 }, (_, i) => (i % 5) - 2), weightBits: 4 },
      ...{ scale: Float64Array.of(0.1, 0.7), bias: Float64Array.of(0.2, -0.3), groups: 1, padValue: -1 },
    },
    { kind: 'quantise', id: 'block/act', input: 'block/conv', step: 0.3, bits: 1, signed: false },
    {
      ...{ kind: 'conv2d', id: 'deep', input: 'block/act', window: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0] },
      ...{ nOut: 4, weights: Int8Array.from({ length: 16 }, (_, i) => (i % 3) - 1), weightBits: 2, groups: 2 },
      ...{ scale: Float64Array.of(0.3), padValue: 0 },
    },
    {
      ...{ kind: 'batchNorm', id: 'norm', input: 'deep', gamma: Float64Array.of(1.1, -0.9, 1, 2) },
      ...{ beta: Float64Array.of(0.3, 0.4, 0, 1), mean: Float64Array.of(0, 2 / 3, 0, 0) },
      ...{ variance: Float64Array.of(1 / 3, 1, 2, 3), epsilon: 1e-5 },
    },
    { kind: 'quantise', id: 'rounded', input: 'norm', step: 0.3, bits: 4, signed: true, levels: [-7, 7] },
    { kind: 'avgPool', id: 'pool', input: 'rounded', ...window },
    { kind: 'flatten', id: 'flat', input: 'pool' },
    { kind: 'quantise', id: 'again', input: 'flat', step: 0.125, bits: 3, signed: false, rounding: 'halfEven' },
    { kind: 'dense', id: 'fc', input: 'again', nOut: 2, weights: Float32Array.from({ length: 8 }, (_, i) => i / 7) },
    { kind: 'scores', id: 'classes', input: 'fc' },
  ],
};

describe('a tfjs model of our own export', () => {
  it('gives names, preprocessing, float64 numbers, borders and scales of outputs back', async () => {
    const { graph, warnings } = await read(written(NETWORK));
    expect(warnings).toEqual([]);
    expect(canonical(graph)).toBe(canonical(NETWORK));
  });

  it('computes the same without its metadata, but for what float32 rounds', async () => {
    const network = single(NETWORK);
    const { graph } = await read(written(network), withoutMetadata);
    const [before, after] = [scoresOf(network), scoresOf(graph)];
    for (let i = 0; i < 20; i++) {
      const image = randomImage(network, i);
      const found = after(image);
      before(image).forEach((score, k) => expect(found[k]).toBeCloseTo(score, 5));
    }
  });

  it('has the numbers that another tool wrote into it, not those of the metadata', async () => {
    const model = written(NETWORK);
    const [shard, json] = model.files;
    if (shard === undefined || json === undefined) throw new Error('two files');
    const bytes = Uint8Array.from(shard.bytes);
    // The first weights of the depthwise kernel stand behind 18 + 8 numbers of the first convolution and the range of its quantiser.
    const { weightsManifest } = JSON.parse(new TextDecoder().decode(json.bytes));
    const names: string[] = weightsManifest[0].weights.map(({ name }: { name: string }) => name);
    const sizes: number[] = weightsManifest[0].weights.map(({ shape }: { shape: number[] }) =>
      shape.reduce((a, b) => a * b, 1),
    );
    const at = sizes.slice(0, names.indexOf('norm/gamma')).reduce((a, b) => a + b, 0);
    new DataView(bytes.buffer).setFloat32(4 * at, 3, true);
    const { graph } = await read({ ...model, files: [{ ...shard, bytes }, json] });
    const norm = graph.nodes.find(({ id }) => id === 'norm');
    expect(norm).toMatchObject({
      gamma: Float64Array.of(3, Math.fround(-0.9), 1, 2),
      beta: Float64Array.of(0.3, 0.4, 0, 1),
    });
  });

  it('says that its input was changed, and then reads it as any other model', async () => {
    const otherScale = (text: string): string => text.replace('"scale": 0.25', '"scale": 0.5');
    const { graph, warnings } = await read(written(NETWORK), otherScale);
    expect(warnings.map(({ code }) => code)).toEqual(['changed-export']);
    const [, code] = graph.nodes;
    expect(code).toMatchObject({ kind: 'encode', code: { kind: 'integer', bits: 8 } });
  });

  it('is refused where its metadata are none that an export writes', async () => {
    for (const text of ['', '{', 'null', '{"version":2}', '{"__proto__":{"version":1}}']) {
      const with_ = (json: string): string =>
        JSON.stringify({ ...JSON.parse(json), userDefinedMetadata: { 'lodestone.network': text } });
      expect(await refusal(read(written(NETWORK), with_)), text).toBe('bad-metadata');
    }
    expect(Object.hasOwn(Object.prototype, 'version')).toBe(false);
  });

  it('is refused layer by layer, with the reason, for what Keras has no layer for', async () => {
    const layer = (node: NetworkNode): NetworkGraph => ({
      ...NETWORK,
      nodes: [
        ...NETWORK.nodes.slice(0, 2),
        node,
        { kind: 'flatten', id: 'end', input: 'it' },
        { kind: 'scores', id: 'classes', input: 'end' },
      ],
    });
    const it_ = { id: 'it', input: 'code' } as const;
    const messageOf = (network: NetworkGraph): string => {
      try {
        written(network);
      } catch (error) {
        if (error instanceof UserError) return error.message;
        throw error;
      }
      return 'written';
    };
    expect(messageOf(layer({ ...it_, kind: 'clip', min: -2, max: 3 }))).toMatch(/layer "it" \(clip\): limits -2 and 3/);
    expect(messageOf(layer({ ...it_, kind: 'quantise', step: 1, bits: 3, signed: true, rounding: 'floor' }))).toMatch(
      /layer "it" \(quantise\): the rounding floor/,
    );
    expect(
      messageOf(layer({ ...it_, kind: 'quantise', step: 0.3, bits: 3, signed: true, rounding: 'halfEven' })),
    ).toMatch(/a step of 0.3 whose halves go to even/);
    expect(
      messageOf(layer({ ...it_, kind: 'maxPool', window: [3, 3], stride: [1, 1], padding: [2, 2, 2, 2] })),
    ).toMatch(/a padding of \[2, 2, 2, 2\] around a pool/);
    expect(
      messageOf(layer({ ...it_, kind: 'avgPool', window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] })),
    ).toMatch(/an average that counts its padding/);
    expect(messageOf(layer({ ...it_, kind: 'function', function: 'mish' }))).toMatch(/the function mish has no layer/);
    expect(messageOf(layer({ ...it_, kind: 'function', function: 'sigmoid' }))).toMatch(/scores that are sigmoids/);
  });

  it('puts weights of more than 4 MiB into several shards', async () => {
    const weights = Float32Array.from({ length: 16 * 70_000 }, (_, i) => i % 64);
    const large: NetworkGraph = {
      ...NETWORK,
      nodes: [
        ...NETWORK.nodes.slice(0, 2),
        { kind: 'flatten', id: 'flat', input: 'code' },
        { kind: 'dense', id: 'wide', input: 'flat', nOut: 70_000, weights },
        { kind: 'scores', id: 'classes', input: 'wide' },
      ],
    };
    const model = written(large);
    expect(model.files.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['group1-shard1of2.bin', 4_194_304],
      ['group1-shard2of2.bin', 285_696],
      ['model.json', expect.any(Number)],
    ]);
    const { graph } = await read(model);
    const wide = graph.nodes.find(({ kind }) => kind === 'dense');
    const found = wide?.kind === 'dense' ? wide.weights : [];
    expect(found.length === weights.length && weights.every((w, i) => w === found[i])).toBe(true);
  });

  it(`is read or refused with findings, ${300 * FUZZ} mutants of it`, async () => {
    const model = written(NETWORK);
    const json = model.files.at(-1)?.bytes ?? new Uint8Array(0);
    const fates = new Map<boolean, number>();
    for (let i = 0; i < 300 * FUZZ; i++) {
      const bytes = mutantOf(json, RUN_SEED, i);
      const files = [...model.files.slice(0, -1), { name: 'model.json', bytes }];
      const fate = await refusal(keras.read({ ...asFile({ ...model, files }), bytes }, {}));
      fates.set(fate === 'taken', (fates.get(fate === 'taken') ?? 0) + 1);
    }
    expect(fates.get(true)).toBeGreaterThan(0);
    expect(fates.get(false)).toBeGreaterThan(0);
  });
});
