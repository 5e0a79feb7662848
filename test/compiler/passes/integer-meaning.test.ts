/** What the integers of a lowered network stand for: of every layer and element, over every input of small networks. */
import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { affineOf, isBent, limitsOf, realValue, type Value } from '../../../src/compiler/passes/integer-value.js';
import { integerForm, type IntegerForm } from '../../../src/compiler/passes/to-integer.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import { type InputCode, inputsOf, type NetworkGraph, type NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';

const BITS: InputCode = { kind: 'threshold', level: 128 };
/** -0.5, 0, 0.5, 1. */
const STEPS: InputCode = { kind: 'integer', bits: 2, zeroPoint: 1, step: 0.5 };

/** An image of 2 x 2 x `channels` pixels, its code "code", and layers of which the last and what it reads are taken. */
function network(code: InputCode, channels: number, layers: readonly NetworkNode[]): NetworkGraph {
  const last = present(layers.at(-1), 'last layer');
  const isFlat = last.kind === 'dense' || last.kind === 'blockDense';
  const read = new Set([last.id]);
  const used = layers.toReversed().filter((node) => {
    if (read.has(node.id)) inputsOf(node).forEach((id) => read.add(id));
    return read.has(node.id);
  });
  const nodes: readonly NetworkNode[] = [
    { kind: 'input', id: 'image', shape: [2, 2, channels] },
    { kind: 'encode', id: 'code', input: 'image', code },
    ...used.reverse(),
    ...(isFlat ? [] : [{ kind: 'flatten' as const, id: 'flat', input: last.id }]),
    { kind: 'scores', id: 'out', input: isFlat ? last.id : 'flat' },
  ];
  return { name: 'net', dialect: 'float', nodes };
}

/** Every input of so many elements, as codes. */
function everyInput(code: InputCode, n: number): readonly (readonly number[])[] {
  const [base, low] = code.kind === 'integer' ? [2 ** code.bits, -code.zeroPoint] : [2, 0];
  return Array.from({ length: base ** n }, (_, k) =>
    Array.from({ length: n }, (__, i) => low + (Math.floor(k / base ** i) % base)),
  );
}

interface Seen {
  readonly form: IntegerForm;
  /** By layer: least and largest integer per channel. */
  readonly reached: ReadonlyMap<string, { readonly low: number[]; readonly high: number[] }>;
}

const real = (value: Value, e: number, q: number): number =>
  realValue(value, e % value.low.length, value.constant[e]!)(q);

/** The same by its restatement: affine, then limited. */
function restated(value: Value, e: number, q: number): number {
  const { slope, intercept } = affineOf(value, e % value.low.length, value.constant[e]!);
  const [low, high] = limitsOf(value);
  return Math.min(Math.max(slope * q + intercept, low), high);
}

