import { describe, expect, it } from 'vitest';
import { layerRows } from '../../../src/compiler/targets/northpole/table.js';
import { narrowWeights } from '../../../src/compiler/targets/northpole/wide-weights.js';
import { parseNetwork } from '../../../src/ir/network/parse.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import { inferRanges, wholeRange } from '../../../src/ir/network/ranges.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { randomPixels } from '../../support/random-network.js';
import { agreedScores } from '../../support/three-engines.js';

const images = [1, 2].map((seed) => randomPixels(seed, 32));

function network(layers: readonly NetworkNode[]): NetworkGraph {
  return {
    name: 'wide weights',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'image', shape: [4, 4, 2] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 131, step: 1 } },
      ...layers,
      { kind: 'flatten', id: 'flat', input: layers.at(-1)?.id ?? 'code' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

const all = Int8Array.from({ length: 72 }, (_, k) => ((k * 89) % 256) - 128);
const conv = (weights: Int8Array, zeroPoints: readonly number[], groups = 1): NetworkNode => ({
  ...{ kind: 'conv2d', id: 'conv', input: 'code', window: [3, 3], stride: [1, 1], padding: [1, 1, 0, 2] },
  ...{ nOut: 4, groups, weights, padValue: -9, bias: Float64Array.of(1, 2, 3, 4) },
  weightZeroPoint: Int8Array.from(zeroPoints),
});

describe('weights with a zero point', () => {
  it.each([
    ['one for all channels', conv(all, [15])],
    ['one for each channel', conv(all, [-128, 0, 127, 15])],
    ['in groups', conv(all.slice(0, 36), [-100], 2)],
  ])('are multiplied in parts of 8 bits, exactly: %s', (_, layer) => {
    const { program } = agreedScores(network([layer]), images);
    const parts = program.layers.filter(({ kind }) => kind === 'vmm');
    // All go by the name of the layer.
    expect(parts.length).toBeGreaterThan(1);
    expect(new Set(parts.map(({ name }) => name))).toEqual(new Set(['conv']));
    expect(layerRows(program).filter(({ name }) => name === 'conv')).toHaveLength(parts.length);
  });

  it('stay one layer where all of them fit 8 bits', () => {
    const few = Int8Array.from({ length: 72 }, (_, k) => (k % 101) - 20);
    const { program } = agreedScores(network([conv(few, [30])]), images);
    expect(program.layers.filter(({ kind }) => kind === 'vmm')).toHaveLength(1);
  });

  it('take three parts only where a weight is 255', () => {
    const at = (w: number): number => narrowWeights(network([conv(new Int8Array(72).fill(w), [-128])])).partOf.size;
    // Layers and the sums between them; the last sum has the name of the layer.
    expect(at(126)).toBe(2);
    expect(at(127)).toBe(4);
    agreedScores(network([conv(new Int8Array(72).fill(127), [-128])]), images);
  });

  it('make up names that the network does not have', () => {
    const taken: NetworkNode = {
      ...{ kind: 'maxPool', id: 'conv.part1', input: 'conv', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
    };
    const { graph } = narrowWeights(network([conv(all, [15]), taken]));
    expect(graph.nodes.map(({ id }) => id)).toEqual([
      ...['image', 'code', 'conv.part1.2', 'conv.part2', 'conv', 'conv.part1', 'flat', 'scores'],
    ]);
  });

  it('reach no further in parts than together', () => {
    const graph = network([conv(all, [-128, 0, 127, 15])]);
    const whole = inferRanges(graph).get('conv')!;
    const parts = inferRanges(narrowWeights(graph).graph);
    expect(parts.get('conv')).toEqual(whole);
    expect(wholeRange(parts.get('conv.part2')!)[1]).toBeLessThanOrEqual(wholeRange(whole)[1] - wholeRange(whole)[0]);
  });

  it('are printed and read back', () => {
    const graph = network([conv(all, [-128, 0, 127, 15])]);
    expect(parseNetwork(printNetwork(graph), 'text')).toEqual(graph);
  });
});
