import { present } from '../../src/common/assert.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { describe, expect, it } from 'vitest';
import { macsOf, resnet50Layers, STEM } from '../../src/chips/northpole/validation/resnet50-layers.js';
import { RESNET50_PRECISIONS } from '../../src/chips/northpole/validation/resnet50-precision.js';
import { measureResnet50 } from '../../src/chips/northpole/validation/resnet50-measure.js';
import { pricedEvents } from '../../src/hw-models/northpole/costs.js';
import { RESNET50_EVENTS } from '../../src/hw-models/northpole/fitted-power.js';
import { NORTHPOLE } from '../../src/hw-models/northpole/spec.js';
import { resnet50 } from '../../src/chips/northpole/validation/resnet50.js';
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

describe('the run that static power was fitted on', () => {
  it('has the events that the cost model remembers, within 1 %', () => {
    const measured = measureResnet50(NORTHPOLE, RESNET50_PRECISIONS.mixed, { count: true });
    const events = pricedEvents(NORTHPOLE, present(measured.counters, 'counters'));
    const near = (now: number, then: number): void => expect(Math.abs(now / then - 1)).toBeLessThan(0.01);
    near(events.seconds, RESNET50_EVENTS.seconds);
    near(events.memoryBytes, RESNET50_EVENTS.memoryBytes);
    near(events.byteHops, RESNET50_EVENTS.byteHops);
    near(events.vectorOperations, RESNET50_EVENTS.vectorOperations);
    for (const bits of [8, 4, 2] as const) near(events.macs[bits], RESNET50_EVENTS.macs[bits]);
    expect(events.macs[1]).toBe(RESNET50_EVENTS.macs[1]);
  }, 120_000);
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
      const values = new Set(weights);
      expect([values.size, Math.max(...values)], layer.name).toEqual([2 * most + 1, most]);
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

  it('is a legal integer network', () => {
    expect(verifyNetwork(graph)).toEqual([]);
  });

  it('spreads activations over their range', () => {
    const network = resnet50({ size: 64 });
    const precision = RESNET50_PRECISIONS.mixed;
    const pixels = sequence(1, PURPOSE.test);
    const half = 2 ** (precision.image - 1);
    const image = Int32Array.from({ length: 64 * 64 * 3 }, () => pixels.below(2 * half) - half);
    const values = createInterpreter(network).trace(image);
    const activations = network.nodes.filter((node) => node.kind === 'requantise' && node.id.endsWith('.out'));
    expect(activations).toHaveLength(54);
    for (const node of activations) {
      if (node.kind !== 'requantise') continue;
      const value = present(values.get(node.id), node.id);
      const share = (is: (x: number) => boolean): number => value.filter(is).length / value.length;
      expect(
        share((x) => x === 0),
        `${node.id} is zero`,
      ).toBeLessThan(0.75);
      expect(
        share((x) => x === node.max),
        `${node.id} saturates`,
      ).toBeLessThan(0.1);
      expect(
        share((x) => x > 0),
        `${node.id} is positive`,
      ).toBeGreaterThan(0.25);
    }
  }, 30_000);
});