/** Lowers, runs every input through both networks and compares all values; `within` is what a warning allows. */
function compared(code: InputCode, channels: number, layers: readonly NetworkNode[], within = 1e-12): Seen {
  const graph = network(code, channels, layers);
  expect(verifyNetwork(graph)).toEqual([]);
  const form = integerForm(graph);
  expect(form.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [float, integer] = [
    createInterpreter(graph),
    createInterpreter({ ...graph, dialect: 'integer', nodes: form.nodes }),
  ];
  const reached = new Map<string, { low: number[]; high: number[] }>();
  let worst = { distance: 0, where: '' };
  for (const input of everyInput(code, 4 * channels)) {
    const [floats, integers] = [float.trace(input), integer.trace(input)];
    for (const [id, value] of form.values) {
      const wanted = floats.get(id);
      const q = integers.get(value.id);
      // The image itself is not traced, nor a value that only waits for its activation under the same name.
      if (wanted === undefined || q === undefined) continue;
      if (!reached.has(id)) {
        reached.set(id, { low: Array.from(value.low, () => Infinity), high: Array.from(value.low, () => -Infinity) });
      }
      const bounds = present(reached.get(id), 'bounds');
      q.forEach((v, e) => {
        const c = e % value.low.length;
        bounds.low[c] = Math.min(bounds.low[c]!, v);
        bounds.high[c] = Math.max(bounds.high[c]!, v);
        const values = [real(value, e, v), ...(value.post.some((op) => op.bends) ? [] : [restated(value, e, v)])];
        for (const found of values) {
          const distance = Math.abs(found - wanted[e]!);
          if (!(distance <= worst.distance)) worst = { distance, where: `${id}[${e}] = ${found}, not ${wanted[e]!}` };
        }
      });
    }
  }
  if (!(worst.distance <= within)) expect.fail(worst.where);
  for (const [id, { low, high }] of reached) {
    const value = present(form.values.get(id), 'value');
    value.low.forEach((v, c) => expect(v, `${id}: low of channel ${c}`).toBeLessThanOrEqual(low[c]!));
    value.high.forEach((v, c) => expect(v, `${id}: high of channel ${c}`).toBeGreaterThanOrEqual(high[c]!));
  }
  return { form, reached };
}

/** The bounds of these layers are reached. */
function expectReached({ form, reached }: Seen, ids: readonly string[]): void {
  for (const id of ids) {
    const value = present(form.values.get(id), 'value');
    expect({ id, low: Array.from(value.low), high: Array.from(value.high) }).toEqual({ id, ...reached.get(id) });
  }
}

const conv = (id: string, input: string, more: Partial<Extract<NetworkNode, { kind: 'conv2d' }>>): NetworkNode => ({
  kind: 'conv2d',
  id,
  input,
  window: [1, 1],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  nOut: 2,
  groups: 1,
  weights: Int8Array.of(2, -1, 1, 3),
  padValue: 0,
  ...more,
});
const norm = (id: string, input: string, gamma: readonly number[]): NetworkNode => ({
  kind: 'batchNorm',
  id,
  input,
  gamma: Float64Array.from(gamma),
  beta: Float64Array.of(0.25, -0.5),
  mean: Float64Array.of(0.5, -0.75),
  variance: Float64Array.of(3.75, 15.75),
  epsilon: 0.25,
});
const window = (size: number): Pick<Extract<NetworkNode, { kind: 'maxPool' }>, 'window' | 'stride' | 'padding'> => ({
  window: [size, size],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
});
const quantise = (
  id: string,
  input: string,
  more: Partial<Extract<NetworkNode, { kind: 'quantise' }>> = {},
): NetworkNode => ({ kind: 'quantise', id, input, step: 0.25, bits: 4, signed: true, ...more });

const flattened = (input: string): NetworkNode => ({ kind: 'flatten', id: 'v', input });

describe('every integer of a lowered network stands for the value of the float network', () => {
  it('sums of bits with scale, bias and batch norm, rising and falling', () => {
    const seen = compared(BITS, 2, [
      conv('a', 'code', { scale: Float64Array.of(0.5, 0.25), bias: Float64Array.of(-1, 0.75) }),
      norm('n', 'a', [2, -4]),
    ]);
    expectReached(seen, ['code', 'a', 'n', 'flat', 'out']);
    expect(seen.form.values.get('n')).toMatchObject({ kind: 'sum', onGrid: false, multiBit: false });
  });

  it('sums of signs, with silent padding and groups', () => {
    const seen = compared(BITS, 2, [
      conv('a', 'code', { groups: 2, weights: Int8Array.of(1, 1), bias: Float64Array.of(-0.5, -0.5) }),
      { kind: 'sign', id: 's', input: 'a' },
      conv('b', 's', {
        window: [2, 2],
        padding: [1, 0, 1, 0],
        padValue: -1,
        weights: Int8Array.from({ length: 16 }, (_, k) => (k % 5) - 2),
      }),
    ]);
    expectReached(seen, ['a', 's', 'b']);
  });

  it('sums of bits beside padding of ones', () => {
    const padded = { window: [2, 2], padding: [0, 1, 0, 1], padValue: 1 } as const;
    const weights = Int8Array.from({ length: 16 }, (_, k) => 3 - (k % 6));
    expectReached(compared(BITS, 2, [conv('a', 'code', { ...padded, weights })]), ['a']);
  });

  it('dense layers and blocks of them on signs', () => {
    const signs: readonly NetworkNode[] = [
      conv('a', 'code', { groups: 2, weights: Int8Array.of(1, 1), bias: Float64Array.of(-0.5, -0.5) }),
      { kind: 'sign', id: 's', input: 'a' },
    ];
    const weights = Int8Array.from({ length: 24 }, (_, k) => ((3 * k) % 7) - 3);
    const scale = Float64Array.of(0.5);
    expectReached(
      compared(BITS, 2, [...signs, flattened('s'), { kind: 'dense', id: 'd', input: 'v', nOut: 3, weights, scale }]),
      ['d'],
    );
    const blocks = [
      { inputs: Int32Array.of(0, 3), nOut: 2, weights: Int8Array.of(1, -2, 3, 0) },
      { inputs: Int32Array.of(5, 6, 7), nOut: 1, weights: Int8Array.of(-1, -1, 2) },
    ];
    expectReached(compared(BITS, 2, [...signs, { kind: 'blockDense', id: 'd', input: 's', blocks }]), ['d']);
  });

  it('activations of multi-bit sums, rectified and clipped before and after they are quantised', () => {
    const seen = compared(STEPS, 1, [
      conv('a', 'code', { nOut: 1, weights: Int8Array.of(2) }),
      { kind: 'clip', id: 'k', input: 'a', min: -0.5, max: 1.5 },
      quantise('q', 'k'),
      { kind: 'relu', id: 'r', input: 'q' },
      { kind: 'clip', id: 'j', input: 'r', min: 0.25, max: 1.25 },
      quantise('h', 'j', { step: 0.5 }),
      { kind: 'relu', id: 'z', input: 'h' },
    ]);
    expectReached(seen, ['code', 'a', 'q', 'r', 'j']);
    expect(limitsOf(present(seen.form.values.get('k'), 'k'))).toEqual([-0.5, 1.5]);
    expect(isBent(present(seen.form.values.get('k'), 'k'))).toBe(true);
    expect(isBent(present(seen.form.values.get('j'), 'j'))).toBe(false);
    expect(Array.from(present(seen.form.values.get('j'), 'j').low)).toEqual([1]);
  });

  it('a clip between two multiples of the step waits for the activation behind it', () => {
    const { form } = compared(STEPS, 1, [
      { kind: 'clip', id: 'k', input: 'code', min: -0.25, max: 1 },
      quantise('q', 'k'),
    ]);
    expect(form.nodes.map(({ kind }) => kind)).toEqual(['input', 'encode', 'requantise', 'flatten', 'scores']);
    const one = compared(STEPS, 1, [
      { kind: 'clip', id: 'k', input: 'code', min: -0.5, max: 0.75 },
      quantise('q', 'k'),
    ]);
    expect(one.form.nodes.map(({ kind }) => kind)).toEqual(['input', 'encode', 'requantise', 'flatten', 'scores']);
  });

  it('a rectifier above every value leaves its lower limit', () => {
    const seen = compared(STEPS, 1, [
      { kind: 'clip', id: 'k', input: 'code', min: 5, max: Infinity },
      quantise('q', 'k', { step: 0.5, bits: 5 }),
    ]);
    expectReached(seen, ['k']);
    expect(seen.form.values.get('k')).toMatchObject({ low: Float64Array.of(10), high: Float64Array.of(10) });
  });

  it('levels with a zero point, under padded and dense layers, averages, sums and joins', () => {
    // -2 .. 1 steps: two bits signed do hold them; -1 .. 2 do not.
    const q = quantise('q', 'code', { step: 0.5, bits: 2, levels: [-1, 2] });
    const padded = { window: [2, 2], padding: [1, 0, 1, 0], weights: Int8Array.of(1, -2, 3, 1, -1, 0, 2, 2) } as const;
    const conv1 = compared(STEPS, 1, [q, conv('a', 'q', { ...padded, bias: Float64Array.of(1, 0) })]);
    expectReached(conv1, ['q', 'a']);
    expect(conv1.form.values.get('q')).toMatchObject({
      zeroPoint: 1,
      low: Float64Array.of(0),
      high: Float64Array.of(3),
    });
    expect(conv1.form.values.get('a')).toMatchObject({ zeroPoint: 0 });
    const weights = Int8Array.of(1, 2, -1, 0, 3, 0, 0, -2);
    expectReached(compared(STEPS, 1, [q, flattened('q'), { kind: 'dense', id: 'd', input: 'v', nOut: 2, weights }]), [
      'd',
    ]);
    const pooled = compared(STEPS, 1, [q, { kind: 'avgPool', id: 'p', input: 'q', ...window(2) }]);
    expectReached(pooled, ['p', 'flat']);
    expect(pooled.form.values.get('p')).toMatchObject({ zeroPoint: 4, divisor: 4, high: Float64Array.of(12) });
    const sum = compared(STEPS, 1, [q, { kind: 'add', id: 's', inputs: ['q', 'code'] }]);
    expect(sum.form.values.get('s')).toMatchObject({
      zeroPoint: 1,
      low: Float64Array.of(-1),
      high: Float64Array.of(5),
    });
    const leveled = (levels: readonly [number, number]): NetworkNode =>
      quantise('w', 'code', { step: 0.5, bits: 2, levels });
    for (const levels of [
      [-2, 1],
      [0, 3],
      [0, 0],
    ] as const) {
      expect(compared(STEPS, 1, [leveled(levels)]).form.values.get('w')).toMatchObject({ zeroPoint: 0 });
    }
    for (const levels of [
      [-1, 2],
      [1, 4],
      [-3, 0],
    ] as const) {
      const { form } = compared(STEPS, 1, [leveled(levels)]);
      expect(form.values.get('w')).toMatchObject({ zeroPoint: -levels[0] });
    }
    const joined = compared(STEPS, 1, [q, { kind: 'concat', id: 'j', inputs: ['q', 'code'] }]);
    expectReached(joined, ['j', 'flat']);
  });

  it('averages of signs and of windows that divide by different numbers', () => {
    const signs: readonly NetworkNode[] = [
      conv('a', 'code', { groups: 2, weights: Int8Array.of(1, 1), bias: Float64Array.of(-0.5, -0.5) }),
      { kind: 'sign', id: 's', input: 'a' },
    ];
    expectReached(compared(BITS, 2, [...signs, { kind: 'avgPool', id: 'p', input: 's', ...window(2) }]), ['p', 'flat']);
    const padded = { ...window(2), padding: [1, 0, 1, 1] } as const;
    const inside = [0, 0, 0, 0] as const;
    const uneven = compared(BITS, 2, [...signs, { kind: 'avgPool', id: 'p', input: 's', ...padded, counted: inside }]);
    // Windows of one, two and four pixels.
    expect(uneven.form.values.get('p')).toMatchObject({ divisor: 4, low: Float64Array.of(0, 0), onGrid: true });
    expectReached(uneven, ['p', 'flat']);
    expectReached(compared(STEPS, 1, [{ kind: 'avgPool', id: 'p', input: 'code', ...padded }]), ['p']);
  });

  it('sums and joins of signs, bits and multiples of a step', () => {
    const signs: readonly NetworkNode[] = [
      conv('a', 'code', { weights: Int8Array.of(1, 0, 0, 1), bias: Float64Array.of(-0.5, -0.5) }),
      { kind: 'sign', id: 's', input: 'a' },
      conv('b', 'code', { weights: Int8Array.of(1, 1, 1, -1), bias: Float64Array.of(-1.5, 0.5) }),
      { kind: 'step', id: 't', input: 'b' },
      { kind: 'sign', id: 'u', input: 'b' },
      quantise('q', 'b', { step: 0.5, bits: 3 }),
    ];
    for (const inputs of [
      ['s', 'u'],
      ['s', 't'],
      ['t', 'q'],
      ['q', 's'],
      ['a', 'b'],
      ['q', 'q'],
    ] as const) {
      const { form } = compared(BITS, 2, [...signs, { kind: 'add', id: 'j', inputs }]);
      expect(form.values.get('j')).toMatchObject({ kind: 'sum' });
    }
    for (const inputs of [
      ['s', 'u'],
      ['s', 't'],
      ['t', 'q', 's'],
      ['q', 'code'],
      ['s', 's', 'u'],
    ]) {
      const { form } = compared(BITS, 2, [...signs, { kind: 'concat', id: 'j', inputs }]);
      expect(form.values.get('j')).toMatchObject({ kind: 'count' });
    }
  });

  it('products, extrema, and values that moved, with the layers behind them', () => {
    const q = quantise('q', 'code', { step: 0.25, bits: 3 });
    expectReached(compared(STEPS, 1, [{ kind: 'multiply', id: 'm', inputs: ['code', 'code'] }]), []);
    const product = compared(STEPS, 1, [q, { kind: 'multiply', id: 'm', inputs: ['q', 'code'] }]);
    expect(product.form.values.get('m')).toMatchObject({ scale: 0.125, kind: 'sum', onGrid: false });
    const same = quantise('q', 'code', { step: 0.5, bits: 2, levels: [0, 1] });
    for (const of of ['max', 'min'] as const) {
      const seen = compared(STEPS, 1, [same, { kind: 'extremum', id: 'x', inputs: ['q', 'code'], of }]);
      expectReached(seen, ['x']);
    }
    const index = Int32Array.of(3, -1, 0, 1, 2, -1, 3, 2);
    const moved = compared(STEPS, 1, [
      { kind: 'rearrange', id: 'r', input: 'code', shape: [2, 2, 2], index, fill: 0.5 },
      conv('a', 'r', {}),
    ]);
    expectReached(moved, ['r']);
    const turned = Int32Array.of(6, 7, 4, 5, 2, 3, 0, 1);
    compared(BITS, 2, [
      conv('a', 'code', { scale: Float64Array.of(0.5, 0.25), bias: Float64Array.of(-1, 0.75) }),
      { kind: 'rearrange', id: 'r', input: 'a', shape: [2, 2, 2], index: turned },
      norm('n', 'r', [2, -4]),
    ]);
    const swapped = Int32Array.of(1, 0, 3, 2, 5, 4, 7, 6);
    compared(BITS, 2, [
      conv('a', 'code', { scale: Float64Array.of(0.5, 0.25), bias: Float64Array.of(-1, 0.75) }),
      { kind: 'rearrange', id: 'r', input: 'a', shape: [2, 2, 2], index: swapped },
      norm('n', 'r', [2, -4]),
    ]);
  });

  it('functions of activations, by channel', () => {
    const parameters = Float64Array.of(0.5, 0.25);
    const graph = network(BITS, 2, [{ kind: 'function', id: 'f', input: 'code', function: 'leakyRelu', parameters }]);
    const value = present(integerForm(graph).values.get('f'), 'f');
    expect([0, 1].map((c) => realValue(value, c, 0)(-2))).toEqual([-1, -0.5]);
    expect(isBent(value)).toBe(true);
    compared(STEPS, 1, [
      { kind: 'function', id: 'f', input: 'code', function: 'negate' },
      quantise('q', 'f', { step: 0.5, levels: [-3, 1] }),
    ]);
  });
});
