/** Affine, Linear, Scale, Conv1d and Conv2d. Source: nir/ir/linear.py, conv.py; windows are those of PyTorch, which the format takes over. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NetworkNode } from '../../../ir/network/types.js';
import { arrayOf, arrayOfRank, integersOf, optionalArray, perElement, Refusal, shapeOf } from './fields.js';
import type { FlatNode } from './flat-graph.js';
import type { Lowered, NodeReader } from './lowering.js';
import { fileIndex, flatForm, imageForm } from './values.js';

/** Affine and Linear: `weight` [out, in], `bias` [out] of Affine. */
export const dense: NodeReader = {
  form: (node, input) => {
    const { shape } = arrayOfRank(node, 'weight', 2);
    const [nOut = 0, nIn = 0] = shape;
    // The last dimension is multiplied; in front of it there may be ones.
    if (input.nir.at(-1) !== nIn || sizeOf(input.nir) !== nIn) {
      const message = `its weights take ${nIn} inputs, it reads [${input.nir.join(', ')}]`;
      throw new Refusal(message, 'flatten what it reads, or give it other weights', 'wrong-shape');
    }
    return flatForm(nOut);
  },
  wants: (node) => node.fields.get('weight')?.shape.slice(1),
  lower: ({ node, name, input, inputForm, fresh }) => {
    const { numbers, shape } = arrayOf(node, 'weight');
    const [nOut = 0, nIn = 0] = shape;
    const weights = new Float32Array(nOut * nIn);
    for (let o = 0; o < nOut; o++) {
      for (let i = 0; i < nIn; i++) weights[o * nIn + i] = numbers[o * nIn + fileIndex(inputForm, i)]!;
    }
    const bias = node.type === 'Affine' ? biasOf(node, nOut, true) : undefined;
    const flat = fresh(`${name}.flat`);
    const isFlat = inputForm.ours.length === 1;
    const layer = { kind: 'dense', id: name, input: isFlat ? input : flat, nOut, weights, ...bias } as const;
    return rounded(isFlat ? [layer] : [{ kind: 'flatten', id: flat, input }, layer], numbers, weights);
  },
};

function biasOf(node: FlatNode, nOut: number, isNeeded: boolean): { readonly bias: Float64Array } | undefined {
  const field = isNeeded ? arrayOf(node, 'bias') : optionalArray(node, 'bias');
  if (field === undefined) return undefined;
  if (field.numbers.length === nOut) return { bias: field.numbers };
  throw new Refusal(
    `bias has ${field.numbers.length} elements, not ${nOut}`,
    'export the network again',
    'wrong-shape',
  );
}

/** Weights are float32 here. */
function rounded(layers: readonly NetworkNode[], numbers: Float64Array, weights: Float32Array): Lowered {
  let largest = 0;
  // Both hold the same numbers, in other orders: every number is rounded on its own.
  for (const v of numbers) largest = Math.max(largest, Math.abs(v - Math.fround(v)));
  if (weights.some((w) => !Number.isFinite(w))) {
    throw new Refusal('weights beyond the range of float32', 'scale them down', 'bad-nir-node');
  }
  if (largest === 0) return { layers };
  return { layers, fidelity: 'approximate', note: `weights rounded to float32, by at most ${largest.toPrecision(3)}` };
}

/** Scale: one factor per element. On an image the factors of a channel must be equal: they become a batch norm without statistics. */
export const scale: NodeReader = {
  form: (_, input) => input,
  wants: (node) => node.fields.get('scale')?.shape,
  lower: ({ node, name, input, form }) => {
    const factors = perElement(node, 'scale', form);
    const channels = form.ours.at(-1) ?? 1;
    const at = (e: number): number => factors[factors.length === 1 ? 0 : e]!;
    for (let e = channels; e < factors.length; e++) {
      if (at(e) === at(e % channels)) continue;
      const reason = 'its factors differ within a channel of an image';
      throw new Refusal(reason, 'put it behind a Flatten, or the factors into the weights before it');
    }
    const ones = (value: number): Float64Array => new Float64Array(channels).fill(value);
    return {
      layers: [
        {
          ...{ kind: 'batchNorm', id: name, input, gamma: Float64Array.from({ length: channels }, (_, c) => at(c)) },
          ...{ beta: ones(0), mean: ones(0), variance: ones(1), epsilon: 0 },
        },
      ],
    };
  },
};

interface Convolution {
  /** As images: a sequence has one row. */
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
  readonly nOut: number;
}

