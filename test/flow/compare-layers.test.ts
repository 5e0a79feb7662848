import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { LayerReader } from '../../src/chips/chip.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import type { FileValues } from '../../src/compiler/frontends/frontend.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { type ComparedForms, compareLayers, type LayersCompared } from '../../src/flow/compare-layers.js';
import { compileNetwork } from '../../src/flow.js';
import { type ComparedStep, type Deviation, isSeen } from '../../src/ir/trace/layer-comparison.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';

const random = sequence(9, PURPOSE.test);

/** A flat input of 6 values, multiples of a quarter, then `layers`, then a dense layer on "end". */
function network(layers: readonly NetworkNode[]): NetworkGraph {
  return {
    name: 'net',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [6] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 4, zeroPoint: 8, step: 0.25 } },
      { kind: 'dense', id: 'fc', input: 'code', nOut: 6, weights: weights(36), scale: Float64Array.of(0.5) },
      ...layers,
      { kind: 'dense', id: 'last', input: 'end', nOut: 3, weights: weights(18) },
      { kind: 'scores', id: 'out', input: 'last' },
    ],
  };
}

const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => random.below(7) - 3);
const images = Uint8Array.from({ length: 6 * 40 }, () => random.below(256));
const data = { name: 'made', shape: [1, 6, 1] as const, images, labels: new Uint8Array(40), nClasses: 3 };

const NOTHING = { file: { unseen: 'no file' }, chip: { unseen: 'no chip' } };

const compared = (graph: NetworkGraph, more: Partial<ComparedForms> = {}): Promise<LayersCompared> =>
  compareLayers({ graph, ...NOTHING, ...more }, data, { limit: 40 });

/** What a step found of each layer. */
function byLayer({ layers }: LayersCompared, step: ComparedStep): ReadonlyMap<string, Deviation> {
  return new Map(layers.flatMap(({ layer, [step]: found }) => (isSeen(found) ? [[layer, found] as const] : [])));
}

const EXACT = network([
  { kind: 'relu', id: 'r', input: 'fc' },
  { kind: 'quantise', id: 'end', input: 'r', step: 0.5, bits: 4, signed: false },
]);

describe('comparing a network with its integer form', () => {
  it('finds every element of every layer equal where the lowering is exact, folded layers and scores too', async () => {
    const found = await compared(EXACT);
    expect(found.layers.map(({ layer }) => layer)).toEqual(['code', 'fc', 'r', 'end', 'last', 'out']);
    expect(found.layers.map(({ integerLayer }) => integerLayer)).toEqual(['code', 'fc', 'fc', 'end', 'last', 'out']);
    const steps = byLayer(found, 'integer');
    expect(steps.size).toBe(6);
    expect([...steps.values()].every(({ equal, largest, mean }) => equal === 1 && largest === 0 && mean === 0)).toBe(
      true,
    );
    expect(found).toMatchObject({ samples: 40, sameDecision: { integer: 40, float: null } });
    expect(found.first).toEqual({ float: null, integer: null, chip: null });
    expect(found.layers[0]).toMatchObject({ float: { unseen: 'no file' }, chip: { unseen: 'no chip' } });
  });

  it('says where both part first, by how much and why: the operands of a sum on different steps', async () => {
    const found = await compared(
      network([
        { kind: 'quantise', id: 'a', input: 'fc', step: 0.3, bits: 4, signed: true },
        { kind: 'quantise', id: 'b', input: 'fc', step: 0.7, bits: 4, signed: true },
        { kind: 'add', id: 's', inputs: ['a', 'b'] },
        { kind: 'quantise', id: 'end', input: 's', step: 0.5, bits: 4, signed: true },
      ]),
    );
    const steps = byLayer(found, 'integer');
    expect(steps.get('a')?.equal).toBe(1);
    expect(steps.get('b')?.equal).toBe(1);
    const sum = steps.get('s');
    expect(sum?.equal).toBeLessThan(1);
    // The bound of the lowering is far below a step.
    expect(sum?.largest).toBeGreaterThan(0);
    expect(sum?.largest).toBeLessThan(1e-5);
    const first = found.first.integer;
    expect(first).toMatchObject({ layer: 's', cause: 'rounding', note: expect.stringMatching(/operands/) });
    expect(sum?.parts).toEqual(first);
    expect(first?.channel).toBe(first?.element);
    // What follows differs too, and is not where they part.
    expect(steps.get('end')?.parts).toBeUndefined();
  });

  it('has a row for every layer of a network of integers, which has no float network', async () => {
    const found = await compared(lowerToInteger(EXACT));
    expect(found.layers.map(({ layer }) => layer)).toEqual(['code', 'fc', 'end', 'last', 'out']);
    expect(byLayer(found, 'integer').size).toBe(0);
    expect(found.accuracy).toMatchObject({ float: null, integer: expect.any(Number) });
  });
});

