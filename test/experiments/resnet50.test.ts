import { describe, expect, it } from 'vitest';
import { macsOf, resnet50Layers, STEM } from '../../src/experiments/resnet50-layers.js';
import { RESNET50_PRECISIONS } from '../../src/experiments/resnet50-precision.js';
import { resnet50 } from '../../src/experiments/resnet50.js';
import { inputsOf, type NetworkGraph } from '../../src/ir/network/types.js';

describe('the layers of ResNet-50 v1.5', () => {
  it('are 54 with 4.089 G multiply-accumulates and 25.5 M weights', () => {
    const layers = resnet50Layers();
    expect(layers).toHaveLength(54);
    const macs = layers.reduce((sum, layer) => sum + macsOf(layer), 0);
    // torchvision's model: 4,089,184,256 (4.089 GMAC), 25,557,032 parameters less 53,120 of batch norm and 1,000 biases.
    expect(macs).toBe(4_089_184_256);
    expect(layers.reduce((sum, { nIn, nOut, window }) => sum + nIn * nOut * window * window, 0)).toBe(25_502_912);
  });

  it('stride in the 3x3 convolution of a block', () => {
    const strided = resnet50Layers().filter(({ stride }) => stride === 2);
    expect(strided.map(({ name }) => name)).toEqual([
      STEM,
      's2b1.shortcut',
      's2b1.b',
      's3b1.shortcut',
      's3b1.b',
      's4b1.shortcut',
      's4b1.b',
    ]);
  });
});

describe('the ResNet-50 builder', () => {
  const graph = resnet50({ size: 32 });
  const weightsOf = (network: NetworkGraph, name: string): Int8Array => {
    const node = network.nodes.find(({ id }) => id === name);
    if ((node?.kind !== 'conv2d' && node?.kind !== 'dense') || !(node.weights instanceof Int8Array)) {
      throw new Error(`no weights of ${name}`);
    }
    return node.weights;
  };

  it('puts nodes in topological order and gives every layer weights of its bits', () => {
    const seen = new Set<string>();
    for (const node of graph.nodes) {
      for (const input of inputsOf(node)) expect(seen, node.id).toContain(input);
      seen.add(node.id);
    }
    for (const layer of resnet50Layers(32)) {
      const weights = weightsOf(graph, layer.name);
      expect(weights).toHaveLength(layer.nIn * layer.nOut * layer.window ** 2);
      const most = 2 ** (RESNET50_PRECISIONS.mixed.of(layer.name).weights - 1) - 1;
      expect(new Set(weights).size).toBe(2 * most + 1);
      expect(Math.max(...new Set(weights))).toBe(most);
    }
  });

  it('gives the same network for the same seed and other weights for another', () => {
    const layers = resnet50Layers(32).map(({ name }) => name);
    const same = resnet50({ size: 32 });
    const other = resnet50({ size: 32, seed: 2 });
    const equal = (b: NetworkGraph) => (name: string) => {
      const theirs = weightsOf(b, name);
      return weightsOf(graph, name).every((w, i) => w === theirs[i]);
    };
    expect(layers.every(equal(same))).toBe(true);
    expect(layers.some(equal(other))).toBe(false);
    const rest = ({ nodes }: NetworkGraph): unknown =>
      nodes.map((node) => ('weights' in node ? { ...node, weights: 0 } : node));
    expect(rest(same)).toEqual(rest(graph));
  });
});