/** Conv1d ([out, in / groups, k]) and Conv2d ([out, in / groups, k, k]). */
export const convolution: NodeReader = {
  form: (node, input) => {
    const rank = node.type === 'Conv1d' ? 1 : 2;
    const { shape } = arrayOfRank(node, 'weight', rank + 2);
    if (input.nir.length !== rank + 1 || (input.channels === 1 && input.nir[0] !== 1)) {
      const wanted = rank === 1 ? '[channels, length]' : '[channels, height, width]';
      throw new Refusal(`it reads [${input.nir.join(', ')}], not ${wanted}`, 'give it an image', 'wrong-shape');
    }
    const conv = convolutionOf(node);
    const nIn = (shape[1] ?? 0) * conv.groups;
    if (nIn !== input.nir[0]) {
      throw new Refusal(
        `its weights take ${nIn} channels, it reads ${input.nir[0]}`,
        'export the network again',
        'wrong-shape',
      );
    }
    const declared = shapeOf(node, 'input_shape');
    if (declared !== undefined && declared.join() !== input.nir.slice(1).join()) {
      const message = `it declares an input of [${declared.join(', ')}], and reads [${input.nir.slice(1).join(', ')}]`;
      throw new Refusal(message, 'export the network again', 'wrong-shape');
    }
    const space = input.nir.slice(1).map((size, d) => {
      const k = d + 2 - rank;
      const [before, after] = k === 0 ? conv.padding.slice(0, 2) : conv.padding.slice(2);
      return (
        Math.floor((size + before! + after! - (conv.window[k]! - 1) * conv.dilation[k]! - 1) / conv.stride[k]!) + 1
      );
    });
    if (space.some((n) => n < 1))
      throw new Refusal('its window does not fit what it reads', 'use a smaller window', 'wrong-shape');
    return imageForm([conv.nOut, ...space]);
  },
  wants: (node) => {
    const space = shapeOf(node, 'input_shape');
    const channels = (node.fields.get('weight')?.shape[1] ?? 0) * (node.fields.get('groups')?.numbers?.[0] ?? 1);
    return space === undefined ? undefined : [channels, ...space];
  },
  lower: ({ node, name, input }) => {
    const { numbers, shape } = arrayOf(node, 'weight');
    const conv = convolutionOf(node);
    const { nOut, window, groups } = conv;
    const nIn = shape[1] ?? 0;
    const taps = window[0] * window[1];
    const weights = new Float32Array(numbers.length);
    let k = 0;
    for (let o = 0; o < nOut; o++) {
      for (let tap = 0; tap < taps; tap++) {
        for (let i = 0; i < nIn; i++) weights[k++] = numbers[(o * nIn + i) * taps + tap]!;
      }
    }
    const { stride, padding, dilation } = conv;
    const dilated = dilation[0] === 1 && dilation[1] === 1 ? {} : { dilation };
    const bias = biasOf(node, nOut, false);
    const common = { kind: 'conv2d', id: name, input, window, stride, padding, nOut, weights } as const;
    return rounded([{ ...common, ...bias, groups, padValue: 0, ...dilated }], numbers, weights);
  },
};

function convolutionOf(node: FlatNode): Convolution {
  const rank = node.type === 'Conv1d' ? 1 : 2;
  const { shape } = arrayOfRank(node, 'weight', rank + 2);
  const pair = (values: readonly number[], front: number): readonly [number, number] =>
    rank === 1 ? [front, values[0]!] : [values[0]!, values[1]!];
  const window = pair(shape.slice(2), 1);
  const stride = pair(integersOf(node, 'stride', rank, 1), 1);
  const dilation = node.fields.has('dilation') ? pair(integersOf(node, 'dilation', rank, 1), 1) : ([1, 1] as const);
  const [groups = 1] = node.fields.has('groups') ? integersOf(node, 'groups', 1, 1) : [1];
  const nOut = shape[0] ?? 0;
  if (nOut % groups !== 0)
    throw new Refusal(`${nOut} outputs do not divide into ${groups} groups`, 'change the groups');
  return { window, stride, dilation, groups, nOut, padding: paddingOf(node, { window, stride, dilation }, rank) };
}

function paddingOf(
  node: FlatNode,
  { window, stride, dilation }: Pick<Convolution, 'window' | 'stride' | 'dilation'>,
  rank: number,
): Convolution['padding'] {
  const text = node.fields.get('padding')?.texts?.[0]?.toLowerCase();
  if (text === 'valid') return [0, 0, 0, 0];
  if (text === 'same') {
    if (stride.some((s) => s !== 1)) {
      throw new Refusal('padding "same" with a stride, which PyTorch has not either', 'write the padding as numbers');
    }
    // What is odd goes behind, as in PyTorch.
    const half = (d: 0 | 1): number => (dilation[d] * (window[d] - 1)) / 2;
    return [Math.floor(half(0)), Math.ceil(half(0)), Math.floor(half(1)), Math.ceil(half(1))];
  }
  if (text !== undefined) throw new Refusal(`padding "${text}"`, 'use "same", "valid" or numbers');
  const values = integersOf(node, 'padding', rank, 0);
  const [rows, columns] = rank === 1 ? [0, values[0]!] : [values[0]!, values[1]!];
  return [rows, rows, columns, columns];
}