describe('comparing a chip with the integer network', () => {
  const changed = (change: (values: Int32Array) => void): LayerReader => {
    const { layers } = compileNetwork(EXACT, { chip: northPole });
    if (typeof layers !== 'function') throw new Error('no layers');
    const reader = layers();
    return {
      read: (sample) => {
        const values = new Map(reader.read(sample));
        const end = Int32Array.from(values.get('end') ?? []);
        change(end);
        return values.set('end', end);
      },
    };
  };

  it('compares to the bit what the chip holds, and says so of what it does not', async () => {
    const found = await compared(EXACT, { chip: changed(() => undefined) });
    const steps = byLayer(found, 'chip');
    expect(steps.get('end')).toMatchObject({ equal: 1, elements: 6 });
    expect(steps.has('fc')).toBe(false);
    expect(found.layers[1]?.chip).toEqual({ unseen: 'its values never leave a unit of the chip' });
  });

  it('finds one changed value of one layer', async () => {
    const found = await compared(EXACT, { chip: changed((values) => values.set([values[4]! + 1], 4)) });
    expect(found.first.chip).toMatchObject({ sample: 0, layer: 'end', channel: 4, element: 4 });
    expect(byLayer(found, 'chip').get('end')).toMatchObject({ largest: 1, mean: 1 / 6, equal: 5 / 6 });
    expect(byLayer(found, 'chip').get('end')?.parts).toEqual(found.first.chip);
  });
});

describe('comparing a network with its file', () => {
  const evaluated = (change: (values: Map<string, Float64Array>) => void): FileValues => {
    const interpreter = createInterpreter(EXACT);
    return {
      what: 'the network again',
      evaluate: (image) => {
        const layers = interpreter.trace(codedOf(image));
        change(layers);
        return { layers, decision: 1 };
      },
    };
  };
  const codedOf = (image: Uint8Array): Int32Array => Int32Array.from(image, (byte) => (byte >> 4) - 8);

  it('compares what the file has, and skips elements and layers that it does not have', async () => {
    const file = evaluated((values) => {
      values.delete('fc');
      values.get('end')?.fill(NaN, 0, 2);
    });
    const found = await compared(EXACT, { file });
    const steps = byLayer(found, 'float');
    expect(steps.has('fc')).toBe(false);
    expect(steps.get('end')).toMatchObject({ equal: 1, elements: 4 });
    expect(found.first.float).toBeNull();
    expect(found.accuracy.file).toBeCloseTo(data.labels.filter((label) => label === 1).length / 40, 12);
    expect(found.file).toBe('the network again');
  });

  it.each([
    [0.5, 'rounding'],
    [1.5, 'another function'],
  ])('names the cause of %d in a quantiser: %s', async (by, cause) => {
    const file = evaluated((values) => {
      const end = values.get('end')!;
      const element = end.findIndex((v) => v > 2 && v < 5);
      if (element >= 0) end[element]! += by;
    });
    const found = await compared(EXACT, { file });
    expect(found.first.float).toMatchObject({ layer: 'end', cause });
  });
});
